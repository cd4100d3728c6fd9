package org.memvirt.mips;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.testkit.TlbVectorContract;
import org.tukaani.xz.XZInputStream;

/** What QEMU's processors were recorded to do. */
class RecordedVectorsTest extends TlbVectorContract {
    @Override
    protected ArchitectedTlb mmu() {
        return new MipsArchitecture();
    }

    @Override
    protected List<Recording> recordings() {
        return List.of(
                new Recording("tlb-24kf", 60, 1156, 2400, 3),
                new Recording("tlb-24kf-high", 20, 354, 783, 2),
                new Recording("tlb-34kf", 20, 367, 800, 5),
                new Recording("tlb-5kec", 30, 585, 1200, 7),
                new Recording("tlb-mips64r2", 30, 545, 1200, 0));
    }

    @Override
    protected InputStream open(Recording recording) throws IOException {
        return new XZInputStream(Objects.requireNonNull(
                RecordedVectorsTest.class.getResourceAsStream("/vectors/" + recording.family() + ".jsonl.xz")));
    }
}

package org.memvirt.x86;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.testkit.VectorContract;
import org.tukaani.xz.XZInputStream;

/** What QEMU and Bochs were recorded to do. */
class RecordedVectorsTest extends VectorContract {
    @Override
    protected ArchitectedPageTables mmu() {
        return OneMapping.X86;
    }

    @Override
    protected List<Recording> recordings() {
        return List.of(
                new Recording("x86-4level", 1500, 36000, 1889),
                new Recording("x86-5level", 1500, 36000, 2358),
                new Recording("x86-pae", 1500, 36000, 1440),
                new Recording("x86-ia32", 1500, 36000, 374),
                new Recording("x86-npt", 1286, 30864, 2597),
                new Recording("ept-4level", 640, 10240, 0),
                new Recording("ept-4level-ad", 420, 6720, 641),
                new Recording("ept-4level-walk", 260, 4160, 984),
                new Recording("ept-4level-misconfig", 180, 2880, 222),
                new Recording("ept-4level-deviating", 51, 816, 658),
                new Recording("ept-pae", 180, 2880, 49),
                new Recording("ept-32bit", 180, 2880, 73));
    }

    @Override
    protected InputStream open(Recording recording) throws IOException {
        return new XZInputStream(Objects.requireNonNull(
                RecordedVectorsTest.class.getResourceAsStream("/vectors/" + recording.family() + ".jsonl.xz")));
    }
}

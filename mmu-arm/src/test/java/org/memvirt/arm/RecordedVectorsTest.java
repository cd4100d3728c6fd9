package org.memvirt.arm;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.testkit.VectorContract;
import org.tukaani.xz.XZInputStream;

/** What QEMU was recorded to do: the first 640 cases of each recording. */
class RecordedVectorsTest extends VectorContract {
    @Override
    protected ArchitectedPageTables mmu() {
        return (ArchitectedPageTables) new ArmMmu().architecture();
    }

    @Override
    protected List<Recording> recordings() {
        return List.of(
                new Recording("arm-s1-4k", 640, 15298, 0),
                new Recording("arm-s1-4k-a57", 640, 15464, 0),
                new Recording("arm-s1-16k", 640, 15309, 0),
                new Recording("arm-s1-64k", 640, 15063, 0),
                new Recording("arm-s1-lpa2", 640, 15282, 0),
                new Recording("arm-s2-4k", 640, 15222, 0),
                new Recording("arm-s2-16k", 640, 15611, 0),
                new Recording("arm-s2-64k", 640, 15246, 0),
                new Recording("arm-s2-lpa2", 640, 15527, 0),
                new Recording("arm-s12-4k", 640, 15498, 0),
                new Recording("arm-s12-4k-a57", 640, 15427, 0),
                new Recording("arm-s12-mixed", 640, 15410, 0));
    }

    /** Where the recordings lie. */
    String folder() {
        return "/vectors/";
    }

    @Override
    protected InputStream open(Recording recording) throws IOException {
        return new XZInputStream(Objects.requireNonNull(
                RecordedVectorsTest.class.getResourceAsStream(folder() + recording.family() + ".jsonl.xz")));
    }
}

package org.memvirt.vmm.nested;

import org.junit.jupiter.api.Nested;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.mips.MipsMmu;
import org.memvirt.testkit.RefilledSeveralCpusContract;

final class RefilledSeveralCpusTest {
    @Nested
    final class OnTheSmallMmu extends RefilledSeveralCpusContract {
        OnTheSmallMmu() {
            super(new NestedVmm());
        }
    }

    @Nested
    final class OnMips extends RefilledSeveralCpusContract {
        OnMips() {
            super(new NestedVmm(), (ArchitectedTlb) new MipsMmu().architecture(), "24kf", "linux-mips32");
        }
    }
}

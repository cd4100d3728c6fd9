package org.memvirt.vmm.partition;

import org.junit.jupiter.api.Nested;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.mips.MipsMmu;
import org.memvirt.testkit.RefilledSeveralCpusContract;

final class RefilledSeveralCpusTest {
    private static final ArchitectedTlb MIPS = (ArchitectedTlb) new MipsMmu().architecture();

    @Nested
    final class OnTheSmallMmu extends RefilledSeveralCpusContract {
        OnTheSmallMmu() {
            super(new StaticVmm());
        }
    }

    @Nested
    final class OnMips extends RefilledSeveralCpusContract {
        OnMips() {
            super(new StaticVmm(), MIPS, "34kf", "linux-mips32");
        }
    }

    @Nested
    final class NativeOnMips extends RefilledSeveralCpusContract {
        NativeOnMips() {
            super(new NativeMachine(), MIPS, "24kf", "linux-mips32");
        }
    }
}

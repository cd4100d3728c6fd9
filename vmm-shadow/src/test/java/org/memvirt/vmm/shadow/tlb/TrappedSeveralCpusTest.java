package org.memvirt.vmm.shadow.tlb;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.mips.MipsMmu;
import org.memvirt.testkit.RefilledSeveralCpusContract;

final class TrappedSeveralCpusTest {
    private static final ArchitectedTlb MIPS = (ArchitectedTlb) new MipsMmu().architecture();

    @Nested
    final class OnTheSmallMmu extends RefilledSeveralCpusContract {
        OnTheSmallMmu() {
            super(new Trapping(64));
        }
    }

    @Nested
    final class OnMips extends RefilledSeveralCpusContract {
        OnMips() {
            super(new Trapping(0), MIPS, "24kf", "linux-mips32");
        }
    }

    @Nested
    final class OnMipsWithMore extends RefilledSeveralCpusContract {
        OnMipsWithMore() {
            super(new Trapping(256), MIPS, "5kec", "linux-mips64");
        }
    }

    @Nested
    final class OnMipsWithLinearTables extends RefilledSeveralCpusContract {
        OnMipsWithLinearTables() {
            super(new Trapping(0), (ArchitectedTlb) MIPS.with(Map.of("table", "linear")), "24kf", "linux-mips32");
        }
    }
}

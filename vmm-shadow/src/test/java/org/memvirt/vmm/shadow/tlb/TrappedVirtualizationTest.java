package org.memvirt.vmm.shadow.tlb;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.mips.MipsMmu;
import org.memvirt.testkit.HashedFormat;
import org.memvirt.testkit.RefilledVirtualizationContract;

/** Trap and emulate keeps the contract, with and without a larger TLB, on the small MMU and on MIPS. */
final class TrappedVirtualizationTest {
    private static final ArchitectedTlb MIPS = (ArchitectedTlb) new MipsMmu().architecture();
    private static final ArchitectedTlb LINEAR =
            (ArchitectedTlb) MIPS.with(Map.of("table", "linear"));

    @Nested
    final class WithEntriesOfOnePage extends RefilledVirtualizationContract {
        WithEntriesOfOnePage() {
            super(new Trapping(0), false);
        }
    }

    @Nested
    final class WithPairs extends RefilledVirtualizationContract {
        WithPairs() {
            super(new Trapping(0), true);
        }
    }

    @Nested
    final class WithEntriesOfOnePageAndMore extends RefilledVirtualizationContract {
        WithEntriesOfOnePageAndMore() {
            super(new Trapping(16), false);
        }
    }

    @Nested
    final class WithPairsAndMore extends RefilledVirtualizationContract {
        WithPairsAndMore() {
            super(new Trapping(64), true);
        }
    }

    @Nested
    final class On32Bits extends RefilledVirtualizationContract {
        On32Bits() {
            super(new Trapping(0), MIPS, "24kf", "linux-mips32");
        }
    }

    @Nested
    final class On32BitsWithMore extends RefilledVirtualizationContract {
        On32BitsWithMore() {
            super(new Trapping(256), MIPS, "34kf", "linux-mips32");
        }
    }

    @Nested
    final class OnHashedTables extends RefilledVirtualizationContract {
        OnHashedTables() {
            super(new Trapping(0), MIPS, "5kec", new HashedFormat(12));
        }
    }

    @Nested
    final class OnHashedTablesWithMore extends RefilledVirtualizationContract {
        OnHashedTablesWithMore() {
            super(new Trapping(256), MIPS, "mips64r2", new HashedFormat(12));
        }
    }

    @Nested
    final class On64Bits extends RefilledVirtualizationContract {
        On64Bits() {
            super(new Trapping(0), MIPS, "5kec", "linux-mips64");
        }
    }

    @Nested
    final class On64BitsWithMore extends RefilledVirtualizationContract {
        On64BitsWithMore() {
            super(new Trapping(1024), MIPS, "mips64r2", "linux-mips64");
        }
    }

    @Nested
    final class OnLinearTablesOf32Bits extends RefilledVirtualizationContract {
        OnLinearTablesOf32Bits() {
            super(new Trapping(0), LINEAR, "24kf", "linux-mips32");
        }
    }

    @Nested
    final class OnLinearTablesOf32BitsWithMore extends RefilledVirtualizationContract {
        OnLinearTablesOf32BitsWithMore() {
            super(new Trapping(256), LINEAR, "24kf", "linux-mips32");
        }
    }

    @Nested
    final class OnLinearTablesOf64Bits extends RefilledVirtualizationContract {
        OnLinearTablesOf64Bits() {
            super(new Trapping(0), LINEAR, "5kec", "linux-mips64");
        }
    }
}

package org.memvirt.vmm.nested;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.mips.MipsMmu;
import org.memvirt.testkit.HashedFormat;
import org.memvirt.testkit.RefilledVirtualizationContract;

/** Nested paging on MIPS: the guest TLB and the root TLB of its virtualization module. */
final class MipsNestedTest {
    private static final ArchitectedTlb MIPS = (ArchitectedTlb) new MipsMmu().architecture();
    private static final ArchitectedTlb LINEAR =
            (ArchitectedTlb) MIPS.with(Map.of("table", "linear"));

    @Nested
    final class With32Bits extends RefilledVirtualizationContract {
        With32Bits() {
            super(new NestedVmm(), MIPS, "24kf", "linux-mips32");
        }
    }

    @Nested
    final class WithHashedTables extends RefilledVirtualizationContract {
        WithHashedTables() {
            super(new NestedVmm(), MIPS, "5kec", new HashedFormat(12));
        }
    }

    @Nested
    final class With64Bits extends RefilledVirtualizationContract {
        With64Bits() {
            super(new NestedVmm(), MIPS, "mips64r2", "linux-mips64");
        }
    }

    @Nested
    final class WithLinearTablesOf32Bits extends RefilledVirtualizationContract {
        WithLinearTablesOf32Bits() {
            super(new NestedVmm(), LINEAR, "34kf", "linux-mips32");
        }
    }

    @Nested
    final class WithLinearTablesOf64Bits extends RefilledVirtualizationContract {
        WithLinearTablesOf64Bits() {
            super(new NestedVmm(), LINEAR, "5kec", "linux-mips64");
        }
    }
}

package org.memvirt.vmm.partition;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.mips.MipsMmu;
import org.memvirt.testkit.HashedFormat;
import org.memvirt.testkit.RefilledVirtualizationContract;

/** A partition, and the machine without a VMM, on MIPS. */
final class MipsPartitionTest {
    private static final ArchitectedTlb MIPS = (ArchitectedTlb) new MipsMmu().architecture();
    private static final ArchitectedTlb LINEAR =
            (ArchitectedTlb) MIPS.with(Map.of("table", "linear"));

    /** The host may not change what lies behind a partition. */
    private abstract static class On extends RefilledVirtualizationContract {
        On(VmmProvider vmm, String tlb, String format) {
            this(vmm, MIPS, tlb, format);
        }

        On(VmmProvider vmm, ArchitectedTlb mmu, String tlb, String format) {
            super(vmm, mmu, tlb, format);
        }

        /** With page tables that are no trees. */
        On(VmmProvider vmm) {
            super(vmm, MIPS, "5kec", new HashedFormat(12));
        }

        @Override
        protected boolean letsHostMoveMemory() {
            return false;
        }
    }

    @Nested
    final class Native32 extends On {
        Native32() {
            super(new NativeMachine(), "4kc", "linux-mips32");
        }
    }

    @Nested
    final class NativeHashed extends On {
        NativeHashed() {
            super(new NativeMachine());
        }
    }

    @Nested
    final class PartitionedHashed extends On {
        PartitionedHashed() {
            super(new StaticVmm());
        }
    }

    @Nested
    final class Native64 extends On {
        Native64() {
            super(new NativeMachine(), "mips64r2", "linux-mips64");
        }
    }

    @Nested
    final class Partitioned32 extends On {
        Partitioned32() {
            super(new StaticVmm(), "34kf", "linux-mips32");
        }
    }

    @Nested
    final class Partitioned64 extends On {
        Partitioned64() {
            super(new StaticVmm(), "5kec", "linux-mips64");
        }
    }

    @Nested
    final class NativeLinear32 extends On {
        NativeLinear32() {
            super(new NativeMachine(), LINEAR, "24kf", "linux-mips32");
        }
    }

    @Nested
    final class NativeLinear64 extends On {
        NativeLinear64() {
            super(new NativeMachine(), LINEAR, "5kec", "linux-mips64");
        }
    }

    @Nested
    final class PartitionedLinear64 extends On {
        PartitionedLinear64() {
            super(new StaticVmm(), LINEAR, "mips64r2", "linux-mips64");
        }
    }
}

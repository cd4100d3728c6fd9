package org.memvirt.vmm.partition;

import org.junit.jupiter.api.Nested;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.PlainFormat;
import org.memvirt.testkit.VirtualizationContract;

/** Static partitioning, and the machine without a VMM, keep the contract. */
final class PartitionVirtualizationTest {
    private abstract static class Partition extends VirtualizationContract {
        private final VmmProvider vmm;
        private final PageTableFormat format;

        Partition(VmmProvider vmm, String format) {
            this(vmm, X86.format(format));
        }

        Partition(VmmProvider vmm, PageTableFormat format) {
            this.vmm = vmm;
            this.format = format;
        }

        @Override
        protected VmmProvider vmm() {
            return vmm;
        }

        @Override
        protected PageTableFormat format() {
            return format;
        }

        @Override
        protected boolean letsHostMoveMemory() {
            return false;
        }
    }

    @Nested
    final class Static extends Partition {
        Static() {
            super(new StaticVmm(), "x86-64");
        }
    }

    @Nested
    final class Native extends Partition {
        Native() {
            super(new NativeMachine(), "x86-64");
        }
    }

    @Nested
    final class NativeWithThirtyTwoBits extends Partition {
        NativeWithThirtyTwoBits() {
            super(new NativeMachine(), "ia32");
        }

        @Override
        protected boolean formatForbidsExecution() {
            return false;
        }
    }

    @Nested
    final class StaticWithPae extends Partition {
        StaticWithPae() {
            super(new StaticVmm(), "pae");
        }
    }

    @Nested
    final class NativeWithPagesOf16K extends Partition {
        NativeWithPagesOf16K() {
            super(new NativeMachine(), PlainFormat.granule(14, 4, 48));
        }
    }

    @Nested
    final class StaticWithPagesOf16K extends Partition {
        StaticWithPagesOf16K() {
            super(new StaticVmm(), PlainFormat.granule(14, 4, 48));
        }
    }

    @Nested
    final class NativeWithPagesOf64K extends Partition {
        NativeWithPagesOf64K() {
            super(new NativeMachine(), PlainFormat.granule(16, 3, 48));
        }
    }

    @Nested
    final class StaticWithPagesOf64K extends Partition {
        StaticWithPagesOf64K() {
            super(new StaticVmm(), PlainFormat.granule(16, 3, 48));
        }
    }
}

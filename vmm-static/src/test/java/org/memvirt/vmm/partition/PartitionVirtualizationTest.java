package org.memvirt.vmm.partition;

import org.junit.jupiter.api.Nested;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.VirtualizationContract;

/** Static partitioning, and the machine without a VMM, keep the contract. */
final class PartitionVirtualizationTest {
    private abstract static class Partition extends VirtualizationContract {
        private final VmmProvider vmm;
        private final PageTableFormat format;

        Partition(VmmProvider vmm, String format) {
            this.vmm = vmm;
            this.format = X86.format(format);
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
}

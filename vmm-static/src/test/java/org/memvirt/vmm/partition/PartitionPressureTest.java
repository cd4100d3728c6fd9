package org.memvirt.vmm.partition;

import org.junit.jupiter.api.Nested;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.PressureContract;

/** A partition has its memory for itself, and so has a guest without a VMM. */
final class PartitionPressureTest {
    private abstract static class Fixed extends PressureContract {
        @Override
        protected PageTableFormat format() {
            return X86.format("x86-64");
        }

        @Override
        protected boolean letsHostMoveMemory() {
            return false;
        }
    }

    @Nested
    final class Static extends Fixed {
        @Override
        protected VmmProvider vmm() {
            return new StaticVmm();
        }
    }

    @Nested
    final class Native extends Fixed {
        @Override
        protected VmmProvider vmm() {
            return new NativeMachine();
        }
    }
}

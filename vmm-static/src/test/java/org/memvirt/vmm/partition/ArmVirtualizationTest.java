package org.memvirt.vmm.partition;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.VirtualizationContract;

/** Static partitioning, and the machine without a VMM, keep the contract with every granule of Arm. */
final class ArmVirtualizationTest {
    private abstract static class Partition extends VirtualizationContract {
        private final VmmProvider vmm;
        private final PageTableFormat format;

        Partition(VmmProvider vmm, String granule, Map<String, String> flags) {
            this.vmm = vmm;
            format = Arm.format("aarch64-" + granule).with(flags);
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
    final class NativeOf4k extends Partition {
        NativeOf4k() {
            super(new NativeMachine(), "4k", Map.of());
        }
    }

    @Nested
    final class StaticOf16k extends Partition {
        StaticOf16k() {
            super(new StaticVmm(), "16k", Map.of());
        }
    }

    @Nested
    final class StaticOf64k extends Partition {
        StaticOf64k() {
            super(new StaticVmm(), "64k", Map.of());
        }
    }
}

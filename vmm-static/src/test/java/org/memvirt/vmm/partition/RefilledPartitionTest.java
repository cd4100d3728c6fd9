package org.memvirt.vmm.partition;

import org.junit.jupiter.api.Nested;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.RefilledVirtualizationContract;

/** A partition, and the machine without a VMM, where hardware knows the TLB alone and the guest fills it. */
final class RefilledPartitionTest {
    /** The host may not change what lies behind a partition. */
    private abstract static class On extends RefilledVirtualizationContract {
        On(VmmProvider vmm, boolean pairs) {
            super(vmm, pairs);
        }

        @Override
        protected boolean letsHostMoveMemory() {
            return false;
        }
    }

    @Nested
    final class Native extends On {
        Native() {
            super(new NativeMachine(), false);
        }
    }

    @Nested
    final class Partitioned extends On {
        Partitioned() {
            super(new StaticVmm(), false);
        }
    }

    @Nested
    final class PartitionedWithPairs extends On {
        PartitionedWithPairs() {
            super(new StaticVmm(), true);
        }
    }
}

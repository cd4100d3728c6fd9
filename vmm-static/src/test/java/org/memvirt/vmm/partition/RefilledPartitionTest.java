package org.memvirt.vmm.partition;

import java.util.List;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.PlainFormat;
import org.memvirt.testkit.VirtualizationContract;
import org.memvirt.testkit.machine.RefilledMmu;

/** A partition, and the machine without a VMM, where hardware knows the TLB alone and the guest fills it. */
final class RefilledPartitionTest {
    private abstract static class Refilled extends VirtualizationContract {
        private final VmmProvider vmm;
        private final boolean pairs;

        Refilled(VmmProvider vmm, boolean pairs) {
            this.vmm = vmm;
            this.pairs = pairs;
        }

        @Override
        protected VmmProvider vmm() {
            return vmm;
        }

        @Override
        protected PageTableFormat format() {
            return PlainFormat.usual();
        }

        @Override
        protected ArchitectedTlb architectedTlb() {
            return new RefilledMmu(format(), 16, pairs, Rights.ALL, 6, 8);
        }

        @Override
        protected List<ArchitectedTlb> drawnFrom() {
            return List.of(architectedTlb(), new RefilledMmu(format(), 4, pairs, Rights.ALL, 2, 8));
        }

        @Override
        protected boolean letsHostMoveMemory() {
            return false;
        }
    }

    @Nested
    final class Native extends Refilled {
        Native() {
            super(new NativeMachine(), false);
        }
    }

    @Nested
    final class Partitioned extends Refilled {
        Partitioned() {
            super(new StaticVmm(), false);
        }
    }

    @Nested
    final class PartitionedWithPairs extends Refilled {
        PartitionedWithPairs() {
            super(new StaticVmm(), true);
        }
    }
}

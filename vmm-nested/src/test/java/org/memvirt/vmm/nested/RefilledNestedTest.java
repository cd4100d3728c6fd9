package org.memvirt.vmm.nested;

import java.util.List;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.PlainFormat;
import org.memvirt.testkit.VirtualizationContract;
import org.memvirt.testkit.machine.RefilledMmu;

/** Nested paging where hardware knows two TLBs alone: the guest fills one, the VMM the other. */
final class RefilledNestedTest {
    private abstract static class Refilled extends VirtualizationContract {
        private final boolean pairs;

        Refilled(boolean pairs) {
            this.pairs = pairs;
        }

        @Override
        protected VmmProvider vmm() {
            return new NestedVmm();
        }

        @Override
        protected PageTableFormat format() {
            return PlainFormat.usual();
        }

        @Override
        protected PageTableFormat stageTwo() {
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
    }

    @Nested
    final class WithEntriesOfOnePage extends Refilled {
        WithEntriesOfOnePage() {
            super(false);
        }
    }

    @Nested
    final class WithPairs extends Refilled {
        WithPairs() {
            super(true);
        }
    }
}

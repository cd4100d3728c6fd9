package org.memvirt.testkit;

import java.util.List;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.machine.RefilledMmu;

/** The engine alone keeps what a strategy must keep; what it cannot know are a machine's bounds. */
final class BareVirtualizationTest {
    private abstract static class On extends VirtualizationContract {
        private final PageTableFormat format;

        On(PageTableFormat format) {
            this.format = format;
        }

        @Override
        protected VmmProvider vmm() {
            return new BareMachine();
        }

        @Override
        protected PageTableFormat format() {
            return format;
        }

        @Override
        protected boolean letsHostMoveMemory() {
            return false;
        }

        @Override
        @Test
        @Disabled("without a strategy there is no bound")
        void aGuestThatReachesBeyondItsMemoryIsStopped() {}

        @Override
        @Test
        @Disabled("without a strategy there is no bound")
        void whateverAGuestWritesIntoItsTlbItReachesItsOwnMemoryAlone() {}

        @Override
        @Test
        @Disabled("without a strategy there is no bound")
        void entriesOfAnySizeTagAndPlaceLeadToTheGuestsOwnMemoryAlone() {}
    }

    @Nested
    final class WithOneRoot extends On {
        WithOneRoot() {
            super(PlainFormat.usual());
        }
    }

    /** The kernel's part is in no process's table. */
    @Nested
    final class WithARootForEachHalf extends On {
        WithARootForEachHalf() {
            super(new HalvesFormat(PlainFormat.granule(12, 4, 48), PlainFormat.granule(12, 4, 48), 63));
        }
    }

    /** The halves have other page sizes, and walk caches know other tables of them. */
    @Nested
    final class WithHalvesOfOtherGranules extends On {
        WithHalvesOfOtherGranules() {
            super(new HalvesFormat(PlainFormat.granule(12, 3, 39), PlainFormat.granule(14, 3, 47), 55));
        }
    }

    /** Hardware knows the TLB alone, and the guest fills it. */
    private abstract static class Refilled extends On {
        private final boolean pairs;
        private final int deniable;

        Refilled(PageTableFormat format, boolean pairs, int deniable) {
            super(format);
            this.pairs = pairs;
            this.deniable = deniable;
        }

        @Override
        protected ArchitectedTlb architectedTlb() {
            return new RefilledMmu(format(), 16, pairs, deniable, 6, 8);
        }

        @Override
        protected List<ArchitectedTlb> drawnFrom() {
            return List.of(
                    architectedTlb(),
                    new RefilledMmu(format(), 4, pairs, deniable, 2, 8),
                    new RefilledMmu(format(), 64, pairs, deniable, 0, 8));
        }

        @Override
        protected boolean formatForbidsExecution() {
            return (deniable & Rights.EXECUTE) != 0;
        }
    }

    @Nested
    final class WithEntriesOfOnePage extends Refilled {
        WithEntriesOfOnePage() {
            super(PlainFormat.usual(), false, Rights.ALL);
        }
    }

    @Nested
    final class WithEntriesOfTwoPages extends Refilled {
        WithEntriesOfTwoPages() {
            super(PlainFormat.usual(), true, Rights.WRITE);
        }
    }
}

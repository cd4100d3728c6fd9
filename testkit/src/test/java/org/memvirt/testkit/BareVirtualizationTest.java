package org.memvirt.testkit;

import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;

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
}

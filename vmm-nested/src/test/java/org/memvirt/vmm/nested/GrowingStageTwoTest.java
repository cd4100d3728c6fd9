package org.memvirt.vmm.nested;

import org.junit.jupiter.api.Nested;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.HashedFormat;
import org.memvirt.testkit.PlainFormat;
import org.memvirt.testkit.VirtualizationContract;

/** Nested paging keeps the contract over a second stage that grows, and whose root moves when it does. */
final class GrowingStageTwoTest {
    private abstract static class Over extends VirtualizationContract {
        private final PageTableFormat format;
        private final PageTableFormat stageTwo;

        Over(PageTableFormat format, PageTableFormat stageTwo) {
            this.format = format;
            this.stageTwo = stageTwo;
        }

        @Override
        protected VmmProvider vmm() {
            return new NestedVmm();
        }

        @Override
        protected PageTableFormat format() {
            return format;
        }

        @Override
        protected PageTableFormat stageTwo() {
            return stageTwo;
        }
    }

    @Nested
    final class PagesOf4K extends Over {
        PagesOf4K() {
            super(PlainFormat.usual(), new HashedFormat(12));
        }
    }

    @Nested
    final class PagesOf64K extends Over {
        PagesOf64K() {
            super(PlainFormat.usual(), new HashedFormat(16));
        }
    }
}

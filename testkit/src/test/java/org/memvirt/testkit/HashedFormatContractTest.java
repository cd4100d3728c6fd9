package org.memvirt.testkit;

import org.junit.jupiter.api.Nested;
import org.memvirt.api.table.PageTableFormat;

/** The contract of formats, on a table that is no tree and grows. */
final class HashedFormatContractTest {
    @Nested
    final class PagesOf4K extends PageTableFormatContract {
        private final PageTableFormat format = new HashedFormat(12);

        @Override
        public PageTableFormat format() {
            return format;
        }
    }

    @Nested
    final class ATreeOverPagesOf4K extends PageTableFormatContract {
        private final PageTableFormat format = PlainFormat.usual();
        private final PageTableFormat below = new HashedFormat(12);

        @Override
        public PageTableFormat format() {
            return format;
        }

        @Override
        public PageTableFormat stageTwo() {
            return below;
        }
    }

    @Nested
    final class PagesOf64KOverATree extends PageTableFormatContract {
        private final PageTableFormat format = new HashedFormat(16);

        @Override
        public PageTableFormat format() {
            return format;
        }

        @Override
        public PageTableFormat stageTwo() {
            return PlainFormat.usual();
        }
    }
}

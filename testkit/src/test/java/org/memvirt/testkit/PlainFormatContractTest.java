package org.memvirt.testkit;

import org.junit.jupiter.api.Nested;
import org.memvirt.api.radix.RadixFormat.AccessedUpdate;
import org.memvirt.api.table.PageTableFormat;

/** The contract of formats, on shapes of radix tables that no backend has. */
final class PlainFormatContractTest {
    @Nested
    final class ThreeLevels extends PageTableFormatContract {
        private final PageTableFormat format = PlainFormat.usual();

        @Override
        public PageTableFormat format() {
            return format;
        }
    }

    @Nested
    final class FiveLevelsThatSetAccessedBitsAtTheEnd extends PageTableFormatContract {
        private final PageTableFormat format = new PlainFormat(5, 7, 8, false, AccessedUpdate.COMPLETED);

        @Override
        public PageTableFormat format() {
            return format;
        }
    }

    @Nested
    final class EntriesOfFourBytes extends PageTableFormatContract {
        private final PageTableFormat format = new PlainFormat(2, 10, 4, false, AccessedUpdate.DESCENDING);

        @Override
        public PageTableFormat format() {
            return format;
        }
    }

    @Nested
    final class OneLevel extends PageTableFormatContract {
        private final PageTableFormat format = new PlainFormat(1, 12, 8, false, AccessedUpdate.DESCENDING);

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

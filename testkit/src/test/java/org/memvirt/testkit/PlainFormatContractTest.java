package org.memvirt.testkit;

import org.junit.jupiter.api.Nested;
import org.memvirt.api.radix.RadixFormat.AccessedUpdate;
import org.memvirt.api.radix.RadixFormat.HardwareUpdates;
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

    @Nested
    final class Granules16K extends PageTableFormatContract {
        private final PageTableFormat format = PlainFormat.granule(14, 4, 48);

        @Override
        public PageTableFormat format() {
            return format;
        }
    }

    @Nested
    final class Granules64K extends PageTableFormatContract {
        private final PageTableFormat format = PlainFormat.granule(16, 3, 48);

        @Override
        public PageTableFormat format() {
            return format;
        }
    }

    @Nested
    final class Granules64KOver16K extends PageTableFormatContract {
        private final PageTableFormat format = PlainFormat.granule(16, 3, 48);
        private final PageTableFormat below = PlainFormat.granule(14, 3, 40);

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
    final class AddressesThatAreFolded extends PageTableFormatContract {
        private final PageTableFormat format = PlainFormat.granule(16, 3, 52).folded();

        @Override
        public PageTableFormat format() {
            return format;
        }
    }

    @Nested
    final class LeavesThatAreJoined extends PageTableFormatContract {
        private final PageTableFormat format = PlainFormat.granule(12, 4, 48).joining(4);

        @Override
        public PageTableFormat format() {
            return format;
        }
    }

    @Nested
    final class JoinedLeavesOnHardwareThatSetsNothing extends PageTableFormatContract {
        private final PageTableFormat format =
                PlainFormat.granule(14, 3, 40).joining(5).updating(HardwareUpdates.NONE);

        @Override
        public PageTableFormat format() {
            return format;
        }
    }

    @Nested
    final class HardwareThatSetsTheAccessedBitAlone extends PageTableFormatContract {
        private final PageTableFormat format = PlainFormat.usual().updating(HardwareUpdates.ACCESSED);

        @Override
        public PageTableFormat format() {
            return format;
        }
    }

    @Nested
    final class HardwareThatSetsNothing extends PageTableFormatContract {
        private final PageTableFormat format = PlainFormat.usual().updating(HardwareUpdates.NONE);

        @Override
        public PageTableFormat format() {
            return format;
        }
    }

    @Nested
    final class FlagsThatMeanTheOppositeWhenSet extends PageTableFormatContract {
        private final PageTableFormat format = PlainFormat.granule(12, 3, 38).joining(3).inverted();

        @Override
        public PageTableFormat format() {
            return format;
        }
    }

    @Nested
    final class TheUpperHalfOfAnAddressSpace extends PageTableFormatContract {
        private final PageTableFormat format =
                PlainFormat.granule(12, 4, 47).ofUpperHalf();
        private final PageTableFormat below = PlainFormat.granule(12, 4, 48);

        @Override
        public PageTableFormat format() {
            return format;
        }

        @Override
        public PageTableFormat stageTwo() {
            return below;
        }
    }
}

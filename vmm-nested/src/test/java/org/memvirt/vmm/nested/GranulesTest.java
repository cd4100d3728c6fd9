package org.memvirt.vmm.nested;

import org.junit.jupiter.api.Nested;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.PlainFormat;
import org.memvirt.testkit.VirtualizationContract;

/** Nested paging keeps the contract for every pair of smallest pages, in the guest's tables and in the VMM's. */
final class GranulesTest {
    private static final PageTableFormat SMALL = PlainFormat.granule(12, 4, 48);
    private static final PageTableFormat MEDIUM = PlainFormat.granule(14, 4, 48);
    private static final PageTableFormat LARGE = PlainFormat.granule(16, 3, 48);

    private abstract static class Pair extends VirtualizationContract {
        private final PageTableFormat format;
        private final PageTableFormat stageTwo;

        Pair(PageTableFormat format, PageTableFormat stageTwo) {
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
    final class FourOnFour extends Pair {
        FourOnFour() {
            super(SMALL, SMALL);
        }
    }

    @Nested
    final class FourOnSixteen extends Pair {
        FourOnSixteen() {
            super(SMALL, MEDIUM);
        }
    }

    @Nested
    final class FourOnSixtyFour extends Pair {
        FourOnSixtyFour() {
            super(SMALL, LARGE);
        }
    }

    @Nested
    final class SixteenOnFour extends Pair {
        SixteenOnFour() {
            super(MEDIUM, SMALL);
        }
    }

    @Nested
    final class SixteenOnSixteen extends Pair {
        SixteenOnSixteen() {
            super(MEDIUM, MEDIUM);
        }
    }

    @Nested
    final class SixteenOnSixtyFour extends Pair {
        SixteenOnSixtyFour() {
            super(MEDIUM, LARGE);
        }
    }

    @Nested
    final class SixtyFourOnFour extends Pair {
        SixtyFourOnFour() {
            super(LARGE, SMALL);
        }
    }

    @Nested
    final class SixtyFourOnSixteen extends Pair {
        SixtyFourOnSixteen() {
            super(LARGE, MEDIUM);
        }
    }

    @Nested
    final class SixtyFourOnSixtyFour extends Pair {
        SixtyFourOnSixtyFour() {
            super(LARGE, LARGE);
        }
    }
}

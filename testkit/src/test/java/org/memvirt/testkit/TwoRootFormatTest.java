package org.memvirt.testkit;

import org.junit.jupiter.api.Nested;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TwoRootFormat;

/** Two plain formats as the halves of one. */
final class TwoRootFormatTest {
    private static final class Halves extends TwoRootFormat {
        Halves(PlainFormat lower, PlainFormat upper, int selectingBit) {
            super(lower, upper.ofUpperHalf(), selectingBit);
        }

        @Override
        public String name() {
            return "halves";
        }

        @Override
        public String description() {
            return "for tests";
        }
    }

    @Nested
    final class Alike extends TwoRootContract {
        private final PageTableFormat format =
                new Halves(PlainFormat.granule(12, 4, 48), PlainFormat.granule(12, 4, 48), 63);

        @Override
        protected PageTableFormat format() {
            return format;
        }
    }

    @Nested
    final class WithGeometriesOfTheirOwn extends TwoRootContract {
        private final PageTableFormat format =
                new Halves(PlainFormat.granule(16, 3, 42 + 5), PlainFormat.granule(12, 3, 39), 55);

        @Override
        protected PageTableFormat format() {
            return format;
        }
    }
}

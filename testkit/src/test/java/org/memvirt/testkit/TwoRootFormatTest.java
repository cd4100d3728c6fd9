package org.memvirt.testkit;

import org.junit.jupiter.api.Nested;
import org.memvirt.api.table.PageTableFormat;

/** Two plain formats as the halves of one. */
final class TwoRootFormatTest {
    @Nested
    final class Alike extends TwoRootContract {
        private final PageTableFormat format =
                new HalvesFormat(PlainFormat.granule(12, 4, 48), PlainFormat.granule(12, 4, 48), 63);

        @Override
        protected PageTableFormat format() {
            return format;
        }
    }

    @Nested
    final class WithGeometriesOfTheirOwn extends TwoRootContract {
        private final PageTableFormat format =
                new HalvesFormat(PlainFormat.granule(16, 3, 42 + 5), PlainFormat.granule(12, 3, 39), 55);

        @Override
        protected PageTableFormat format() {
            return format;
        }
    }
}

package org.memvirt.x86;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.testkit.PageTableFormatContract;

/** The formats of guest-physical addresses keep the contract. */
final class EptFormatContractTest {
    /** Writing implies reading; user and supervisor are not told apart. */
    static int allowed(int rights) {
        return ((rights & (Rights.READ | Rights.WRITE)) == 0 ? 0 : Rights.READ)
                | ((rights & Rights.WRITE) == 0 ? 0 : Rights.WRITE)
                | ((rights & Rights.EXECUTE) == 0 ? 0 : Rights.EXECUTE);
    }

    private abstract static class StageTwo extends PageTableFormatContract {
        private final PageTableFormat format;

        StageTwo(PageTableFormat format) {
            this.format = format;
        }

        @Override
        public PageTableFormat format() {
            return format;
        }

        @Override
        public int allowedWhenGiven(int rights) {
            return allowed(rights);
        }
    }

    @Nested
    final class FourLevels extends StageTwo {
        FourLevels() {
            super(EptFormat.fourLevel());
        }
    }

    @Nested
    final class FiveLevels extends StageTwo {
        FiveLevels() {
            super(EptFormat.fiveLevel());
        }
    }

    @Nested
    final class AccessedAndDirtyFlags extends StageTwo {
        AccessedAndDirtyFlags() {
            super(EptFormat.fourLevel().with(Map.of("ad", "on")));
        }
    }

    @Nested
    final class Npt extends StageTwo {
        Npt() {
            super(NptFormat.make());
        }

        /** Every page can be read. */
        @Override
        public int allowedWhenGiven(int rights) {
            return allowed(rights) | Rights.READ;
        }
    }
}

package org.memvirt.arm;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.testkit.PageTableFormatContract;

/** The formats of stage 2 keep the contract, with and without tables that are concatenated. */
final class StageTwoFormatContractTest {
    /** Reading and writing do not tell EL0 from EL1. */
    static int allowed(int rights) {
        return ((rights & Rights.READ) == 0 ? 0 : Rights.READ)
                | ((rights & Rights.WRITE) == 0 ? 0 : Rights.WRITE)
                | rights & Rights.EXECUTE;
    }

    private abstract static class StageTwo extends PageTableFormatContract {
        private final PageTableFormat format;

        StageTwo(Granule granule, Map<String, String> options) {
            format = StageTwoFormat.made(granule, options);
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
            super(Granule.K4, Map.of());
        }
    }

    @Nested
    final class TwoConcatenatedTables extends StageTwo {
        TwoConcatenatedTables() {
            super(Granule.K4, Map.of("ipa-bits", "40", "start-level", "1"));
        }
    }

    @Nested
    final class SixteenConcatenatedTables extends StageTwo {
        SixteenConcatenatedTables() {
            super(Granule.K4, Map.of("ipa-bits", "43", "start-level", "1", "ha", "off", "hd", "off"));
        }
    }

    @Nested
    final class FiveLevelsOf52Bits extends StageTwo {
        FiveLevelsOf52Bits() {
            super(Granule.K4, Map.of("ipa-bits", "52", "pa-bits", "52", "lpa", "on"));
        }
    }

    @Nested
    final class Granule16k extends StageTwo {
        Granule16k() {
            super(Granule.K16, Map.of("ipa-bits", "48", "start-level", "1"));
        }
    }

    @Nested
    final class Granule64k extends StageTwo {
        Granule64k() {
            super(Granule.K64, Map.of("ipa-bits", "46", "start-level", "2", "hd", "off"));
        }
    }

    @Nested
    final class WithoutFetchesByLevel extends StageTwo {
        WithoutFetchesByLevel() {
            super(Granule.K4, Map.of("xnx", "off"));
        }

        @Override
        public int allowedWhenGiven(int rights) {
            return (rights & Rights.EXECUTE) == 0 ? allowed(rights) : allowed(rights) | Rights.EXECUTE;
        }
    }
}

package org.memvirt.arm;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.testkit.PageTableFormatContract;

/** Each half of stage 1 keeps the contract, over the stage 2 of the same granule. */
final class StageOneFormatContractTest {
    private abstract static class StageOne extends PageTableFormatContract {
        private final PageTableFormat format;
        private final PageTableFormat stageTwo;

        StageOne(Granule granule, Half half, Map<String, String> options) {
            format = TwoHalves.half(granule, half, options);
            stageTwo = StageTwoFormat.of(granule);
        }

        @Override
        public PageTableFormat format() {
            return format;
        }

        @Override
        public PageTableFormat stageTwo() {
            return stageTwo;
        }

        @Override
        public int stageTwoAllowsWhenGiven(int rights) {
            return StageTwoFormatContractTest.allowed(rights);
        }

        /** EL1 reads every page, and may do with the data of EL0's pages what EL0 may, but never execute what EL0 may write. */
        @Override
        public int allowedWhenGiven(int rights) {
            boolean user = (rights & (Rights.USER_READ | Rights.USER_WRITE)) != 0;
            int execute = rights & Rights.EXECUTE;
            if (!user) {
                return execute | Rights.SUPERVISOR_READ | rights & Rights.SUPERVISOR_WRITE;
            }
            return (rights & Rights.USER_WRITE) == 0
                    ? execute | Rights.READ
                    : execute & Rights.USER_EXECUTE | Rights.READ | Rights.WRITE;
        }
    }

    @Nested
    final class Lower4k extends StageOne {
        Lower4k() {
            super(Granule.K4, Half.LOWER, Map.of());
        }
    }

    @Nested
    final class Upper4kOf39Bits extends StageOne {
        Upper4kOf39Bits() {
            super(Granule.K4, Half.UPPER, Map.of("va-bits", "39"));
        }
    }

    @Nested
    final class Upper4kWithoutHardwareFlags extends StageOne {
        Upper4kWithoutHardwareFlags() {
            super(Granule.K4, Half.UPPER, Map.of("ha", "off", "hd", "off"));
        }
    }

    @Nested
    final class Lower4kOf52Bits extends StageOne {
        Lower4kOf52Bits() {
            super(Granule.K4, Half.LOWER, Map.of("va-bits", "52", "pa-bits", "52", "lpa", "on"));
        }
    }

    @Nested
    final class Lower16k extends StageOne {
        Lower16k() {
            super(Granule.K16, Half.LOWER, Map.of());
        }
    }

    @Nested
    final class Lower16kWithAccessFlagsAlone extends StageOne {
        Lower16kWithAccessFlagsAlone() {
            super(Granule.K16, Half.LOWER, Map.of("hd", "off"));
        }
    }

    @Nested
    final class Upper16kOf52Bits extends StageOne {
        Upper16kOf52Bits() {
            super(Granule.K16, Half.UPPER, Map.of("va-bits", "52", "pa-bits", "52", "lpa", "on"));
        }
    }

    @Nested
    final class Upper64k extends StageOne {
        Upper64k() {
            super(Granule.K64, Half.UPPER, Map.of());
        }
    }

    @Nested
    final class Lower64kOf52Bits extends StageOne {
        Lower64kOf52Bits() {
            super(Granule.K64, Half.LOWER,
                    Map.of("va-bits", "52", "pa-bits", "52", "lpa", "on", "hd", "off", "ha", "off"));
        }
    }
}

package org.memvirt.x86;

import org.junit.jupiter.api.Nested;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.testkit.PageTableFormatContract;

/** The formats of linear addresses keep the contract, over EPT where they are virtualized. */
final class LinearFormatContractTest {
    private abstract static class Linear extends PageTableFormatContract {
        private final PageTableFormat format;
        private final PageTableFormat stageTwo = EptFormat.fourLevel();

        Linear(PageTableFormat format) {
            this.format = format;
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
            return EptFormatContractTest.allowed(rights);
        }

        boolean forbidsExecution() {
            return true;
        }

        /** A page of the user's is the supervisor's too; every page can be read. */
        @Override
        public int allowedWhenGiven(int rights) {
            boolean user = (rights & Rights.USER) != 0;
            int own = user ? rights & Rights.USER : rights >>> Rights.SUPERVISOR_SHIFT;
            own |= Rights.USER_READ | (forbidsExecution() ? 0 : Rights.USER_EXECUTE);
            return own << Rights.SUPERVISOR_SHIFT | (user ? own : 0);
        }
    }

    @Nested
    final class FourLevels extends Linear {
        FourLevels() {
            super(LinearFormat.fourLevel());
        }
    }

    @Nested
    final class FiveLevels extends Linear {
        FiveLevels() {
            super(LinearFormat.fiveLevel());
        }
    }

    @Nested
    final class Pae extends Linear {
        Pae() {
            super(LinearFormat.pae());
        }
    }

    @Nested
    final class Ia32 extends Linear {
        Ia32() {
            super(LinearFormat.ia32());
        }

        @Override
        public int outputBits() {
            return 32;
        }

        @Override
        boolean forbidsExecution() {
            return false;
        }
    }
}

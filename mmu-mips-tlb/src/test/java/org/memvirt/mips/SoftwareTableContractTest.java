package org.memvirt.mips;

import org.junit.jupiter.api.Nested;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.testkit.PageTableFormatContract;

/** The page tables that Linux keeps in software keep the contract, with pages of 4K and 16K. */
final class SoftwareTableContractTest {
    private abstract static class On extends PageTableFormatContract {
        private final PageTableFormat format;

        On(PageTableFormat format) {
            this.format = format;
        }

        @Override
        public PageTableFormat format() {
            return format;
        }

        /** Reading and executing are one right, and kernel and user have the same. */
        @Override
        public int allowedWhenGiven(int rights) {
            int user = ((rights & (Rights.READ | Rights.EXECUTE)) == 0 ? 0 : Rights.USER_READ | Rights.USER_EXECUTE)
                    | ((rights & Rights.WRITE) == 0 ? 0 : Rights.USER_WRITE);
            return user | user << Rights.SUPERVISOR_SHIFT;
        }

        @Override
        public int stageTwoAllowsWhenGiven(int rights) {
            return allowedWhenGiven(rights);
        }
    }

    @Nested
    final class Of32Bits extends On {
        Of32Bits() {
            super(SoftwareTable.narrow());
        }
    }

    @Nested
    final class Of64BitsAnd4K extends On {
        Of64BitsAnd4K() {
            super(SoftwareTable.wide(12));
        }
    }

    @Nested
    final class Of64BitsAnd16K extends On {
        Of64BitsAnd16K() {
            super(SoftwareTable.wide(14));
        }
    }
}

package org.memvirt.vmm.shadow;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.VirtualizationContract;

/** Shadow paging keeps the contract in each paging mode of x86, with the guest's own format as the shadow's. */
final class ShadowVirtualizationTest {
    private abstract static class Mode extends VirtualizationContract {
        private final PageTableFormat format;

        Mode(String format) {
            this.format = X86.format(format);
        }

        @Override
        protected VmmProvider vmm() {
            return new Shadowing(Map.of());
        }

        @Override
        protected PageTableFormat format() {
            return format;
        }

        @Override
        protected boolean formatForbidsExecution() {
            return !format.name().equals("ia32");
        }
    }

    @Nested
    final class FourLevels extends Mode {
        FourLevels() {
            super("x86-64");
        }
    }

    @Nested
    final class FiveLevels extends Mode {
        FiveLevels() {
            super("x86-64-la57");
        }
    }

    @Nested
    final class Pae extends Mode {
        Pae() {
            super("pae");
        }
    }

    @Nested
    final class ThirtyTwoBits extends Mode {
        ThirtyTwoBits() {
            super("ia32");
        }
    }
}

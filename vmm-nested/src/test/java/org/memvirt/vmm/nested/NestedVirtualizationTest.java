package org.memvirt.vmm.nested;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.VirtualizationContract;

/** Nested paging keeps the contract, over each second stage of x86. */
final class NestedVirtualizationTest {
    private abstract static class Over extends VirtualizationContract {
        private final PageTableFormat format;
        private final PageTableFormat stageTwo;

        Over(String format, String stageTwo) {
            this.format = X86.format(format);
            this.stageTwo = X86.format(stageTwo);
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
        protected @Nullable PageTableFormat stageTwo() {
            return stageTwo;
        }
    }

    @Nested
    final class OverEpt extends Over {
        OverEpt() {
            super("x86-64", "ept");
        }
    }

    @Nested
    final class OverNpt extends Over {
        OverNpt() {
            super("x86-64", "npt");
        }
    }

    /** Its directory pointers are registers, which the kernel must load again when it makes a directory. */
    @Nested
    final class PaeOverEpt extends Over {
        PaeOverEpt() {
            super("pae", "ept");
        }
    }

    @Nested
    final class PaeOverNpt extends Over {
        PaeOverNpt() {
            super("pae", "npt");
        }
    }

    @Nested
    final class FiveLevelsOverFive extends Over {
        FiveLevelsOverFive() {
            super("x86-64-la57", "ept5");
        }
    }
}

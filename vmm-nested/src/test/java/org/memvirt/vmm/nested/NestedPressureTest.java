package org.memvirt.vmm.nested;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.PlainFormat;
import org.memvirt.testkit.PressureContract;

/** A host of nested guests may be short of memory, over second stages with and without accessed and dirty bits. */
final class NestedPressureTest {
    private abstract static class Under extends PressureContract {
        private final PageTableFormat format;
        private final @Nullable PageTableFormat stageTwo;

        Under(PageTableFormat format, @Nullable PageTableFormat stageTwo) {
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
        protected @Nullable PageTableFormat stageTwo() {
            return stageTwo;
        }
    }

    @Nested
    final class OnEptWithoutBits extends Under {
        OnEptWithoutBits() {
            super(X86.format("x86-64"), X86.format("ept"));
        }
    }

    @Nested
    final class OnEptWithBits extends Under {
        OnEptWithBits() {
            super(X86.format("x86-64"), X86.format("ept").with(Map.of("ad", "on")));
        }
    }

    @Nested
    final class OnNpt extends Under {
        OnNpt() {
            super(X86.format("pae"), X86.format("npt"));
        }
    }

    @Nested
    final class OnArm extends Under {
        OnArm() {
            super(Arm.format("aarch64-4k"), Arm.format("aarch64-s2-4k"));
        }
    }

    @Nested
    final class OnArmWithoutBits extends Under {
        OnArmWithoutBits() {
            super(Arm.format("aarch64-64k"), Arm.format("aarch64-s2-16k").with(Map.of("ha", "off", "hd", "off")));
        }
    }

    @Nested
    final class OnPlain extends Under {
        OnPlain() {
            super(PlainFormat.usual(), PlainFormat.usual());
        }
    }
}

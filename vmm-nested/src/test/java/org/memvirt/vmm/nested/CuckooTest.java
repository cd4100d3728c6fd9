package org.memvirt.vmm.nested;

import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.CuckooFormat;
import org.memvirt.testkit.VirtualizationContract;

/** Nested paging keeps the contract where walks probe 3 or 9 entries side by side, in either stage and in both. */
@Tag("slow")
final class CuckooTest {
    private static final PageTableFormat THREE = new CuckooFormat(List.of(12), 3);
    private static final PageTableFormat NINE = new CuckooFormat(List.of(12, 21, 30), 3);

    private abstract static class Over extends VirtualizationContract {
        private final PageTableFormat format;
        private final PageTableFormat stageTwo;

        Over(PageTableFormat format, PageTableFormat stageTwo) {
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
        protected PageTableFormat stageTwo() {
            return stageTwo;
        }
    }

    @Nested
    final class ThreeOverThree extends Over {
        ThreeOverThree() {
            super(THREE, THREE);
        }
    }

    @Nested
    final class NineOverNine extends Over {
        NineOverNine() {
            super(NINE, NINE);
        }
    }

    @Nested
    final class NineOverATree extends Over {
        NineOverATree() {
            super(NINE, X86.format("ept"));
        }
    }

    @Nested
    final class ATreeOverThree extends Over {
        ATreeOverThree() {
            super(X86.format("x86-64"), THREE);
        }
    }
}

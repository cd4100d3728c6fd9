package org.memvirt.vmm.nested;

import java.util.List;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.MmuArchitecture.TagWidths;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.mips.MipsMmu;
import org.memvirt.testkit.VirtualizationContract;
import org.memvirt.testkit.machine.ChosenTlb;

/** Nested paging on MIPS: the guest TLB and the root TLB of its virtualization module. */
final class MipsNestedTest {
    private static final ArchitectedTlb MIPS = (ArchitectedTlb) new MipsMmu().architecture();

    private abstract static class On extends VirtualizationContract {
        private final VmmProvider vmm;
        private final String tlb;
        private final int format;

        On(VmmProvider vmm, String tlb, int format) {
            this.vmm = vmm;
            this.tlb = tlb;
            this.format = format;
        }

        @Override
        protected VmmProvider vmm() {
            return vmm;
        }

        @Override
        protected PageTableFormat format() {
            return MIPS.formats().get(format);
        }

        @Override
        protected PageTableFormat stageTwo() {
            return MIPS.formats().getLast();
        }

        @Override
        protected ArchitectedTlb architectedTlb() {
            return new ChosenTlb(MIPS, tlb);
        }

        /** Tags of two bits begin anew all the time. */
        @Override
        protected List<ArchitectedTlb> drawnFrom() {
            return List.of(architectedTlb(), new ChosenTlb(MIPS, tlb, new TagWidths(2, 8)));
        }

        @Override
        protected boolean formatForbidsExecution() {
            return false;
        }
    }

    @Nested
    final class With32Bits extends On {
        With32Bits() {
            super(new NestedVmm(), "24kf", 0);
        }
    }

    @Nested
    final class With64Bits extends On {
        With64Bits() {
            super(new NestedVmm(), "mips64r2", 1);
        }
    }
}

package org.memvirt.vmm.partition;

import java.util.List;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.MmuArchitecture.TagWidths;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.mips.MipsMmu;
import org.memvirt.testkit.VirtualizationContract;
import org.memvirt.testkit.machine.ChosenTlb;

/** A partition, and the machine without a VMM, on MIPS. */
final class MipsPartitionTest {
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
        protected boolean letsHostMoveMemory() {
            return false;
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
    final class Native32 extends On {
        Native32() {
            super(new NativeMachine(), "4kc", 0);
        }
    }

    @Nested
    final class Native64 extends On {
        Native64() {
            super(new NativeMachine(), "mips64r2", 1);
        }
    }

    @Nested
    final class Partitioned32 extends On {
        Partitioned32() {
            super(new StaticVmm(), "34kf", 0);
        }
    }

    @Nested
    final class Partitioned64 extends On {
        Partitioned64() {
            super(new StaticVmm(), "5kec", 1);
        }
    }
}

package org.memvirt.vmm.shadow;

import org.junit.jupiter.api.Nested;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.SeveralCpusContract;

/** Shadow tables that several vCPUs share, by each policy. */
final class ShadowSeveralCpusTest {
    private abstract static class Policy extends SeveralCpusContract {
        private final PageTableFormat format;
        private final SyncPolicy sync;

        Policy(String format, SyncPolicy sync) {
            this.format = X86.format(format);
            this.sync = sync;
        }

        @Override
        protected VmmProvider vmm() {
            return Shadowing.with(sync);
        }

        @Override
        protected PageTableFormat format() {
            return format;
        }
    }

    @Nested
    final class WriteProtect extends Policy {
        WriteProtect() {
            super("x86-64", SyncPolicy.WRITE_PROTECT);
        }
    }

    @Nested
    final class Unsync extends Policy {
        Unsync() {
            super("x86-64", SyncPolicy.UNSYNC);
        }
    }

    @Nested
    final class VirtualTlb extends Policy {
        VirtualTlb() {
            super("x86-64", SyncPolicy.VIRTUAL_TLB);
        }
    }

    /** Each vCPU holds directory pointers of the shadow in registers. */
    @Nested
    final class Pae extends Policy {
        Pae() {
            super("pae", SyncPolicy.WRITE_PROTECT);
        }
    }
}

package org.memvirt.vmm.shadow;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.SeveralCpusContract;

/** Shadow tables that several vCPUs share, by each policy. */
final class ShadowSeveralCpusTest {
    private abstract static class Policy extends SeveralCpusContract {
        private final PageTableFormat format;
        private final Map<String, String> options;

        Policy(String format, SyncPolicy sync) {
            this(format, Map.of("sync", sync.toString()));
        }

        Policy(String format, Map<String, String> options) {
            this.format = X86.format(format);
            this.options = options;
        }

        @Override
        protected VmmProvider vmm() {
            return new Shadowing(options);
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

    @Nested
    final class Shared extends Policy {
        Shared() {
            super("x86-64", Map.of("sharing", "on", "tags", "4"));
        }
    }

    /** Each vCPU may be in another mode. */
    @Nested
    final class TwoTables extends Policy {
        TwoTables() {
            super("x86-64", Map.of("separation", "two-tables", "tags", "5"));
        }
    }

    @Nested
    final class Rewritten extends Policy {
        Rewritten() {
            super("x86-64", Map.of("separation", "rewrite", "sharing", "on"));
        }
    }
}

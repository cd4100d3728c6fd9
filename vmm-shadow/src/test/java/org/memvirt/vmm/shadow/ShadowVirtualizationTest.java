package org.memvirt.vmm.shadow;

import static org.memvirt.vmm.shadow.SyncPolicy.UNSYNC;
import static org.memvirt.vmm.shadow.SyncPolicy.VIRTUAL_TLB;
import static org.memvirt.vmm.shadow.SyncPolicy.WRITE_PROTECT;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TwoRootFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.PlainFormat;
import org.memvirt.testkit.VirtualizationContract;

/** Shadow paging keeps the contract in each paging mode of x86, by each policy. */
final class ShadowVirtualizationTest {
    private abstract static class Mode extends VirtualizationContract {
        private final PageTableFormat guest;
        private final SyncPolicy sync;
        private final Map<String, String> options = new HashMap<>();

        Mode(PageTableFormat guest, SyncPolicy sync, String shadow) {
            this.guest = guest;
            this.sync = sync;
            options.putAll(Map.of("sync", sync.toString(), "format", shadow));
        }

        Mode(String guest, SyncPolicy sync, Map<String, String> more) {
            this(guest, sync);
            options.putAll(more);
        }

        Mode(String guest, SyncPolicy sync) {
            this(X86.format(guest), sync, "auto");
        }

        @Override
        protected VmmProvider vmm() {
            return new Shadowing(options);
        }

        @Override
        protected PageTableFormat format() {
            return guest;
        }

        @Override
        protected boolean losesMappingsAtRootLoads() {
            return sync == VIRTUAL_TLB && guest.loadsTopTable();
        }

        @Override
        protected boolean formatForbidsExecution() {
            return !guest.name().equals("ia32");
        }
    }

    @Nested
    final class FourLevels extends Mode {
        FourLevels() {
            super("x86-64", WRITE_PROTECT);
        }
    }

    @Nested
    final class FourLevelsUnsync extends Mode {
        FourLevelsUnsync() {
            super("x86-64", UNSYNC);
        }
    }

    @Nested
    final class FourLevelsAsTlb extends Mode {
        FourLevelsAsTlb() {
            super("x86-64", VIRTUAL_TLB);
        }
    }

    @Nested
    final class FourLevelsInFive extends Mode {
        FourLevelsInFive() {
            super(X86.format("x86-64"), WRITE_PROTECT, "x86-64-la57");
        }
    }

    @Nested
    final class FiveLevels extends Mode {
        FiveLevels() {
            super("x86-64-la57", WRITE_PROTECT);
        }
    }

    @Nested
    final class Pae extends Mode {
        Pae() {
            super("pae", WRITE_PROTECT);
        }
    }

    @Nested
    final class PaeUnsync extends Mode {
        PaeUnsync() {
            super("pae", UNSYNC);
        }
    }

    @Nested
    final class PaeAsTlb extends Mode {
        PaeAsTlb() {
            super("pae", VIRTUAL_TLB);
        }
    }

    /** Its shadow is one of PAE paging, which reaches farther. */
    @Nested
    final class ThirtyTwoBits extends Mode {
        ThirtyTwoBits() {
            super("ia32", WRITE_PROTECT);
        }
    }

    @Nested
    final class ThirtyTwoBitsUnsync extends Mode {
        ThirtyTwoBitsUnsync() {
            super("ia32", UNSYNC);
        }
    }

    @Nested
    final class ThirtyTwoBitsAsTlb extends Mode {
        ThirtyTwoBitsAsTlb() {
            super("ia32", VIRTUAL_TLB);
        }
    }

    /** Kernel and programs have a root each, and so has the shadow. */
    @Nested
    final class TwoRoots extends Mode {
        TwoRoots() {
            super(new Halves(), WRITE_PROTECT, "auto");
        }
    }

    @Nested
    final class TwoRootsAsTlb extends Mode {
        TwoRootsAsTlb() {
            super(new Halves(), VIRTUAL_TLB, "auto");
        }
    }

    // Shadows that share pages, and guests whose kernel runs as their programs do.

    @Nested
    final class FourLevelsShared extends Mode {
        FourLevelsShared() {
            super("x86-64", WRITE_PROTECT, Map.of("sharing", "on"));
        }
    }

    /** A page of the shadow stands for half of a table of the guest. */
    @Nested
    final class ThirtyTwoBitsShared extends Mode {
        ThirtyTwoBitsShared() {
            super("ia32", UNSYNC, Map.of("sharing", "on", "tags", "3"));
        }
    }

    @Nested
    final class TwoTables extends Mode {
        TwoTables() {
            super("x86-64", WRITE_PROTECT, Map.of("separation", "two-tables", "sharing", "on", "tags", "3"));
        }
    }

    @Nested
    final class TwoTablesAsTlb extends Mode {
        TwoTablesAsTlb() {
            super("pae", VIRTUAL_TLB, Map.of("separation", "two-tables"));
        }
    }

    @Nested
    final class Rewritten extends Mode {
        Rewritten() {
            super("x86-64", UNSYNC, Map.of("separation", "rewrite", "sharing", "on"));
        }
    }

    private static final class Halves extends TwoRootFormat {
        Halves() {
            super(PlainFormat.granule(12, 4, 48), PlainFormat.granule(12, 4, 48).ofUpperHalf(), 63);
        }

        @Override
        public String name() {
            return "halves";
        }

        @Override
        public String description() {
            return "for tests";
        }
    }
}

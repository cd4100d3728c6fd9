package org.memvirt.vmm.shadow;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.PressureContract;

/** A host of guests under shadow paging may be short of memory. */
final class ShadowPressureTest {
    private abstract static class Under extends PressureContract {
        private final PageTableFormat guest;
        private final SyncPolicy sync;

        Under(String guest, SyncPolicy sync) {
            this.guest = X86.format(guest);
            this.sync = sync;
        }

        @Override
        protected VmmProvider vmm() {
            return new Shadowing(Map.of("sync", sync.toString()));
        }

        @Override
        protected PageTableFormat format() {
            return guest;
        }
    }

    @Nested
    final class WithProtectedTables extends Under {
        WithProtectedTables() {
            super("x86-64", SyncPolicy.WRITE_PROTECT);
        }
    }

    @Nested
    final class WithTablesOutOfStep extends Under {
        WithTablesOutOfStep() {
            super("pae", SyncPolicy.UNSYNC);
        }
    }

    @Nested
    final class AsVirtualTlb extends Under {
        AsVirtualTlb() {
            super("x86-64", SyncPolicy.VIRTUAL_TLB);
        }
    }
}

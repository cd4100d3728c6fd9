package org.memvirt.vmm.shadow;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.SeveralCpusContract;

/** Shadow tables that vCPUs share on cores that tell each other of invalidations. */
final class ArmSeveralCpusTest {
    private abstract static class Of extends SeveralCpusContract {
        private final PageTableFormat format;
        private final SyncPolicy sync;

        Of(String granule, SyncPolicy sync) {
            format = Arm.format("aarch64-" + granule);
            this.sync = sync;
        }

        @Override
        protected VmmProvider vmm() {
            return new Shadowing(Map.of("sync", sync.toString()));
        }

        @Override
        protected ArchitectedPageTables rules() {
            return Arm.MMU;
        }

        @Override
        protected PageTableFormat format() {
            return format;
        }
    }

    @Nested
    final class WriteProtectOf4k extends Of {
        WriteProtectOf4k() {
            super("4k", SyncPolicy.WRITE_PROTECT);
        }
    }

    @Nested
    final class UnsyncOf4k extends Of {
        UnsyncOf4k() {
            super("4k", SyncPolicy.UNSYNC);
        }
    }
}

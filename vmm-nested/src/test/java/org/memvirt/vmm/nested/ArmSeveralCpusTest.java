package org.memvirt.vmm.nested;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.SeveralCpusContract;

/** Several vCPUs on cores that tell each other of invalidations. */
final class ArmSeveralCpusTest {
    private abstract static class Over extends SeveralCpusContract {
        private final PageTableFormat format;
        private final PageTableFormat stageTwo;

        Over(String guest, String host, Map<String, String> flags) {
            format = Arm.format("aarch64-" + guest).with(flags);
            stageTwo = Arm.format("aarch64-s2-" + host).with(flags);
        }

        @Override
        protected VmmProvider vmm() {
            return new NestedVmm();
        }

        @Override
        protected ArchitectedPageTables rules() {
            return Arm.MMU;
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
    final class Of4kOn4k extends Over {
        Of4kOn4k() {
            super("4k", "4k", Map.of());
        }
    }

    @Nested
    final class Of16kOn64k extends Over {
        Of16kOn64k() {
            super("16k", "64k", Map.of("ha", "off", "hd", "off"));
        }
    }

    @Nested
    final class Of64kOn16k extends Over {
        Of64kOn16k() {
            super("64k", "16k", Map.of("hd", "off"));
        }
    }
}

package org.memvirt.vmm.partition;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.SeveralCpusContract;

/** Several vCPUs on cores that tell each other of invalidations. */
final class ArmSeveralCpusTest {
    private abstract static class Of extends SeveralCpusContract {
        private final VmmProvider vmm;
        private final PageTableFormat format;

        Of(VmmProvider vmm, String granule, Map<String, String> flags) {
            this.vmm = vmm;
            format = Arm.format("aarch64-" + granule).with(flags);
        }

        @Override
        protected VmmProvider vmm() {
            return vmm;
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
    final class NativeOf4k extends Of {
        NativeOf4k() {
            super(new NativeMachine(), "4k", Map.of());
        }
    }

    @Nested
    final class StaticOf16k extends Of {
        StaticOf16k() {
            super(new StaticVmm(), "16k", Map.of("ha", "off", "hd", "off"));
        }
    }

    @Nested
    final class NativeOf64k extends Of {
        NativeOf64k() {
            super(new NativeMachine(), "64k", Map.of("hd", "off"));
        }
    }
}

package org.memvirt.vmm.nested;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.testkit.VirtualizationContract;

/** Nested paging keeps the contract with Arm's granules on each other, whoever keeps the flags of stage 2. */
final class ArmVirtualizationTest {
    private static final Map<String, String> HARDWARE = Map.of();
    private static final Map<String, String> ACCESS_FLAGS = Map.of("hd", "off");
    private static final Map<String, String> SOFTWARE = Map.of("ha", "off", "hd", "off");

    private abstract static class Over extends VirtualizationContract {
        private final PageTableFormat format;
        private final PageTableFormat stageTwo;

        Over(String guest, Map<String, String> guestFlags, String host, Map<String, String> hostFlags) {
            format = Arm.format("aarch64-" + guest).with(guestFlags);
            stageTwo = Arm.format("aarch64-s2-" + host).with(hostFlags);
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
        protected @Nullable PageTableFormat stageTwo() {
            return stageTwo;
        }
    }

    @Nested
    final class Of4kOn4k extends Over {
        Of4kOn4k() {
            super("4k", HARDWARE, "4k", HARDWARE);
        }
    }

    @Nested
    final class Of16kOn4k extends Over {
        Of16kOn4k() {
            super("16k", HARDWARE, "4k", SOFTWARE);
        }
    }

    @Nested
    final class Of64kOn16k extends Over {
        Of64kOn16k() {
            super("64k", HARDWARE, "16k", ACCESS_FLAGS);
        }
    }

    /** 40 bits in three levels, the first of two tables. */
    @Nested
    final class OnConcatenatedTables extends Over {
        OnConcatenatedTables() {
            super("4k", HARDWARE, "4k", Map.of("ipa-bits", "40", "start-level", "1", "pa-bits", "40"));
        }
    }
}

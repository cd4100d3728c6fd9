package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Options;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.testkit.machine.AssembledMachine;

/** What can be chosen, and what is refused. */
final class ShadowOptionsTest {
    private static ShadowOptions of(Map<String, String> given) {
        return ShadowOptions.of(new Options("strategy shadow", ShadowOptions.all(), given));
    }

    @Test
    void theseAreTheDefaults() {
        assertThat(of(Map.of())).isEqualTo(
                new ShadowOptions(SyncPolicy.WRITE_PROTECT, "auto", 0, 0, false, Separation.HARDWARE, 0));
    }

    @Test
    void whatIsGivenIsTaken() {
        assertThat(of(Map.of(
                "sync", "unsync", "format", "pae", "spt-memory", "4M", "prefetch", "512", "sharing", "on",
                "separation", "two-tables", "tags", "16")))
                        .isEqualTo(new ShadowOptions(
                                SyncPolicy.UNSYNC, "pae", 4 << 20, 512, true, Separation.TWO_TABLES, 16));
        assertThat(of(Map.of("sync", "virtual-tlb", "separation", "rewrite", "prefetch", "1")))
                .isEqualTo(new ShadowOptions(
                        SyncPolicy.VIRTUAL_TLB, "auto", 0, 1, false, Separation.REWRITE, 0));
    }

    @ParameterizedTest
    @CsvSource({
        "sync,never,'strategy shadow: sync=never is not one of write-protect, unsync, virtual-tlb'",
        "separation,none,'strategy shadow: separation=none is not one of hardware, two-tables, rewrite'",
        "prefetch,3,'strategy shadow: prefetch=3 is not 0 or a power of two up to 512'",
        "prefetch,1024,'strategy shadow: prefetch=1024 is not 0 or a power of two up to 512'",
        "tags,17,'strategy shadow: tags=17 is not a number of bits up to 16'",
    })
    void whatIsNoneOfTheValuesIsRefused(String option, String value, String message) {
        assertThatExceptionOfType(VmRefused.class)
                .isThrownBy(() -> of(Map.of(option, value)))
                .withMessage(message);
    }

    @Test
    void sharingIsRefusedWhereNobodyKnowsWhatAShadowWasBuiltFrom() {
        assertThatExceptionOfType(VmRefused.class)
                .isThrownBy(() -> of(Map.of("sync", "virtual-tlb", "sharing", "on")))
                .withMessage(
                        "strategy shadow: sharing=on does not go with sync=virtual-tlb, which does not know of which tables"
                                + " of the guest a shadow was built; sync=write-protect and sync=unsync do");
    }

    @Test
    void optionsOfATlbMeanNothingWhereHardwareWalksTables() {
        assertThatExceptionOfType(VmRefused.class)
                .isThrownBy(() -> new AssembledMachine(X86.format("x86-64"), new ShadowVmm())
                        .options(Map.of("larger-tlb", "64"))
                        .boot())
                .withMessage(
                        "strategy shadow: larger-tlb=64 means nothing here: it keeps no TLB of the guest's where hardware"
                                + " walks page tables; what can be given is sync, format, spt-memory, prefetch, sharing,"
                                + " separation, tags");
    }

    @Test
    void aViewHasWhatThoseMayDoWhomItIsFor() {
        int rights = Rights.USER_READ | Rights.SUPERVISOR_READ | Rights.SUPERVISOR_WRITE;
        assertThat(View.BOTH.of(rights)).isEqualTo(rights);
        assertThat(View.PROGRAM.of(rights)).isEqualTo(Rights.READ);
        assertThat(View.KERNEL.of(rights)).isEqualTo(Rights.READ | Rights.WRITE);
        assertThat(View.differ(rights)).isTrue();
        assertThat(View.differ(Rights.READ)).isFalse();
    }
}

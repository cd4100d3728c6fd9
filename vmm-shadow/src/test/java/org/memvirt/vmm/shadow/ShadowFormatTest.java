package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.engine.Machine;
import org.memvirt.testkit.machine.AssembledMachine;

/** Which format shadow tables get, and what is asked of it. */
final class ShadowFormatTest {
    private static AssembledMachine assembled(PageTableFormat guest, Map<String, String> options) {
        return new AssembledMachine(guest, new Shadowing(options));
    }

    private static ShadowFormat chosen(PageTableFormat guest, Map<String, String> options) {
        Machine machine = assembled(guest, options).boot();
        return ((ShadowVm) machine.virtualMachine()).cpus().getFirst().shadows().getFirst().format;
    }

    @ParameterizedTest
    @CsvSource({"x86-64,x86-64", "x86-64-la57,x86-64-la57", "pae,pae", "ia32,pae"})
    void theNarrowestThatReachesFarthestIsTaken(String guest, String shadow) {
        assertThat(chosen(X86.format(guest), Map.of()).format().name()).isEqualTo(shadow);
    }

    @Test
    void anotherOneCanBeNamed() {
        assertThat(chosen(X86.format("ia32"), Map.of("format", "x86-64-la57")).format().name())
                .isEqualTo("x86-64-la57");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pae", "ept", "none"})
    void oneThatLacksTheGuestsAddressesOrIsNotThereIsRefused(String name) {
        assertThatExceptionOfType(VmRefused.class)
                .isThrownBy(() -> assembled(X86.format("x86-64"), Map.of("format", name)).boot())
                .withMessageContaining(name);
    }

    @Test
    void wrongOptionsAreRefused() {
        for (String option : new String[] {"sync=never", "prefetch=3", "prefetch=1024"}) {
            String[] parts = option.split("=");
            assertThatExceptionOfType(VmRefused.class)
                    .isThrownBy(() -> assembled(X86.format("x86-64"), Map.of(parts[0], parts[1])).boot())
                    .withMessageContaining(option);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"wp=off", "smep=on", "smap=on", "nxe=off"})
    void whateverTheGuestsPagesAllowTheShadowCanAllowOneByOneAndNeverMore(String control) {
        String[] parts = control.split("=");
        PageTableFormat guest = X86.format("x86-64").with(Map.of(parts[0], parts[1]));
        ShadowFormat shadow = chosen(guest, Map.of());
        ShadowFormat own = ShadowFormatTest.of(guest);
        for (int request = 0; request <= Rights.ALL; request++) {
            int rights = own.allows(request);
            for (int allowed : new int[] {rights, rights & ~Rights.WRITE}) {
                for (int needed = 1; needed <= Rights.ALL; needed <<= 1) {
                    if ((allowed & needed) != 0) {
                        int asked = shadow.request(allowed, needed);
                        assertThat(asked).isNotEqualTo(ShadowFormat.NONE);
                        assertThat(Rights.permit(shadow.allows(asked), needed)).isTrue();
                        assertThat(Rights.permit(allowed, shadow.allows(asked))).isTrue();
                    }
                }
            }
        }
    }

    /** The format as it is, not adapted. */
    private static ShadowFormat of(PageTableFormat format) {
        return new ShadowFormat(format);
    }

    @Test
    void whatAFormatCannotSayIsNotAskedOfIt() {
        ShadowFormat format = of(X86.format("x86-64"));
        assertThat(format.request(Rights.USER_WRITE, Rights.USER_WRITE)).isEqualTo(ShadowFormat.NONE);
        assertThat(format.request(Rights.ALL, Rights.NONE)).isEqualTo(Rights.ALL);
        assertThat(format.allows(format.request(Rights.ALL & ~Rights.WRITE, Rights.USER_READ)))
                .isEqualTo(Rights.ALL & ~Rights.WRITE);
    }
}

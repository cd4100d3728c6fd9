package org.memvirt.arm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.architecture.RegisterDump;

/** Registers in what debuggers print. */
final class RegisterTextTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            TCR_EL1 0x10            | tcr_el1      | 0x10
            TCR_EL1   0xAB   171    | tcr_el1      | 0xAB
            tcr_el1 = 0x10          | tcr_el1      | 0x10
            tcr_el1=10              | tcr_el1      | 0x10
            TCR_EL1: 0xff           | tcr_el1      | 0xff
            SCTLR 0x1               | sctlr_el1    | 0x1
            SCTLR_EL1 = 1           | sctlr_el1    | 0x1
            TTBR0_EL1 0x2000        | ttbr0_el1    | 0x2000
            TTBR1_EL1 0xffffffffffffffff | ttbr1_el1 | 0xffffffffffffffff
            TTBR1_EL1 0x1 MIDR_EL1 0x411fd070 | midr | 0x411fd070
            TTBR1_EL1 0x1 TCR2_EL1 0x2 | tcr2_el1 | 0x2
            TTBR1_EL1 0x1 HCR_EL2 0x1 | hcr_el2    | 0x1
            TTBR1_EL1 0x1 VTCR_EL2 0x2 | vtcr_el2  | 0x2
            TTBR1_EL1 0x1 VTTBR_EL2 0x3 | vttbr_el2 | 0x3
            TTBR1_EL1 0x1 ID_AA64MMFR2_EL1 0x4 | id_aa64mmfr2 | 0x4
            # PSTATE.PAN is bit 22.
            TTBR1_EL1 0x1 PSTATE=00400000 | pan    | 1
            TTBR1_EL1 0x1 PSTATE=ffbfffff | pan    | 0
            TTBR1_EL1 0x1 cpsr 0x400000 | pan      | 1
            """)
    void shapes(String text, String name, String value) {
        assertThat(RegisterText.read(text).values()).containsEntry(name, value);
    }

    /** Digits without 0x are hexadecimal after a sign alone, since gdb prints others; longer numbers are none. */
    @ParameterizedTest
    @CsvSource({
        "TCR_EL1 10", "TCR_EL1", "TCR_EL10x10", "XTCR_EL1 0x10", "TCR_EL1 0x12345678901234567", "TCR_EL2 0x10",
        "TTBR2_EL1 0x10", "TCR_EL1 0xg", "PSTATE=60001000"
    })
    void otherTextsAreRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RegisterText.read(text))
                .withMessageContaining("'TCR_EL1 = 0x5b5503510'")
                .withMessageContaining("sctlr_el1=0x...,tcr_el1=0x...,ttbr0_el1=0x...,ttbr1_el1=0x...");
    }

    private static final String ONE = "SCTLR 0x1\\nTCR_EL1 0x2\\nTTBR0_EL1 0x3\\nTTBR1_EL1 0x4\\n";

    @Test
    void linesOfJsonAreLines() {
        RegisterDump dump = RegisterText.read(ONE);
        assertThat(dump.values())
                .isEqualTo(Map.of("sctlr_el1", "0x1", "tcr_el1", "0x2", "ttbr0_el1", "0x3", "ttbr1_el1", "0x4"));
        assertThat(dump.missing()).isEmpty();
        assertThat(dump.choice()).isEmpty();
        assertThat(RegisterText.read("X\\r\\tTCR_EL1 = 0x2").missing())
                .containsExactly("sctlr_el1", "ttbr0_el1", "ttbr1_el1");
    }

    /** Of several processors the first that is told of: by their headings, or where a register comes again. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            CPU#0 TCR_EL1 0x1 CPU#1 TCR_EL1 0x2                   | tcr_el1=0x1           | the first processor, CPU#0
            CPU#0 PSTATE=0 TCR_EL1 0x1 CPU#1 PSTATE=0 TTBR0_EL1 0x2 | pan=0 tcr_el1=0x1 | the first processor, CPU#0
            CPU#0 PSTATE=0 CPU#1 PSTATE=400000 TCR_EL1 0x2        | pan=1 tcr_el1=0x2     | ''
            TCR_EL1 0x1 TTBR0_EL1 0x2 TCR_EL1 0x3                 | tcr_el1=0x1 ttbr0_el1=0x2 | the first processor
            CPU#0 TCR_EL1 0x1 TTBR0_EL1 0x2                       | tcr_el1=0x1 ttbr0_el1=0x2 | ''
            TCR_EL1 0x1 MIDR 0x2 MIDR 0x3                         | tcr_el1=0x1 midr=0x3  | ''
            """)
    void theFirstProcessorIsTaken(String text, String values, String choice) {
        RegisterDump dump = RegisterText.read(text);
        assertThat(dump.values()).hasSize(values.split(" ").length);
        for (String value : values.split(" ")) {
            assertThat(dump.values()).containsEntry(value.split("=")[0], value.split("=")[1]);
        }
        assertThat(dump.choice()).isEqualTo(choice);
    }

    @Test
    void threadsOfGdbAreProcessors() {
        RegisterDump dump = RegisterText.read("Thread 2 (x):\nTCR_EL1 0x1\nThread 1 (y):\nTTBR0_EL1 0x2\n");
        assertThat(dump.values()).isEqualTo(Map.of("tcr_el1", "0x1"));
        assertThat(dump.choice()).isEqualTo("the first processor, Thread 2");
    }
}

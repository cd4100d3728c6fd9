package org.memvirt.arm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What single bits of system registers switch; Arm ARM, TCR_EL1, SCTLR_EL1, VTCR_EL2, ID_AA64MMFR1_EL1, ID_AA64MMFR2_EL1. */
final class ControlBitsTest {
    private static ArmRegisters registers(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String one : text.split(" ")) {
            values.put(one.split("=")[0], one.split("=")[1]);
        }
        return new ArmRegisters(values);
    }

    private static String on(Map<String, String> options) {
        TreeSet<String> on = new TreeSet<>();
        options.forEach((name, value) -> {
            assertThat(value).isIn(name.endsWith("-bits") ? new String[] {"8", "16"} : new String[] {"on", "off"});
            if (value.equals("on")) {
                on.add(name);
            }
        });
        return String.join(" ", on);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            sctlr_el1=0x1                                    | ''    | ''
            # HA, HD: dirty state goes with access flags alone.
            sctlr_el1=0x1 tcr_el1=0x8000000000               | ha    | ha
            sctlr_el1=0x1 tcr_el1=0x10000000000              | ''    | ''
            sctlr_el1=0x1 tcr_el1=0x18000000000              | ha hd | ha hd
            sctlr_el1=0x1 tcr_el1=0x18000000000 id_aa64mmfr1=0x1 | ha | ha
            sctlr_el1=0x1 tcr_el1=0x18000000000 id_aa64mmfr1=0x2 | ha hd | ha hd
            sctlr_el1=0x1 tcr_el1=0x18000000000 id_aa64mmfr1=0x0 | ''  | ''
            # HPD0, HPD1, with FEAT_HPDS alone.
            sctlr_el1=0x1 tcr_el1=0x20000000000              | hpd   | ''
            sctlr_el1=0x1 tcr_el1=0x40000000000              | ''    | hpd
            sctlr_el1=0x1 tcr_el1=0x60000000000 id_aa64mmfr1=0x1000 | hpd | hpd
            sctlr_el1=0x1 tcr_el1=0x60000000000 id_aa64mmfr1=0x0 | '' | ''
            # TBI0, TBI1, TBID0, TBID1.
            sctlr_el1=0x1 tcr_el1=0x2000000000               | tbi   | ''
            sctlr_el1=0x1 tcr_el1=0x4000000000               | ''    | tbi
            sctlr_el1=0x1 tcr_el1=0x8000000000000            | tbid  | ''
            sctlr_el1=0x1 tcr_el1=0x10000000000000           | ''    | tbid
            # WXN, PAN, EPAN, the last with FEAT_PAN3 alone.
            sctlr_el1=0x80001                                | wxn   | wxn
            sctlr_el1=0x1 pan=true                           | pan   | pan
            sctlr_el1=0x1 pan=1                              | pan   | pan
            sctlr_el1=0x1 pan=false                          | ''    | ''
            sctlr_el1=0x200000000000001                      | epan  | epan
            sctlr_el1=0x200000000000001 id_aa64mmfr1=0x300000 | epan | epan
            sctlr_el1=0x200000000000001 id_aa64mmfr1=0x200000 | ''  | ''
            # QEMU's own processor: an implementer that is kept for software.
            sctlr_el1=0x1 midr=0x000f0510                    | clean-read-only | clean-read-only
            sctlr_el1=0x1 midr=0x411fd070                    | ''    | ''
            # What a recording begins in decides nothing.
            sctlr_el1=0x1 mair_el1=0xff vbar=0x1000 id_aa64pfr0_el1=0x11 pstate_pan=true | '' | ''
            """)
    void ofStageOne(String text, String lower, String upper) {
        assertThat(on(registers(text).options(Half.LOWER))).isEqualTo(lower);
        assertThat(on(registers(text).options(Half.UPPER))).isEqualTo(upper);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            vtcr_el2=0x0                           | xnx
            vtcr_el2=0x200000                      | ha xnx
            vtcr_el2=0x400000                      | xnx
            vtcr_el2=0x600000                      | ha hd xnx
            vtcr_el2=0x600000 id_aa64mmfr1=0x1     | ha
            vtcr_el2=0x600000 id_aa64mmfr1=0x0     | ''
            vtcr_el2=0x0 id_aa64mmfr1=0x10000000   | xnx
            """)
    void ofStageTwo(String text, String expected) {
        assertThat(on(registers(text).stageTwoOptions())).isEqualTo(expected);
    }

    /** TCR_EL1.AS and VTCR_EL2.VS, where the processor has ASIDs and VMIDs of 16 bits. */
    @ParameterizedTest
    @CsvSource({
        "sctlr_el1=0x1, 8, 8", "sctlr_el1=0x1 tcr_el1=0x1000000000 vtcr_el2=0x80000, 16, 16",
        "sctlr_el1=0x1 tcr_el1=0x1000000000 vtcr_el2=0x80000 id_aa64mmfr0=0x6 id_aa64mmfr1=0x0, 8, 8",
        "sctlr_el1=0x1 tcr_el1=0x1000000000 vtcr_el2=0x80000 id_aa64mmfr0=0x26 id_aa64mmfr1=0x20, 16, 16"
    })
    void widthsOfTags(String text, String asid, String vmid) {
        for (Half half : Half.values()) {
            assertThat(registers(text).options(half)).containsEntry("asid-bits", asid);
        }
        assertThat(registers(text).stageTwoOptions()).containsEntry("vmid-bits", vmid);
    }

    /** Named, not guessed: what changes how tables are read. */
    @ParameterizedTest
    @CsvSource({
        "hcr_el2=0x408000000, hcr_el2=0x408000000 has TGE set", "hcr_el2=0x40000000000, NV set",
        "tcr2_el1=0x2, tcr2_el1=0x2 has PIE set", "tcr2_el1=0x4, E0POE or POE", "tcr2_el1=0x8, E0POE or POE",
        "tcr2_el1=0x20, D128", "tcr2_el1=0x800, HAFT", "vtcr_el2=0x1000000000, S2PIE", "vtcr_el2=0x2000000000, S2POE",
        "vtcr_el2=0x4000000000, D128", "vtcr_el2=0x100000000000, HAFT"
    })
    void whatIsNotModelledIsNamed(String text, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> registers(text))
                .withMessageContaining(message)
                .withMessageContaining("which is not modelled");
    }

    /** EPD0 and EPD1; E0PD0 and E0PD1, with FEAT_E0PD alone. */
    @ParameterizedTest
    @CsvSource({
        "sctlr_el1=0x1 tcr_el1=0x80, EPD0", "sctlr_el1=0x1 tcr_el1=0x800000, EPD1",
        "sctlr_el1=0x1 tcr_el1=0x80000000000000, E0PD0", "sctlr_el1=0x1 tcr_el1=0x100000000000000, E0PD1",
        "sctlr_el1=0x1 tcr_el1=0x180000000000000 id_aa64mmfr2=0x0, ''",
        "sctlr_el1=0x1 tcr_el1=0x80000000000000 id_aa64mmfr2=0x1000000000000000, E0PD0", "sctlr_el1=0x1, ''"
    })
    void halvesThatAreOff(String text, String expected) {
        ArmRegisters registers = registers(text);
        String seen = (registers.isDisabled(Half.LOWER) ? "EPD0" : "")
                + (registers.isDisabled(Half.UPPER) ? "EPD1" : "")
                + (registers.isDisabledForUser(Half.LOWER) ? "E0PD0" : "")
                + (registers.isDisabledForUser(Half.UPPER) ? "E0PD1" : "");
        assertThat(seen).isEqualTo(expected);
    }

    /** SCTLR_EL1.M, HCR_EL2.VM and DC. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            sctlr_el1=0x0                                | false | false
            sctlr_el1=0x1                                | true  | false
            sctlr_el1=0x1 hcr_el2=0x1                    | true  | true
            sctlr_el1=0x1 hcr_el2=0x1000                 | false | true
            sctlr_el1=0x1 hcr_el2=0x1001                 | false | true
            sctlr_el1=0x1 hcr_el2=0x80000000             | true  | false
            sctlr_el1=0x1 hcr_el2=0x0 vttbr_el2=0x5000   | true  | false
            sctlr_el1=0x1 vttbr_el2=0x5000               | true  | true
            sctlr_el1=0x1 vtcr_el2=0x5000                | true  | false
            """)
    void stagesThatTranslate(String text, boolean first, boolean second) {
        assertThat(registers(text).isPaged()).isEqualTo(first);
        assertThat(registers(text).hasStageTwo()).isEqualTo(second);
    }

    @ParameterizedTest
    @CsvSource({
        "SCTLR, sctlr_el1", "VBAR, vbar_el1", "ID_AA64MMFR0_EL1, id_aa64mmfr0", "ID_AA64MMFR1_EL1, id_aa64mmfr1",
        "ID_AA64MMFR2_EL1, id_aa64mmfr2", "MIDR_EL1, midr", "PAN, pan"
    })
    void namesInCapitalsAndOthersOfTheSame(String given, String known) {
        assertThat(registers(given + "=0x7").isGiven(known)).isTrue();
        assertThat(registers(given + "=0x7").value(known)).isEqualTo(7);
    }
}

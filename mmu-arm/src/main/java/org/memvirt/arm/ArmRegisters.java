package org.memvirt.arm;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.memvirt.api.architecture.RegisterNumber;

/**
 * The system registers that say how the addresses of EL0 and EL1 are translated, as a debugger or a recording tells them.
 *
 * <p>Names are those of the Arm ARM; of the identification registers, {@code sctlr} and {@code vbar} with or without {@code _EL1}.
 * {@code pan} is PSTATE.PAN. {@code mair_el1}, {@code vbar_el1}, {@code id_aa64pfr0} and {@code pstate_pan}, the state that a
 * recording began in, may be given and decide nothing; {@code midr} tells QEMU's own processor, by an implementer's number that is
 * kept for software. What they switch on that is not modelled is refused: {@link Unmodelled}. What is not given is 0, an
 * identification register that of a processor which has all.
 */
final class ArmRegisters {
    static final String TCR = "tcr_el1";
    static final String TCR2 = "tcr2_el1";
    static final String TTBR0 = "ttbr0_el1";
    static final String TTBR1 = "ttbr1_el1";
    static final String SCTLR = "sctlr_el1";
    static final String HCR = "hcr_el2";
    static final String VTCR = "vtcr_el2";
    static final String VTTBR = "vttbr_el2";
    static final String PAN = "pan";

    private static final String VBAR = "vbar_el1";
    private static final String MIDR = "midr";

    /** All that may be given. */
    static final List<String> NAMES = List.of(
            TCR, TCR2, TTBR0, TTBR1, SCTLR, HCR, VTCR, VTTBR, PAN, Features.MEMORY_0, Features.MEMORY_1,
            Features.MEMORY_2,
            "mair_el1", VBAR, MIDR, "id_aa64pfr0", "pstate_pan");

    private static final List<String> BITS = List.of(PAN, "pstate_pan");

    private static final Map<String, String> ALSO = Map.of(
            "sctlr", SCTLR,
            "vbar", VBAR,
            "id_aa64mmfr0_el1", Features.MEMORY_0,
            "id_aa64mmfr1_el1", Features.MEMORY_1,
            "id_aa64mmfr2_el1", Features.MEMORY_2,
            "id_aa64pfr0_el1", "id_aa64pfr0",
            "midr_el1", MIDR);

    private static final long SCTLR_M = 1;
    private static final int SCTLR_WXN = 19;
    private static final int SCTLR_EPAN = 57;
    private static final long HCR_VM = 1;
    private static final long HCR_DC = 1 << 12;

    private final Map<String, Long> values = new LinkedHashMap<>();
    private final Features features;

    /**
     * @param registers name to number, in hexadecimal after {@code 0x}; a single bit may be true or false
     * @throws IllegalArgumentException for another name, what is no number, or what no processor can have
     */
    ArmRegisters(Map<String, String> registers) {
        registers.forEach((given, text) -> {
            String name = known(given);
            if (values.put(name, number(name, text)) != null) {
                throw new IllegalArgumentException("register %s is given twice".formatted(name));
            }
        });
        for (String name : List.of(TCR, TTBR0, TTBR1)) {
            if (isGiven(name) && !isGiven(SCTLR)) {
                throw new IllegalArgumentException(
                        "%s is given without %s, whose bit 0 turns translation on".formatted(name, SCTLR));
            }
        }
        Unmodelled.refuse(values);
        features = Features.of(values);
    }

    private static String known(String given) {
        String lower = given.toLowerCase(Locale.ROOT);
        String name = ALSO.getOrDefault(lower, lower);
        if (NAMES.contains(name)) {
            return name;
        }
        throw new IllegalArgumentException(
                "Arm has no register '" + given + "' that decides here; known are " + String.join(", ", NAMES));
    }

    private static long number(String name, String text) {
        if (BITS.contains(name) && (text.equals("true") || text.equals("false"))) {
            return text.equals("true") ? 1 : 0;
        }
        try {
            return RegisterNumber.parse(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "register %s=%s is no number: it is %s".formatted(name, text, e.getMessage()), e);
        }
    }

    Features features() {
        return features;
    }

    boolean isGiven(String name) {
        return values.containsKey(name);
    }

    long value(String name) {
        return values.getOrDefault(name, 0L);
    }

    private boolean bit(String name, int bit) {
        return (value(name) >>> bit & 1) != 0;
    }

    /** Whether stage 1 translates: SCTLR_EL1.M, but not under HCR_EL2.DC, which turns it off. */
    boolean isPaged() {
        return (value(SCTLR) & SCTLR_M) != 0 && (value(HCR) & HCR_DC) == 0;
    }

    /** Whether stage 2 translates: HCR_EL2.VM or DC; where HCR_EL2 is not given, the root of stage 2 says so. */
    boolean hasStageTwo() {
        return isGiven(HCR) ? (value(HCR) & (HCR_VM | HCR_DC)) != 0 : isGiven(VTTBR);
    }

    /** How TCR_EL1 describes a half. */
    Region region(Half half) {
        return Region.ofStageOne(value(TCR), half, features);
    }

    /** How VTCR_EL2 describes stage 2. */
    Region stageTwoRegion() {
        return Region.ofStageTwo(value(VTCR), features);
    }

    /** Whether the top byte of an address of the half is the program's: TCR_EL1.TBIn, and TBIDn for data alone. */
    boolean ignoresTop(Half half) {
        return bit(TCR, half == Half.LOWER ? 37 : 38);
    }

    boolean ignoresTopOfDataAlone(Half half) {
        return bit(TCR, half == Half.LOWER ? 51 : 52);
    }

    /** Whether walks of the half are off: TCR_EL1.EPDn. */
    boolean isDisabled(Half half) {
        return bit(TCR, half == Half.LOWER ? 7 : 23);
    }

    /** Whether EL0 is kept from the half: TCR_EL1.E0PDn. */
    boolean isDisabledForUser(Half half) {
        return features.e0pd() && bit(TCR, half == Half.LOWER ? 55 : 56);
    }

    /** The options of the format of a half, but for its size. */
    Map<String, String> options(Half half) {
        Map<String, String> all = new HashMap<>();
        put(all, "ha", features.accessFlags() && bit(TCR, 39));
        put(all, "hd", features.accessFlags() && features.dirtyState() && bit(TCR, 39) && bit(TCR, 40));
        put(all, "hpd", features.hierarchicalDisable() && bit(TCR, half == Half.LOWER ? 41 : 42));
        put(all, "wxn", bit(SCTLR, SCTLR_WXN));
        put(all, "pan", value(PAN) != 0);
        put(all, "epan", features.epan() && bit(SCTLR, SCTLR_EPAN));
        put(all, "clean-read-only", isSoftware());
        put(all, "tbi", ignoresTop(half));
        put(all, "tbid", ignoresTopOfDataAlone(half));
        all.put("asid-bits", features.wideAsids() && bit(TCR, 36) ? "16" : "8");
        return all;
    }

    /** The options of the format of stage 2, but for its size. */
    Map<String, String> stageTwoOptions() {
        Map<String, String> all = new HashMap<>();
        put(all, "ha", features.accessFlags() && bit(VTCR, 21));
        put(all, "hd", features.accessFlags() && features.dirtyState() && bit(VTCR, 21) && bit(VTCR, 22));
        put(all, "xnx", features.executeNeverByLevel());
        all.put("vmid-bits", features.wideVmids() && bit(VTCR, 19) ? "16" : "8");
        return all;
    }

    /** Arm ARM, MIDR_EL1.Implementer: 0 is reserved for software use. */
    private boolean isSoftware() {
        return isGiven(MIDR) && value(MIDR) >>> 24 == 0;
    }

    private static void put(Map<String, String> all, String option, boolean on) {
        all.put(option, on ? "on" : "off");
    }
}

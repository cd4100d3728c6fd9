package org.memvirt.arm;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.radix.RadixFormat.HardwareUpdates;

/**
 * What system registers and the processor's features fix for one format: its options, read once. An option that the format
 * does not declare is off.
 */
final class Controls {
    static final Option HALF = new Option(
            "half", Option.Kind.TEXT, "both", "the tables of TTBR0 (lower), of TTBR1 (upper), or of both");
    static final Option VA_BITS = new Option(
            "va-bits",
            Option.Kind.INTEGER,
            "48",
            "TCR.TnSZ: bits of a virtual address of one half, 16 to 48, or 52 with lpa=on or the granule of 64K");
    static final Option IPA_BITS = new Option(
            "ipa-bits",
            Option.Kind.INTEGER,
            "48",
            "VTCR.T0SZ: bits of an intermediate physical address, 16 to 48, or 52 with lpa=on");
    static final Option START_LEVEL = new Option(
            "start-level",
            Option.Kind.TEXT,
            "auto",
            "VTCR.SL0: the level of the first table, -1 to 3; a level later than the size asks for concatenates up to 16"
                    + " tables; auto: none are concatenated");
    static final Option PA_BITS = new Option(
            "pa-bits",
            Option.Kind.INTEGER,
            "48",
            "TCR.IPS or VTCR.PS: bits of an output address, 32, 36, 40, 42, 44, 48, or 52 with lpa=on; those above"
                    + " must be 0");
    static final Option LPA = onOff(
            "lpa", false,
            "descriptors hold addresses of 52 bits: FEAT_LPA2 (TCR.DS), or FEAT_LPA with the granule of 64K");
    static final Option HA = onOff("ha", true, "TCR.HA: hardware sets access flags");
    static final Option HD = onOff("hd", true, "TCR.HD: hardware marks pages with DBM dirty; with ha=on alone");
    static final Option HPD = onOff("hpd", false, "TCR.HPDn: descriptors of tables restrict nothing");
    static final Option WXN = onOff("wxn", false, "SCTLR.WXN: what may be written is not executed");
    static final Option PAN =
            onOff("pan", false, "PSTATE.PAN: EL1 does not touch the data of pages that EL0 may access");
    static final Option EPAN = onOff("epan", false, "SCTLR.EPAN: PAN spares no page that EL0 may only execute");
    static final Option TBI = onOff("tbi", false, "TCR.TBIn: the top byte of an address is the program's");
    static final Option TBID = onOff("tbid", false, "TCR.TBIDn: the same, of a data address alone");
    static final Option ASID_BITS = new Option(
            "asid-bits", Option.Kind.INTEGER, "16", "TCR.AS: bits of the tag of an address space, 8 or 16");
    static final Option VMID_BITS =
            new Option("vmid-bits", Option.Kind.INTEGER, "16", "VTCR.VS: bits of the tag of a VM, 8 or 16");
    static final Option CLEAN_READ_ONLY = onOff(
            "clean-read-only",
            false,
            "a page that hardware would mark dirty counts as read-only for the rules of execution as long as it is clean, as"
                    + " QEMU's emulation has it; by the Arm ARM it counts as writable");
    static final Option XNX = onOff("xnx", true, "FEAT_XNX: XN[1:0] tells fetches of EL0 and EL1 apart");

    private static final List<Long> SIZES = List.of(32L, 36L, 40L, 42L, 44L, 48L, 52L);
    private static final int LEAST_INPUT_BITS = 16;
    private static final int USUAL_BITS = 48;
    private static final int WIDE_BITS = 52;

    private final String format;
    private final List<Option> declared;
    private final Options values;
    private final int tagBits;

    /** @throws IllegalArgumentException for an option that is not declared, or a wrong value; the message names both */
    Controls(String format, List<Option> declared, Map<String, String> given) {
        this.format = format;
        this.declared = declared;
        values = new Options("format " + format, declared, given);
        if (values.isOn(HD.name()) && !values.isOn(HA.name())) {
            throw wrong(HD, "it needs ha=on");
        }
        tagBits = tagBits(declared.contains(ASID_BITS) ? ASID_BITS : VMID_BITS);
    }

    List<Option> declared() {
        return declared;
    }

    /** What was given before, overlaid by {@code given}. */
    Map<String, String> with(Map<String, String> given) {
        Map<String, String> all = new LinkedHashMap<>(values.asMap());
        all.putAll(given);
        return all;
    }

    boolean has(Option option) {
        return declared.contains(option) && values.isOn(option.name());
    }

    String text(Option option) {
        return values.text(option.name());
    }

    HardwareUpdates hardwareUpdates() {
        if (!has(HA)) {
            return HardwareUpdates.NONE;
        }
        return has(HD) ? HardwareUpdates.ACCESSED_AND_DIRTY : HardwareUpdates.ACCESSED;
    }

    /** Whether descriptors hold addresses of 52 bits. */
    boolean isWide() {
        return has(LPA);
    }

    /** The effective size of an output address. */
    int outputBits() {
        long bits = values.integer(PA_BITS.name());
        if (!SIZES.contains(bits)) {
            throw wrong(PA_BITS, "it is one of " + SIZES);
        }
        if (bits == WIDE_BITS && !isWide()) {
            throw wrong(PA_BITS, "it needs lpa=on");
        }
        return (int) bits;
    }

    /** The size of an input address. */
    int inputBits(Granule granule, Option option) {
        long bits = values.integer(option.name());
        boolean wide = isWide() || granule == Granule.K64 && option == VA_BITS;
        int least = Math.max(LEAST_INPUT_BITS, granule.bits() + 1);
        int most = wide ? WIDE_BITS : USUAL_BITS;
        if (bits < least || bits > most) {
            throw wrong(option, "with the granule of %s it is %d to %d".formatted(granule.text(), least, most));
        }
        return (int) bits;
    }

    /** Bits of a tag. */
    private int tagBits(Option option) {
        long bits = values.integer(option.name());
        if (bits != Byte.SIZE && bits != Short.SIZE) {
            throw wrong(option, "it is 8 or 16");
        }
        return (int) bits;
    }

    /** Bits of the tag that the format's tables are told apart by: of an address space, or of a VM. */
    int tagBits() {
        return tagBits;
    }

    IllegalArgumentException wrong(Option option, String allowed) {
        return new IllegalArgumentException(
                "format %s: %s=%s: %s (%s)".formatted(format, option.name(), text(option), allowed,
                        option.description()));
    }

    private static Option onOff(String name, boolean on, String description) {
        return new Option(name, Option.Kind.SWITCH, on ? "on" : "off", description);
    }
}

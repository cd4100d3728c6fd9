package org.memvirt.x86;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.memvirt.api.architecture.RegisterNumber;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.radix.RadixFormat.AccessedUpdate;

/**
 * What control registers and the processor's capabilities fix for one format: its options, read once. An option that
 * the format does not declare is off.
 */
final class Controls {
    static final Option WP = onOff("wp", true, "CR0.WP: supervisor writes heed read-only pages");
    static final Option NXE =
            onOff("nxe", true, "EFER.NXE: bit 63 of an entry forbids to execute, else it is reserved");
    static final Option PGE = onOff("pge", true, "CR4.PGE: bit 8 of a leaf makes it global");
    static final Option SMEP = onOff("smep", false, "CR4.SMEP: the supervisor does not execute user pages");
    static final Option SMAP = onOff("smap", false, "CR4.SMAP: the supervisor does not touch the data of user pages");
    static final Option AC = onOff("ac", false, "EFLAGS.AC: suspends SMAP");
    static final Option PKE = onOff("pke", false, "CR4.PKE: user pages have protection keys, with rights in pkru");
    static final Option PKRU =
            hex("pkru", "PKRU: for key i, bit 2i forbids access and bit 2i+1 writes; such as 0x55555554");
    static final Option PKS =
            onOff("pks", false, "CR4.PKS: supervisor pages have protection keys, with rights in pkrs");
    static final Option PKRS = hex("pkrs", "IA32_PKRS: as pkru, for supervisor pages");
    static final Option PSE = onOff("pse", true, "CR4.PSE: pages of 4 MiB");
    static final Option PSE36 = onOff("pse36", true, "PSE-36: pages of 4 MiB may lie above 4 GiB");
    static final Option GBPAGES = onOff("gbpages", true, "the processor has pages of 1 GiB");
    static final Option MBPAGES = onOff("2mpages", true, "the processor has EPT pages of 2 MiB");
    static final Option VENDOR = new Option(
            "vendor",
            Option.Kind.TEXT,
            "intel",
            "whose processor, intel or amd: amd reserves bit 8 of the entries of levels 4 and 5");
    static final Option CBIT = new Option(
            "cbit",
            Option.Kind.INTEGER,
            "0",
            "the C-bit of AMD's SME and SEV, 32 to 51, which is part of no address (CPUID 8000001F, EBX bits 5:0); 0 for"
                    + " none");
    static final Option LAM_USER = new Option(
            "lam-user",
            Option.Kind.TEXT,
            "off",
            "linear-address masking where bit 63 is clear: 48 (CR3 bit 62), 57 (CR3 bit 61) or off");
    static final Option LAM_SUP =
            onOff("lam-sup", false, "CR4.LAM_SUP: linear-address masking where bit 63 is set");
    static final Option UAI =
            onOff("uai", false, "EFER.UAIE, upper-address ignore: bits 63:57 of a data address do not count");
    static final Option AD =
            onOff("ad", false, "EPTP bit 6: accessed and dirty flags; guest-table accesses count as writes");
    static final Option XO = onOff("xo", true, "the processor has execute-only EPT entries");
    static final Option MBEC =
            onOff("mbec", false, "mode-based execute control: bit 10 allows user fetches, bit 2 the supervisor's");
    static final Option MAXPHYADDR = new Option(
            "maxphyaddr", Option.Kind.INTEGER, "52", "bits of a physical address, 32 to 52; those above are reserved");
    static final Option PDPTES = new Option(
            "pdptes",
            Option.Kind.TEXT,
            "registers",
            "where walks find the four directory pointers: registers, loaded with CR3, or memory, as on newer AMD"
                    + " processors and under nested paging");
    static final Option PDPTE_ACCESSED = onOff(
            "pdpte-accessed",
            false,
            "bit 5 of a directory pointer is an accessed flag, as QEMU's emulation has it, and not reserved");
    static final Option ACCESSED_UPDATE = new Option(
            "accessed-update",
            Option.Kind.TEXT,
            "descending",
            "when a walk sets the accessed flags above the leaf: descending, entry by entry, or completed, after its"
                    + " checks");

    private final String format;
    private final List<Option> declared;
    private final Options values;

    /** @throws IllegalArgumentException for an option that is not declared, or a wrong value; the message names both */
    Controls(String format, List<Option> declared, Map<String, String> given) {
        this.format = format;
        this.declared = declared;
        values = new Options("format " + format, declared, given);
        physicalBits();
        accessedUpdate();
        pointersAreLoaded();
        isAmd();
        register(PKRU);
        register(PKRS);
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
        return declares(option) && values.isOn(option.name());
    }

    /** Options are the constants above, or of one format: each is one object. */
    private boolean declares(Option option) {
        for (Option each : declared) {
            if (each == option) {
                return true;
            }
        }
        return false;
    }

    String text(Option option) {
        return values.text(option.name());
    }

    /** Bits of a physical address; none of them is the C-bit or above: APM vol. 2, "Secure Memory Encryption". */
    int physicalBits() {
        long bits = values.integer(MAXPHYADDR.name());
        if (bits < 32 || bits > 52) {
            throw wrong(MAXPHYADDR, "it is 32 to 52");
        }
        long encryption = encryptionBit();
        return encryption == 0 ? (int) bits : Math.min((int) bits, Long.numberOfTrailingZeros(encryption));
    }

    /** The mask of the C-bit; 0 when there is none. */
    long encryptionBit() {
        if (!declares(CBIT)) {
            return 0;
        }
        long bit = values.integer(CBIT.name());
        if (bit != 0 && (bit < 32 || bit > 51)) {
            throw wrong(CBIT, "it is 32 to 51, or 0");
        }
        return bit == 0 ? 0 : 1L << bit;
    }

    /** Whether the processor is AMD's; not so for a format that has no word for it. */
    boolean isAmd() {
        if (!declares(VENDOR)) {
            return false;
        }
        return switch (text(VENDOR)) {
            case "intel" -> false;
            case "amd" -> true;
            default -> throw wrong(VENDOR, "it is intel or amd");
        };
    }

    AccessedUpdate accessedUpdate() {
        return switch (text(ACCESSED_UPDATE)) {
            case "descending" -> AccessedUpdate.DESCENDING;
            case "completed" -> AccessedUpdate.COMPLETED;
            default -> throw wrong(ACCESSED_UPDATE, "it is descending or completed");
        };
    }

    /** Whether the directory pointers are registers; not so where there are none. */
    boolean pointersAreLoaded() {
        if (!declared.contains(PDPTES)) {
            return false;
        }
        return switch (text(PDPTES)) {
            case "registers" -> true;
            case "memory" -> false;
            default -> throw wrong(PDPTES, "it is registers or memory");
        };
    }

    /** The 32 bits of a register, 0 if the format has none of that name. */
    int register(Option option) {
        if (!declares(option)) {
            return 0;
        }
        try {
            long value = RegisterNumber.parse(text(option));
            if (value >= 0 && value <= 0xffff_ffffL) {
                return (int) value;
            }
        } catch (NumberFormatException e) {
            throw wrong(option, "it is a number of 32 bits, " + e.getMessage());
        }
        throw wrong(option, "it is a number of 32 bits, such as 0x55555554");
    }

    IllegalArgumentException wrong(Option option, String allowed) {
        return new IllegalArgumentException(
                "format %s: %s=%s: %s (%s)".formatted(format, option.name(), text(option), allowed,
                        option.description()));
    }

    private static Option onOff(String name, boolean on, String description) {
        return new Option(name, Option.Kind.SWITCH, on ? "on" : "off", description);
    }

    private static Option hex(String name, String description) {
        return new Option(name, Option.Kind.TEXT, "0", description);
    }
}

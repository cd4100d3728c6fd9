package org.memvirt.x86;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.RegisterNumber;
import org.memvirt.api.radix.RadixFormat.AccessedUpdate;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.Unpaged;

/**
 * The registers that say how addresses are translated, as a debugger or a recording tells them: they choose the formats
 * of both stages with their control bits, and hold the roots. SDM, "Paging Modes and Control Bits" and
 * "Extended-Page-Table Pointer (EPTP)"; APM, "Nested Paging".
 *
 * <p>Names: {@code cr0 cr3 cr4 efer pkru pkrs} and {@code ac} (EFLAGS.AC) of the address space; {@code eptp}, with
 * {@code mbec} (mode-based execute control) and {@code eptVpidCap} (IA32_VMX_EPT_VPID_CAP), or {@code ncr3} with {@code
 * hostCr0 hostCr4 hostEfer} for a second stage; and of the processor {@code vendor} (intel or amd),
 * {@code maxphyaddr}, {@code cbit} (the C-bit of SME and SEV), {@code gbpages} (it has pages of 1 GiB), {@code pse36}
 * and {@code pdpteAccessed} (it is QEMU's, which marks directory pointers).
 * What is not given is 0, {@code maxphyaddr} 52; the processor has all that is optional. The host's paging mode is never
 * guessed: {@code hostCr4} and {@code hostEfer} must be given with {@code ncr3}.
 */
final class X86Registers {
    private static final long CR3_LAM_U57 = 1L << 61;
    private static final long CR3_LAM_U48 = 1L << 62;
    private static final long CR0_WP = 1L << 16;
    private static final long CR0_PG = 1L << 31;
    private static final long CR4_PSE = 1L << 4;
    static final long CR4_PAE = 1L << 5;
    private static final long CR4_PGE = 1L << 7;
    private static final long CR4_LA57 = 1L << 12;
    private static final long CR4_SMEP = 1L << 20;
    private static final long CR4_SMAP = 1L << 21;
    private static final long CR4_PKE = 1L << 22;
    private static final long CR4_PKS = 1L << 24;
    private static final long CR4_LAM_SUP = 1L << 28;
    private static final long EFER_LME = 1L << 8;
    private static final long EFER_LMA = 1L << 10;
    static final long EFER_LONG_MODE = EFER_LMA | EFER_LME;
    private static final long EFER_NXE = 1L << 11;
    private static final long EFER_UAIE = 1L << 20;
    private static final long EPTP_ACCESSED_DIRTY = 1L << 6;
    // SDM, "VPID and EPT Capabilities".
    private static final long CAP_EXECUTE_ONLY = 1;
    private static final long CAP_FOUR_LEVELS = 1L << 6;
    private static final long CAP_FIVE_LEVELS = 1L << 7;
    private static final long CAP_2M_PAGES = 1L << 16;
    private static final long CAP_1G_PAGES = 1L << 17;
    private static final long CAP_ACCESSED_DIRTY = 1L << 21;

    // The formats, whose control bits the registers then choose.
    private static final LinearFormat IA32 = LinearFormat.ia32();
    private static final LinearFormat PAE = LinearFormat.pae();
    private static final LinearFormat FOUR_LEVEL = LinearFormat.fourLevel();
    private static final LinearFormat FIVE_LEVEL = LinearFormat.fiveLevel();
    private static final EptFormat EPT = EptFormat.fourLevel();
    private static final EptFormat EPT5 = EptFormat.fiveLevel();
    private static final NptFormat NPT = NptFormat.make();

    /** All that may be given. */
    static final List<String> NAMES = List.of(
            "paging", "cr0", "cr3", "cr4", "efer", "pkru", "pkrs", "ac", "vendor", "maxphyaddr", "cbit", "gbpages",
            "pse36", "pdpteAccessed", "eptp", "mbec", "eptVpidCap", "ncr3", "hostCr0", "hostCr4", "hostEfer");

    /** Those that are one bit. */
    private static final List<String> BITS = List.of("ac", "gbpages", "pse36", "pdpteAccessed", "mbec");

    /** Those that count bits, and are written in decimal. */
    private static final List<String> COUNTS = List.of("maxphyaddr", "cbit");

    private static final List<String> VENDORS = List.of("intel", "amd");

    private final Map<String, Long> values = new LinkedHashMap<>();
    private final AccessedUpdate accessedUpdate;
    private String vendor = "";

    /**
     * @param registers name to number, in hexadecimal after {@code 0x}; a single bit may be true or false, a count of bits
     *     decimal; {@code vendor} is a word; {@code paging}, the mode's name, may be given and must then agree
     * @param accessedUpdate what the registers do not tell
     * @throws IllegalArgumentException for another name, what is no number, or what no processor can have
     */
    X86Registers(Map<String, String> registers, AccessedUpdate accessedUpdate) {
        this.accessedUpdate = accessedUpdate;
        String mode = null;
        for (Map.Entry<String, String> given : registers.entrySet()) {
            String name = known(given.getKey());
            if (name.equals("paging")) {
                mode = given.getValue();
            } else if (name.equals("vendor")) {
                vendor = vendor(given.getValue());
            } else if (values.put(name, number(name, given.getValue())) != null) {
                throw new IllegalArgumentException("register %s is given twice".formatted(name));
            }
        }
        check();
        if (mode != null && (!isPaged() || !mode.equals(mode("cr4", "efer").text()))) {
            throw new IllegalArgumentException("the registers do not make the paging mode '%s' but %s"
                    .formatted(mode, isPaged() ? mode("cr4", "efer").text() : "none"));
        }
    }

    private static String known(String given) {
        for (String name : NAMES) {
            if (name.equalsIgnoreCase(given)) {
                return name;
            }
        }
        throw new IllegalArgumentException(
                "x86 has no register '" + given + "'; known are " + String.join(", ", NAMES));
    }

    private static String vendor(String given) {
        if (!VENDORS.contains(given)) {
            throw new IllegalArgumentException(
                    "there is no vendor '%s'; known are %s".formatted(given, String.join(", ", VENDORS)));
        }
        return given;
    }

    private void check() {
        if (values.containsKey("ncr3")) {
            for (String name : List.of("hostCr4", "hostEfer")) {
                if (!values.containsKey(name)) {
                    throw new IllegalArgumentException(
                            "ncr3 is given without %s, which with %s says how the host's tables are built; a 64-bit host has"
                                    .formatted(name, name.equals("hostCr4") ? "hostEfer" : "hostCr4")
                                    + " hostCr4=0x20,hostEfer=0xd00");
                }
            }
        }
        if (values.containsKey("ncr3") && vendor.equals("intel")
                || values.containsKey("eptp") && vendor.equals("amd")) {
            throw new IllegalArgumentException(
                    "eptp is Intel's second stage and ncr3 is AMD's, and vendor is " + vendor);
        }
        if (values.containsKey("eptp") && values.containsKey("ncr3")) {
            throw new IllegalArgumentException("eptp is Intel's second stage and ncr3 is AMD's: give one of them");
        }
        for (String name : List.of("cr3", "cr4", "efer")) {
            if (values.containsKey(name) && !values.containsKey("cr0")) {
                throw new IllegalArgumentException(
                        "%s is given without cr0, whose bit 31 turns paging on".formatted(name));
            }
        }
        if (isPaged() && isLongMode("efer") && (value("cr4") & CR4_PAE) == 0) {
            throw new IllegalArgumentException(
                    "efer=%#x turns long mode on, which needs CR4.PAE, bit 5; cr4=%#x lacks it"
                            .formatted(value("efer"), value("cr4")));
        }
    }

    /** The format of the linear addresses. */
    PageTableFormat format() {
        if (!isPaged()) {
            return new Unpaged(32);
        }
        LinearFormat format =
                switch (mode("cr4", "efer")) {
                    case IA32 -> IA32;
                    case PAE -> PAE;
                    case FOUR_LEVEL -> FOUR_LEVEL;
                    case FIVE_LEVEL -> FIVE_LEVEL;
                };
        Map<String, String> all = shared();
        all.put("wp", bit("cr0", CR0_WP));
        all.put("nxe", bit("efer", EFER_NXE));
        all.put("pse", bit("cr4", CR4_PSE));
        all.put("pge", bit("cr4", CR4_PGE));
        all.put("pdpte-accessed", bit("pdpteAccessed", 1));
        all.put("smep", bit("cr4", CR4_SMEP));
        all.put("smap", bit("cr4", CR4_SMAP));
        all.put("ac", bit("ac", 1));
        all.put("pke", bit("cr4", CR4_PKE));
        putUnlessZero(all, "pkru");
        all.put("pks", bit("cr4", CR4_PKS));
        putUnlessZero(all, "pkrs");
        all.put("lam-user",
                (value("cr3") & CR3_LAM_U57) != 0 ? "57" : (value("cr3") & CR3_LAM_U48) != 0 ? "48" : "off");
        all.put("lam-sup", bit("cr4", CR4_LAM_SUP));
        all.put("uai", bit("efer", EFER_UAIE));
        if (!vendor.isEmpty()) {
            all.put("vendor", vendor);
        }
        return select(format, all);
    }

    /** CR3. */
    long root() {
        return value("cr3");
    }

    /** CR3, when paging is on and it was not given. */
    List<String> missingRoots() {
        return isPaged() && !values.containsKey("cr3") ? List.of("cr3") : List.of();
    }

    /** The format of the second stage, or null when neither eptp nor ncr3 was given. */
    @Nullable PageTableFormat stageTwoFormat() {
        Map<String, String> all = shared();
        if (values.containsKey("eptp")) {
            long levels = (value("eptp") >>> 3 & 7) + 1;
            if (levels != 4 && levels != 5) {
                throw new IllegalArgumentException(
                        "eptp=%#x asks for a walk of %d levels; EPT has 4 or 5".formatted(value("eptp"), levels));
            }
            all.put("ad", bit("eptp", EPTP_ACCESSED_DIRTY));
            all.put("mbec", bit("mbec", 1));
            // EPT has a capability of its own for pages of 1 GiB.
            all.remove("gbpages");
            if (values.containsKey("eptVpidCap")) {
                need(levels == 4 ? CAP_FOUR_LEVELS : CAP_FIVE_LEVELS, "asks for a walk of %d levels".formatted(levels));
                if ((value("eptp") & EPTP_ACCESSED_DIRTY) != 0) {
                    need(CAP_ACCESSED_DIRTY, "turns accessed and dirty flags on");
                }
                all.put("xo", bit("eptVpidCap", CAP_EXECUTE_ONLY));
                all.put("2mpages", bit("eptVpidCap", CAP_2M_PAGES));
                all.put("gbpages", bit("eptVpidCap", CAP_1G_PAGES));
            }
            return select(levels == 4 ? EPT : EPT5, all);
        }
        if (values.containsKey("ncr3")) {
            all.put("mode", mode("hostCr4", "hostEfer").text());
            all.put("nxe", bit("hostEfer", EFER_NXE));
            all.put("pse", bit("hostCr4", CR4_PSE));
            return select(NPT, all);
        }
        return null;
    }

    private void need(long capability, String what) {
        if ((value("eptVpidCap") & capability) == 0) {
            throw new IllegalArgumentException(
                    "eptp=%#x %s, which the processor lacks by eptVpidCap=%#x, bit %d: it would refuse to enter the VM"
                            .formatted(
                                    value("eptp"),
                                    what,
                                    value("eptVpidCap"),
                                    Long.numberOfTrailingZeros(capability)));
        }
    }

    /** EPTP, or nCR3. */
    long stageTwoRoot() {
        return values.containsKey("eptp") ? value("eptp") : value("ncr3");
    }

    private void putUnlessZero(Map<String, String> all, String name) {
        if (value(name) != 0) {
            all.put(name, "%#x".formatted(value(name)));
        }
    }

    private boolean isPaged() {
        return (value("cr0") & CR0_PG) != 0;
    }

    private boolean isLongMode(String efer) {
        return (value(efer) & EFER_LONG_MODE) != 0;
    }

    private PagingMode mode(String cr4, String efer) {
        if (isLongMode(efer)) {
            return (value(cr4) & CR4_LA57) != 0 ? PagingMode.FIVE_LEVEL : PagingMode.FOUR_LEVEL;
        }
        return (value(cr4) & CR4_PAE) != 0 ? PagingMode.PAE : PagingMode.IA32;
    }

    private Map<String, String> shared() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("maxphyaddr", Long.toString(values.getOrDefault("maxphyaddr", 52L)));
        all.put("cbit", Long.toString(value("cbit")));
        all.put("gbpages", values.getOrDefault("gbpages", 1L) != 0 ? "on" : "off");
        all.put("pse36", values.getOrDefault("pse36", 1L) != 0 ? "on" : "off");
        all.put("accessed-update", accessedUpdate == AccessedUpdate.DESCENDING ? "descending" : "completed");
        return all;
    }

    /** The format with those of the options that it has: a mode ignores the control bits that are not of it. */
    private static PageTableFormat select(PageTableFormat format, Map<String, String> all) {
        Map<String, String> its = new LinkedHashMap<>();
        format.options().forEach(option -> {
            String text = all.get(option.name());
            if (text != null) {
                its.put(option.name(), text);
            }
        });
        return format.with(its);
    }

    private String bit(String register, long mask) {
        return (value(register) & mask) != 0 ? "on" : "off";
    }

    private long value(String name) {
        return values.getOrDefault(name, 0L);
    }

    private static long number(String name, String text) {
        if (BITS.contains(name) && (text.equals("true") || text.equals("false"))) {
            return text.equals("true") ? 1 : 0;
        }
        try {
            return COUNTS.contains(name) && !text.startsWith("0x") ? Long.parseLong(text) : RegisterNumber.parse(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "register %s=%s is no number: it is %s"
                            .formatted(name, text, COUNTS.contains(name) ? "a count of bits" : e.getMessage()),
                    e);
        }
    }
}

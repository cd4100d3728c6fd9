package org.memvirt.mips;

import java.util.List;
import java.util.Map;

/**
 * A processor as a recording tells of it: by its Config registers and by what software had put into others. PRA,
 * "Configuration Register" and "Configuration Register 1" to "4".
 *
 * <p>Names: {@code cpu prid config0 config1 config2 config3 config4}; {@code entries} and {@code is64}, which may stand in
 * place of config1 and config0; {@code entryHiWritableMask}, which tells SEGBITS, and {@code pabits}; {@code status wired
 * context xcontext pagegrain}; {@code lowBits}, a remark. Pages go up to 256 MiB whatever the release: that is how
 * emulators record.
 */
final class Configuration {
    private static final List<String> NAMES = List.of(
            "cpu", "entries", "is64", "prid", "config0", "config1", "config2", "config3", "config4",
            "entryHiWritableMask", "pabits", "status", "wired", "context", "xcontext", "pagegrain", "lowBits");

    private static final long MMU_TYPE = 7;
    private static final long STANDARD_TLB = 1;
    private static final long SMALL_PAGES = 1 << 4;
    private static final long INHIBITS = 1 << 12;
    private static final long LARGE_ADDRESSES = 1L << 29;
    private static final int USUAL_SEGMENT_BITS = 40;
    private static final int LARGEST_SHIFT = 28;

    private final Fields fields;

    /** The processor. */
    final MipsModel model;

    /** @throws IllegalArgumentException for another name, what is no value of it, and values that no processor has together */
    Configuration(Map<String, String> values) {
        for (String name : values.keySet()) {
            if (!NAMES.contains(name)) {
                throw new IllegalArgumentException(
                        "a MIPS processor has no '" + name + "'; known are " + String.join(", ", NAMES));
            }
        }
        fields = new Fields("the configuration", values);
        if (fields.has("config0") && (fields.number("config0") >>> 7 & MMU_TYPE) != STANDARD_TLB) {
            throw new IllegalArgumentException("config0=%s: its MT field names another MMU than the TLB, which is 1"
                    .formatted(values.get("config0")));
        }
        boolean is64 = is64();
        String cpu = fields.textOrNull("cpu");
        long config3 = fields.number("config3", 0);
        model = new MipsModel(
                cpu == null ? "MIPS" : cpu,
                is64,
                entries(),
                is64 ? segmentBits() : Integer.SIZE,
                (int) fields.number("pabits", is64 ? 36 : 32),
                LARGEST_SHIFT,
                true,
                (config3 & SMALL_PAGES) != 0,
                (config3 & INHIBITS) != 0,
                (fields.number("config4", 0) >>> 29 & 3) != 0);
    }

    private boolean is64() {
        // Config.AT: 0 is MIPS32, 1 MIPS64 with 32-bit segments alone, 2 MIPS64.
        boolean told = fields.has("config0") && (fields.number("config0") >>> 13 & 3) != 0;
        if (!fields.has("is64")) {
            return told;
        }
        boolean is64 = fields.isTrue("is64");
        if (fields.has("config0") && is64 != told) {
            throw new IllegalArgumentException("is64=%s, and the AT field of config0=%#x says otherwise"
                    .formatted(is64, fields.number("config0")));
        }
        return is64;
    }

    private int entries() {
        int told = (int) (fields.number("config1", 0) >>> 25 & 63) + 1;
        if (!fields.has("entries")) {
            fields.number("config1");
            return told;
        }
        int entries = fields.index("entries", 64);
        if (fields.has("config1") && entries != told) {
            throw new IllegalArgumentException(
                    "entries=%d, and the MMU Size field of config1=%#x says %d"
                            .formatted(entries, fields.number("config1"), told));
        }
        return entries;
    }

    private int segmentBits() {
        if (!fields.has("entryHiWritableMask")) {
            return USUAL_SEGMENT_BITS;
        }
        long mask = fields.number("entryHiWritableMask") & -1L >>> 2;
        return Long.SIZE - Long.numberOfLeadingZeros(mask);
    }

    /** Writes what software had written when the recording began. */
    void apply(MipsProcessor processor) {
        long grain = fields.number("pagegrain", 0);
        if ((grain & LARGE_ADDRESSES) != 0) {
            throw new IllegalArgumentException(
                    "pagegrain=%#x turns large physical addresses on (ELPA), which are not modelled".formatted(grain));
        }
        processor.write(Register.PAGE_GRAIN, grain);
        processor.write(Register.CONTEXT, fields.number("context", 0));
        processor.write(Register.XCONTEXT, fields.number("xcontext", 0));
        processor.write(Register.STATUS, fields.number("status", 0));
        if (fields.has("wired")) {
            processor.write(Register.WIRED, fields.index("wired", model.entries() - 1));
        }
    }
}

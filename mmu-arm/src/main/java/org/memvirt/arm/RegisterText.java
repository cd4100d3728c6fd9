package org.memvirt.arm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.memvirt.api.architecture.RegisterDump;

/**
 * The system registers in a text that tells of a processor. The shapes are gdb's ({@code TCR_EL1  0x5b5503510  24517...}), as its
 * {@code info registers system} prints what QEMU gives it; {@code TCR_EL1 = 0x5b5503510}; and of PSTATE, that of QEMU's monitor
 * ({@code PSTATE=60001000}) and gdb's ({@code cpsr  0x60001000}). After {@code =} and {@code :} digits are hexadecimal with or
 * without 0x.
 */
final class RegisterText {
    private static final Pattern REGISTER =
            Pattern.compile("(?i)\\b(TCR2?_EL1|TTBR[01]_EL1|SCTLR(?:_EL1)?|HCR_EL2|VTCR_EL2"
                    + "|VTTBR_EL2|ID_AA64MMFR[012]_EL1|MIDR(?:_EL1)?|PSTATE|CPSR)\\b"
                    + "(?:\\s*[=:]\\s*(?:0x)?|[ \\t]+0x)([0-9a-f]{1,16})\\b");

    /** QEMU's {@code info registers -a}; gdb's {@code thread apply all}. */
    private static final Pattern PROCESSOR = Pattern.compile("\\bCPU#\\d+|(?m)^Thread \\d+\\b");

    /** What stands for a line's end in JSON. */
    private static final Pattern ESCAPED_BREAK = Pattern.compile("\\\\[rnt]");

    private static final List<String> NEEDED =
            List.of(ArmRegisters.SCTLR, ArmRegisters.TCR, ArmRegisters.TTBR0, ArmRegisters.TTBR1);

    private static final Map<String, String> NAMES = Map.of(
            "sctlr", ArmRegisters.SCTLR, "cpsr", ArmRegisters.PAN, "pstate", ArmRegisters.PAN, "midr_el1", "midr");

    /** Of PSTATE as SPSR and QEMU's text hold it. */
    private static final int PAN_BIT = 22;

    private static final int HEX = 16;

    private RegisterText() {}

    /**
     * The registers of the first processor that the text tells of, by the names that {@link ArmRegisters} takes.
     *
     * @throws IllegalArgumentException when it tells of none
     */
    static RegisterDump read(String given) {
        String text = ESCAPED_BREAK.matcher(given).replaceAll("\n");
        Map<String, String> values = new LinkedHashMap<>();
        Matcher heading = PROCESSOR.matcher(text);
        String processor = "";
        boolean several = false;
        for (MatchResult match : REGISTER.matcher(text).results().toList()) {
            String name = name(match);
            String before = last(heading, match.start());
            boolean another = values.keySet().stream().anyMatch(NEEDED::contains)
                    && (!before.equals(processor) || NEEDED.contains(name) && values.containsKey(name));
            if (another) {
                several = true;
                break;
            }
            processor = before;
            values.put(name, value(name, match.group(2)));
        }
        if (values.keySet().stream().noneMatch(NEEDED::contains)) {
            throw new IllegalArgumentException(
                    "it has no 'TCR_EL1 0x5b5503510', as gdb's 'info registers system' prints, nor 'TCR_EL1 = 0x5b5503510';"
                            + " QEMU's own 'info registers' does not tell them. The values themselves can be given, too:"
                            + " sctlr_el1=0x...,tcr_el1=0x...,ttbr0_el1=0x...,ttbr1_el1=0x...");
        }
        List<String> missing = new ArrayList<>(NEEDED);
        missing.removeAll(values.keySet());
        String choice = several ? "the first processor" + (processor.isEmpty() ? "" : ", " + processor) : "";
        return new RegisterDump(values, missing, choice);
    }

    private static String name(MatchResult match) {
        String name = match.group(1).toLowerCase(Locale.ROOT);
        String known = NAMES.getOrDefault(name, name);
        return known.startsWith("id_") ? known.substring(0, known.lastIndexOf('_')) : known;
    }

    private static String value(String name, String digits) {
        return name.equals(ArmRegisters.PAN)
                ? Long.toString(Long.parseUnsignedLong(digits, HEX) >>> PAN_BIT & 1)
                : "0x" + digits;
    }

    /** The last heading before {@code end}. */
    private static String last(Matcher heading, int end) {
        heading.reset().region(0, end);
        String name = "";
        while (heading.find()) {
            name = heading.group();
        }
        return name;
    }
}

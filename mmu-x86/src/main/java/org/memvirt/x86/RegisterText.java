package org.memvirt.x86;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.memvirt.api.architecture.RegisterDump;
import org.memvirt.api.architecture.RegisterNumber;

/**
 * The control registers in a text that tells of a processor. The shapes are those of QEMU's monitor ({@code CR0=80050033}),
 * also as QMP's JSON has it; of a kernel's oops and crash ({@code CR0: 0000000080050033}), which do not tell EFER; of gdb
 * ({@code cr0  0x80050033  [ PG ... ]}); and of JSON with a member each ({@code "cr0": "0x80050033"}). After {@code =} and
 * {@code :} digits are hexadecimal with or without 0x.
 */
final class RegisterText {
    private static final Pattern REGISTER = Pattern.compile(
            "(?i)\\b(CR0|CR3|CR4|EFER|[ER]FL(?:AGS)?)\\b"
                    + "(?:\\s*[=:]\\s*(?:actual=)?(?:0x)?|[ \\t]+0x|\\\\?\"\\s*:\\s*\\\\?\"0x)([0-9a-f]{1,16})\\b");

    /** QEMU's {@code info registers -a}; gdb's {@code thread apply all}; crash's {@code bt -a}. */
    private static final Pattern PROCESSOR =
            Pattern.compile("\\bCPU#\\d+|(?m)^Thread \\d+\\b|(?<=\\bCPU: )\\d+");

    private static final Pattern KERNEL = Pattern.compile("(?i)\\bCR0:");

    /** What stands for a line's end in JSON. */
    private static final Pattern ESCAPED_BREAK = Pattern.compile("\\\\[rnt]");

    private static final List<String> NEEDED = List.of("cr0", "cr3", "cr4", "efer");
    private static final int AC_BIT = 18;
    private static final int HEX = 16;

    private RegisterText() {}

    /**
     * The registers of the first processor that the text tells of, by the names that {@link X86Registers} takes.
     *
     * @throws IllegalArgumentException when it tells of none
     */
    static RegisterDump read(String given) {
        String text = ESCAPED_BREAK.matcher(given).replaceAll("\n");
        List<MatchResult> matches = REGISTER.matcher(text).results().toList();
        if (count(matches) == 0) {
            throw new IllegalArgumentException(
                    "it has no 'CR0=80050033', as QEMU's 'info registers' prints, alone or in QMP's"
                            + " JSON; no 'CR0: 80050033', as a kernel's oops or crash does; no 'cr0 0x80050033', as gdb does;"
                            + " nor \"cr0\": \"0x80050033\"."
                            + " The values themselves can be given, too: cr0=0x...,cr3=0x...,cr4=0x...,efer=0x...");
        }
        List<MatchResult> first = firstOf(text, matches);
        Map<String, String> values = new LinkedHashMap<>();
        for (MatchResult match : first) {
            if (isNeeded(match)) {
                values.put(name(match), "0x" + match.group(2));
            } else {
                values.put("ac", Long.toString(Long.parseUnsignedLong(match.group(2), HEX) >>> AC_BIT & 1));
            }
        }
        // A kernel's text may be of any machine; the others are QEMU's, whose emulation marks the directory pointers.
        if (isPae(values) && !KERNEL.matcher(text).find()) {
            values.put("pdpteAccessed", "true");
        }
        List<String> missing = new ArrayList<>(NEEDED);
        missing.removeAll(values.keySet());
        boolean several = count(matches) > count(first);
        return new RegisterDump(values, missing, several ? "the first processor" + called(text, first) : "");
    }

    private static boolean isPae(Map<String, String> values) {
        return (bits(values, "cr4") & X86Registers.CR4_PAE) != 0
                && (bits(values, "efer") & X86Registers.EFER_LONG_MODE) == 0;
    }

    private static long bits(Map<String, String> values, String name) {
        String value = values.get(name);
        return value == null ? 0 : RegisterNumber.parse(value);
    }

    private static long count(List<MatchResult> matches) {
        return matches.stream().filter(RegisterText::isNeeded).count();
    }

    private static boolean isNeeded(MatchResult match) {
        return NEEDED.contains(name(match));
    }

    private static String name(MatchResult match) {
        return match.group(1).toLowerCase(Locale.ROOT);
    }

    /**
     * The matches up to where another processor begins: where a heading says so after the first of the needed registers, or
     * one of them comes again.
     */
    private static List<MatchResult> firstOf(String text, List<MatchResult> matches) {
        int begin = matches.stream().filter(RegisterText::isNeeded).findFirst().orElseThrow().end();
        Matcher heading = PROCESSOR.matcher(text);
        int end = heading.find(begin) ? heading.start() : text.length();
        Map<String, MatchResult> first = new LinkedHashMap<>();
        for (MatchResult match : matches) {
            boolean again = first.putIfAbsent(isNeeded(match) ? name(match) : "flags", match) != null;
            if (match.start() > end || again && isNeeded(match)) {
                first.values().removeIf(taken -> taken.start() > end);
                break;
            }
        }
        return List.copyOf(first.values());
    }

    /** The last heading before the registers that were taken. */
    private static String called(String text, List<MatchResult> first) {
        Matcher heading = PROCESSOR.matcher(text).region(0, first.getFirst().start());
        String name = "";
        while (heading.find()) {
            name = heading.group();
        }
        return name.isEmpty() ? "" : ", " + (Character.isDigit(name.charAt(0)) ? "CPU " : "") + name;
    }
}

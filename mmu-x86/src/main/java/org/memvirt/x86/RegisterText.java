package org.memvirt.x86;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What QEMU's monitor prints for {@code info registers}: {@code NAME=value} in hexadecimal, several a line; with {@code -a}
 * all processors, each under a line {@code CPU#n}.
 */
final class RegisterText {
    private static final Pattern REGISTER =
            Pattern.compile("\\b(CR0|CR3|CR4|EFER|[RE]FL)\\s*=\\s*([0-9A-Fa-f]{1,16})\\b");

    private static final Pattern PROCESSOR = Pattern.compile("CPU#\\d+");
    private static final List<String> NEEDED = List.of("CR0", "CR3", "CR4", "EFER");
    private static final int AC_BIT = 18;
    private static final int HEX = 16;

    private RegisterText() {}

    /**
     * The registers of the first processor by the names that {@link X86Registers} takes.
     *
     * @throws IllegalArgumentException when one that is needed is not there
     */
    static Map<String, String> read(String text) {
        Map<String, String> found = new LinkedHashMap<>();
        Matcher matcher = REGISTER.matcher(firstProcessor(text));
        while (matcher.find()) {
            found.putIfAbsent(matcher.group(1), matcher.group(2));
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (String name : NEEDED) {
            String value = found.get(name);
            if (value == null) {
                throw new IllegalArgumentException(
                        "it has no '%s=', which is in what QEMU's 'info registers' prints".formatted(name));
            }
            values.put(name.toLowerCase(Locale.ROOT), "0x" + value);
        }
        String flags = found.getOrDefault("RFL", found.get("EFL"));
        if (flags != null) {
            values.put("ac", Long.toString(Long.parseUnsignedLong(flags, HEX) >>> AC_BIT & 1));
        }
        return values;
    }

    private static String firstProcessor(String text) {
        return PROCESSOR.matcher(text)
                .results()
                .skip(1)
                .findFirst()
                .map(second -> text.substring(0, second.start()))
                .orElse(text);
    }
}

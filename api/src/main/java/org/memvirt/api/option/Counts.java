package org.memvirt.api.option;

import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Counts as people write them: {@code 1000000}, {@code 1_000_000}, {@code 1e6}, {@code 1M}; suffixes are powers of 1000. */
public final class Counts {
    private static final String SUFFIXES = "KMGT";
    private static final Pattern COUNT =
            Pattern.compile("([+-]?\\d+(?:_\\d+)*(?:\\.\\d+)?)(?:[eE]\\+?(\\d{1,2})|([KMGTkmgt]))?");

    private Counts() {}

    /**
     * Reads a whole number.
     *
     * @throws IllegalArgumentException when it is none, or does not fit a {@code long}; the message says what is allowed
     */
    public static long parse(String text) {
        Matcher count = COUNT.matcher(text.strip());
        if (!count.matches()) {
            throw new IllegalArgumentException(wrong(text));
        }
        int zeros = 0;
        if (count.group(2) != null) {
            zeros = Integer.parseInt(count.group(2));
        } else if (count.group(3) != null) {
            zeros = 3 * (SUFFIXES.indexOf(Character.toUpperCase(count.group(3).charAt(0))) + 1);
        }
        try {
            return new BigDecimal(count.group(1).replace("_", "")).scaleByPowerOfTen(zeros).longValueExact();
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(wrong(text), e);
        }
    }

    private static String wrong(String text) {
        return "'" + text + "' is no whole number below 2^63, such as 1000000, 1_000_000, 1e6 or 1M";
    }
}

package org.memvirt.api.option;

/** Byte counts as people write them: {@code 4K}, {@code 2M}, {@code 1G}, {@code 1T}, powers of 1024. */
public final class Sizes {
    private static final String SUFFIXES = "KMGT";

    private Sizes() {}

    /**
     * Reads a size in bytes.
     *
     * @throws IllegalArgumentException when it is no size, negative, or 2^63 and more; the message says what is allowed
     */
    public static long parse(String text) {
        String digits = text.strip();
        int suffix = -1;
        if (!digits.isEmpty()) {
            suffix = SUFFIXES.indexOf(Character.toUpperCase(digits.charAt(digits.length() - 1)));
            digits = suffix < 0 ? digits : digits.substring(0, digits.length() - 1);
        }
        try {
            long number = Long.parseLong(digits);
            if (number >= 0) {
                return Math.multiplyExact(number, 1L << (10 * (suffix + 1)));
            }
        } catch (NumberFormatException | ArithmeticException e) {
            throw new IllegalArgumentException(wrong(text), e);
        }
        throw new IllegalArgumentException(wrong(text));
    }

    /** The size with the largest suffix that divides it: {@code 2097152} is {@code 2M}. */
    public static String text(long bytes) {
        int suffix = 0;
        long number = bytes;
        while (suffix < SUFFIXES.length() && number != 0 && number % 1024 == 0) {
            number /= 1024;
            suffix++;
        }
        return suffix == 0 ? Long.toString(number) : number + SUFFIXES.substring(suffix - 1, suffix);
    }

    /** The size of a page whose offset has {@code shift} bits. */
    public static String ofPage(int shift) {
        return text(1L << shift);
    }

    private static String wrong(String text) {
        return "'" + text + "' is no size; write bytes with an optional K, M, G or T, such as 4096, 64K or 2G";
    }
}

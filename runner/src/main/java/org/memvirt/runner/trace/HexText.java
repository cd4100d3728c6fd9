package org.memvirt.runner.trace;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Hex numbers that end at a comma, eight digits at a time in the bytes of a {@code long}, the first digit lowest. Reads up
 * to 16 bytes before the comma, digits or not.
 */
final class HexText {
    private static final VarHandle WORD =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long EVERY_BYTE = 0x0101_0101_0101_0101L;
    private static final long TOP_BITS = 0x8080_8080_8080_8080L;
    private static final long COMMAS = ',' * EVERY_BYTE;
    private static final long ZEROS = '0' * EVERY_BYTE;

    // By number of digits, which bytes of the upper and the lower eight places before the comma are digits.
    private static final long[] UPPER_DIGITS = new long[17];
    private static final long[] LOWER_DIGITS = new long[17];

    static {
        for (int digits = 1; digits <= 16; digits++) {
            LOWER_DIGITS[digits] = digits >= 8 ? -1L : -1L << 8 * (8 - digits);
            UPPER_DIGITS[digits] = digits <= 8 ? 0 : digits == 16 ? -1L : -1L << 8 * (16 - digits);
        }
    }

    private HexText() {}

    /** How many bytes lie before the next comma, or -1 when it is none or more than 15. */
    static int digits(byte[] bytes, int at) {
        long first = (long) WORD.get(bytes, at) ^ COMMAS;
        long found = first - EVERY_BYTE & ~first & TOP_BITS;
        if (found != 0) {
            int digits = Long.numberOfTrailingZeros(found) >>> 3;
            return digits == 0 ? -1 : digits;
        }
        long second = (long) WORD.get(bytes, at + 8) ^ COMMAS;
        found = second - EVERY_BYTE & ~second & TOP_BITS;
        return found == 0 ? -1 : 8 + (Long.numberOfTrailingZeros(found) >>> 3);
    }

    /** The last eight digits before the comma, with zeros in front of fewer. */
    static long lower(byte[] bytes, int comma, int digits) {
        return (long) WORD.get(bytes, comma - 8) & LOWER_DIGITS[digits] | ZEROS & ~LOWER_DIGITS[digits];
    }

    /** The digits before those. */
    static long upper(byte[] bytes, int comma, int digits) {
        return (long) WORD.get(bytes, comma - 16) & UPPER_DIGITS[digits] | ZEROS & ~UPPER_DIGITS[digits];
    }

    /** Sets the top bit of each byte that is a hex digit; the other bits mean nothing. */
    static long validity(long text) {
        // With all bytes below 0x80, adding 0x80 - c sets the top bit of those that are c or above, without a carry.
        long low = text & ~TOP_BITS;
        long decimal = low + (0x80 - '0') * EVERY_BYTE & ~(low + (0x80 - '9' - 1) * EVERY_BYTE);
        long lowerCase = low | 0x20 * EVERY_BYTE;
        long letter = lowerCase + (0x80 - 'a') * EVERY_BYTE & ~(lowerCase + (0x80 - 'f' - 1) * EVERY_BYTE);
        return (decimal | letter) & ~text;
    }

    /** Whether every byte was a digit, by what {@link #validity} said. */
    static boolean allValid(long validity) {
        return (validity & TOP_BITS) == TOP_BITS;
    }

    /** The number that eight hex digits make. */
    static long number(long text) {
        long nibbles = (text & 0x0f * EVERY_BYTE) + (text >>> 6 & EVERY_BYTE) * 9;
        long number = Long.reverseBytes(nibbles);
        number = (number | number >>> 4) & 0x00ff_00ff_00ff_00ffL;
        number = (number | number >>> 8) & 0x0000_ffff_0000_ffffL;
        return (number | number >>> 16) & 0xffff_ffffL;
    }
}

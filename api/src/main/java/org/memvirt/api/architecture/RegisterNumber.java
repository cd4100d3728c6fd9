package org.memvirt.api.architecture;

/**
 * What a register holds, as people write it: in hexadecimal after {@code 0x}. Without it, only a single digit is taken,
 * which means the same in decimal: what is copied out of a debugger is hexadecimal, and may have no letter in it.
 */
public final class RegisterNumber {
    private static final int HEX = 16;

    private RegisterNumber() {}

    /** @throws NumberFormatException when it is none; the message says what to write, and goes on from "it is" */
    public static long parse(String text) {
        if (text.startsWith("0x") || text.startsWith("0X")) {
            return hexadecimal(text, text.substring(2));
        }
        if (text.length() == 1 && Character.digit(text.charAt(0), 10) >= 0) {
            return Character.digit(text.charAt(0), 10);
        }
        if (!text.isEmpty() && text.chars().allMatch(letter -> Character.digit(letter, HEX) >= 0)) {
            throw new NumberFormatException("in hexadecimal after 0x: write 0x" + text);
        }
        throw new NumberFormatException("in hexadecimal after 0x");
    }

    private static long hexadecimal(String text, String digits) {
        try {
            return Long.parseUnsignedLong(digits.replace("_", ""), HEX);
        } catch (NumberFormatException e) {
            throw (NumberFormatException) new NumberFormatException("in hexadecimal after 0x, of 64 bits at most")
                    .initCause(e);
        }
    }
}

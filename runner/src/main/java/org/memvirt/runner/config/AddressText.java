package org.memvirt.runner.config;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.file.SmallFile;
import org.memvirt.runner.usage.BadInput;
import org.memvirt.runner.usage.WrongUsage;

/**
 * Addresses as people write them: in hex after {@code 0x}, with {@code _} where they like. Digits alone are refused, but for
 * a single one: what was copied from a debugger is hexadecimal, and may look decimal.
 */
public final class AddressText {
    private static final int HEX = 16;
    private static final int LONGEST_LINE = 1 << 16;

    private AddressText() {}

    /** @throws WrongUsage when it is none */
    public static long parse(String text) {
        try {
            return number(text);
        } catch (NumberFormatException e) {
            throw new WrongUsage(wrong(text), e);
        }
    }

    /**
     * The addresses of a file, one a line; what follows {@code #} and blank lines do not count.
     *
     * @throws BadInput when a line holds something else
     */
    public static List<Long> read(Path file) throws IOException {
        List<Long> addresses = new ArrayList<>();
        int number = 1;
        CharsetDecoder strict = StandardCharsets.UTF_8.newDecoder();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(SmallFile.open(file), strict))) {
            for (String line = line(lines); line != null; number++, line = line(lines)) {
                String text = line.split("#", 2)[0].strip();
                if (!text.isEmpty()) {
                    addresses.add(number(text));
                }
            }
        } catch (NumberFormatException e) {
            throw new BadInput("%s: line %d: %s".formatted(file, number, e.getMessage()), e);
        } catch (MalformedInputException e) {
            throw new BadInput("%s: line %d or a later one is no text; an address a line was expected"
                    .formatted(file, number), e);
        }
        return addresses;
    }

    /** The next line, or null at the end. */
    private static @Nullable String line(BufferedReader lines) throws IOException {
        StringBuilder line = new StringBuilder();
        int letter = lines.read();
        if (letter < 0) {
            return null;
        }
        for (; letter >= 0 && letter != '\n'; letter = lines.read()) {
            if (line.length() == LONGEST_LINE) {
                throw new NumberFormatException(
                        "it is longer than %d letters; an address a line was expected".formatted(LONGEST_LINE));
            }
            line.append((char) letter);
        }
        return line.toString();
    }

    private static long number(String text) {
        boolean digit = text.length() == 1 && Character.digit(text.charAt(0), 10) >= 0;
        if (!digit && !text.startsWith("0x") && !text.startsWith("0X")) {
            throw new NumberFormatException(wrong(text));
        }
        try {
            return Long.parseUnsignedLong(digit ? text : text.substring(2).replace("_", ""), HEX);
        } catch (NumberFormatException e) {
            throw (NumberFormatException) new NumberFormatException(wrong(text)).initCause(e);
        }
    }

    private static String wrong(String text) {
        boolean digits = !text.isEmpty() && text.chars().allMatch(letter -> Character.digit(letter, HEX) >= 0);
        return "'%s' is no address: write it in hex after 0x".formatted(text)
                + (digits ? ", 0x" + text + " if these are hex digits" : ", such as 0x7f0012345678");
    }
}

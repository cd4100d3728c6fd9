package org.memvirt.conform;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads one line of JSON from the left to the right, strictly (RFC 8259), and numbers without an object each: vectors
 * are long lists of hexadecimal words. A value is read by the method of its kind, or skipped; what is not as expected is
 * a {@link BadVectors} that names file, line and column, in bytes from 1.
 */
final class JsonReader {
    private static final int DEEPEST = 64;
    private static final int MOST_HEX_DIGITS = 16;
    private static final byte[] DIGITS = new byte[256];

    static {
        Arrays.fill(DIGITS, (byte) -1);
        for (int digit = 0; digit < 16; digit++) {
            DIGITS[Character.forDigit(digit, 16)] = (byte) digit;
            DIGITS[Character.toUpperCase(Character.forDigit(digit, 16))] = (byte) digit;
        }
    }

    private final String file;
    /** Interned, so that what is compared with a literal is mostly the literal itself. */
    private final Texts words = new Texts(true);

    private final Texts values = new Texts(false);
    private byte[] bytes = {};
    private int start;
    private int end;
    private int at;
    private long line;
    /** Whether an object or array has just begun, so that no comma comes before its first member. */
    private boolean first;

    /** @param file for messages */
    JsonReader(String file) {
        this.file = file;
    }

    /**
     * Begins a line.
     *
     * @param from its first byte
     * @param to the byte after its last, without the line end
     * @param number of the line, from 1, for messages
     */
    void begin(byte[] content, int from, int to, long number) {
        bytes = content;
        start = from;
        end = to;
        at = from;
        line = number;
        first = false;
    }

    /** The place of what comes next, after white space. */
    int position() {
        skipSpace();
        return at;
    }

    void beginObject() throws BadVectors {
        expect('{', "an object");
        first = true;
    }

    /** Whether the object has one more member; if not, it is left. */
    boolean nextMember() throws BadVectors {
        return next('}');
    }

    void beginArray() throws BadVectors {
        expect('[', "a list");
        first = true;
    }

    /** Whether the list has one more element; if not, it is left. */
    boolean nextElement() throws BadVectors {
        return next(']');
    }

    /** A member's name. */
    String name() throws BadVectors {
        String name = text(words, "a name in quotes");
        expect(':', "':' after a name");
        return name;
    }

    /** The text of a string that is one of a few. */
    String word() throws BadVectors {
        return text(words, "a text in quotes");
    }

    /** A member's name that is a number: {@code "0x..."}. */
    long numberName() throws BadVectors {
        long name = quotedNumber();
        expect(':', "':' after a name");
        return name;
    }

    /** A word: hexadecimal after 0x in quotes, or a whole number. */
    long number() throws BadVectors {
        skipSpace();
        return at < end && bytes[at] == '"' ? quotedNumber() : whole();
    }

    /** The text of a string. */
    String text() throws BadVectors {
        expect('"', "a text in quotes");
        int from = at;
        boolean escaped = false;
        boolean ascii = true;
        while (at < end && bytes[at] != '"') {
            if (bytes[at] < 0) {
                ascii = false;
            } else if (bytes[at] < ' ') {
                throw wrong(at, "a text without control characters");
            }
            if (bytes[at] == '\\') {
                escaped = true;
                at++;
            }
            at++;
        }
        if (at >= end) {
            throw wrong(end, "'\"', the end of a text");
        }
        at++;
        if (!ascii) {
            checkUtf8(from, at - 1);
        }
        return escaped ? JsonEscapes.decode(this, from, at - 1) : new String(bytes, from, at - 1 - from, UTF_8);
    }

    private void checkUtf8(int from, int to) throws BadVectors {
        try {
            UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, to - from));
        } catch (CharacterCodingException e) {
            throw wrong(from - 1, "a text in UTF-8");
        }
    }

    /** A string's text, or a number or truth value as it is written. */
    String scalar() throws BadVectors {
        skipSpace();
        if (at < end && bytes[at] == '"') {
            return text(values, "a text in quotes");
        }
        if (isTruth()) {
            return truth() ? "true" : "false";
        }
        int from = at;
        skipNumber("a text, a number, true or false");
        return new String(bytes, from, at - from, UTF_8);
    }

    /** Whether true or false comes next. */
    boolean isTruth() {
        skipSpace();
        return at < end && (bytes[at] == 't' || bytes[at] == 'f');
    }

    /** Whether a string comes next that does not begin with 0x: words for people. */
    boolean isProse() {
        skipSpace();
        return at < end && bytes[at] == '"' && !(at + 2 < end && bytes[at + 1] == '0' && bytes[at + 2] == 'x');
    }

    /** Whether what comes next is neither an object nor a list nor null. */
    boolean isScalar() {
        skipSpace();
        return at < end && bytes[at] != '{' && bytes[at] != '[' && bytes[at] != 'n';
    }

    /** True or false. */
    boolean truth() throws BadVectors {
        skipSpace();
        if (at < end && bytes[at] == 't') {
            word("true");
            return true;
        }
        word("false");
        return false;
    }

    /** Passes over a value of any kind, which must be sound. */
    void skip() throws BadVectors {
        skip(0);
    }

    private void skip(int depth) throws BadVectors {
        if (depth > DEEPEST) {
            throw wrong(at, "at most " + DEEPEST + " values within each other");
        }
        skipSpace();
        switch (at < end ? bytes[at] : 0) {
            case '{' -> {
                beginObject();
                while (nextMember()) {
                    text();
                    expect(':', "':' after a name");
                    skip(depth + 1);
                }
            }
            case '[' -> {
                beginArray();
                while (nextElement()) {
                    skip(depth + 1);
                }
            }
            case '"' -> text();
            case 't', 'f' -> truth();
            case 'n' -> word("null");
            default -> skipNumber("a value");
        }
    }

    /** Checks that nothing but white space is left. */
    void end() throws BadVectors {
        if (position() < end) {
            throw wrong(at, "the end of the line");
        }
    }

    /** What to throw when the value at {@code position} is not what it must be. */
    BadVectors wrong(int position, String expected) {
        String found = position >= end
                ? "the end of the line; is the file cut short?"
                : "'" + new String(bytes, position, Math.min(20, end - position), UTF_8).replaceAll("\\p{Cntrl}", "?")
                        + "'";
        return new BadVectors(
                "%s:%d:%d: expected %s, found %s".formatted(file, line, position - start + 1, expected, found));
    }

    /** What to throw when the line does not make sense. */
    BadVectors wrong(String what, @Nullable Throwable cause) {
        String message = "%s:%d: %s".formatted(file, line, what);
        return cause == null ? new BadVectors(message) : new BadVectors(message, cause);
    }

    byte byteAt(int position) {
        return bytes[position];
    }

    /** The value of a hexadecimal digit, or -1. */
    static int digit(byte character) {
        return DIGITS[character & 0xff];
    }

    private boolean next(char close) throws BadVectors {
        skipSpace();
        if (at < end && bytes[at] == close) {
            at++;
            first = false;
            return false;
        }
        if (first) {
            first = false;
        } else {
            expect(',', "',' or '" + close + "'");
        }
        return true;
    }

    /** The text of a string, which is one of those that were read before unless it is new, or more than plain ASCII. */
    private String text(Texts known, String what) throws BadVectors {
        expect('"', what);
        int from = at;
        int hash = 0;
        while (at < end && bytes[at] != '"') {
            if (bytes[at] == '\\' || bytes[at] < ' ') { // Bytes that are no ASCII are negative.
                at = from - 1;
                return text();
            }
            hash = hash * 31 + bytes[at++];
        }
        if (at >= end) {
            throw wrong(end, "'\"', the end of a text");
        }
        at++;
        return known.of(bytes, from, at - 1 - from, hash);
    }

    private long quotedNumber() throws BadVectors {
        skipSpace();
        int from = at;
        long value = 0;
        if (end - at < 4 || bytes[at] != '"' || bytes[at + 1] != '0' || bytes[at + 2] != 'x') {
            throw wrong(from, "a hexadecimal number, \"0x...\"");
        }
        int digit = from + 3;
        while (digit < end && DIGITS[bytes[digit] & 0xff] >= 0) {
            value = value << 4 | DIGITS[bytes[digit++] & 0xff];
        }
        int digits = digit - from - 3;
        if (digits == 0 || digits > MOST_HEX_DIGITS || digit == end || bytes[digit] != '"') {
            throw wrong(from, "a hexadecimal number, \"0x...\", of at most 64 bits");
        }
        at = digit + 1;
        return value;
    }

    private long whole() throws BadVectors {
        int from = at;
        skipNumber("a number");
        try {
            return Long.parseLong(new String(bytes, from, at - from, UTF_8));
        } catch (NumberFormatException e) {
            throw wrong(from, "a whole number of at most 63 bits");
        }
    }

    /** RFC 8259, section 6. */
    private void skipNumber(String what) throws BadVectors {
        int from = at;
        if (at < end && bytes[at] == '-') {
            at++;
        }
        int digits = at;
        boolean sound = skipDigits() && (bytes[digits] != '0' || at == digits + 1);
        if (sound && at < end && bytes[at] == '.') {
            at++;
            sound = skipDigits();
        }
        if (sound && at < end && (bytes[at] | 0x20) == 'e') {
            at++;
            if (at < end && (bytes[at] == '+' || bytes[at] == '-')) {
                at++;
            }
            sound = skipDigits();
        }
        if (!sound) {
            throw wrong(from, what);
        }
    }

    private boolean skipDigits() {
        int from = at;
        while (at < end && bytes[at] >= '0' && bytes[at] <= '9') {
            at++;
        }
        return at > from;
    }

    private void word(String word) throws BadVectors {
        int from = at;
        for (int i = 0; i < word.length(); i++) {
            if (at == end || bytes[at] != word.charAt(i)) {
                throw wrong(from, word);
            }
            at++;
        }
    }

    private void expect(char character, String what) throws BadVectors {
        skipSpace();
        if (at >= end || bytes[at] != character) {
            throw wrong(at, what);
        }
        at++;
    }

    private void skipSpace() {
        if (at < end && bytes[at] <= ' ') {
            skipAllSpace();
        }
    }

    private void skipAllSpace() {
        while (at < end && (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\r' || bytes[at] == '\n')) {
            at++;
        }
    }

    /** Strings that were read before, so that a text that comes again is not made again. */
    private static final class Texts {
        private static final int SLOTS = 256;

        private final byte[][] bytes = new byte[SLOTS][];
        private final String[] texts = new String[SLOTS];
        private final boolean interned;

        Texts(boolean interned) {
            this.interned = interned;
            Arrays.fill(bytes, new byte[0]);
            Arrays.fill(texts, "");
        }

        String of(byte[] content, int from, int length, int hash) {
            int slot = (hash ^ hash >>> 8) & SLOTS - 1;
            if (!isSame(bytes[slot], content, from, length)) {
                bytes[slot] = Arrays.copyOfRange(content, from, from + length);
                String text = new String(bytes[slot], UTF_8);
                texts[slot] = interned ? text.intern() : text;
            }
            return texts[slot];
        }

        private static boolean isSame(byte[] known, byte[] content, int from, int length) {
            if (known.length != length) {
                return false;
            }
            for (int i = 0; i < length; i++) {
                if (known[i] != content[from + i]) {
                    return false;
                }
            }
            return true;
        }
    }
}

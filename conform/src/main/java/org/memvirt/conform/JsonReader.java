package org.memvirt.conform;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads one line of JSON from the left to the right, strictly (RFC 8259), and numbers without an object each: vectors
 * are long lists of hexadecimal words. A value is read by the method of its kind, or skipped; what is not as expected is
 * a {@link BadVectors} that names file, line and column, in bytes from 1.
 *
 * <p>The parser stands on the value that is to be read next, or on the last token of the one that was read last.
 */
final class JsonReader {
    private static final int DEEPEST = 64;
    private static final int MOST_HEX_DIGITS = 16;
    private static final int SHOWN = 20;
    private static final String END_OF_TEXT = "'\"', the end of a text";
    /** What the parser's messages about numbers have in common. */
    private static final Pattern NUMBER = Pattern.compile("numeric|[Dd]ecimal point|[Ee]xponent|[Ll]eading|digit");
    private static final byte[] DIGITS = new byte[128];

    static {
        Arrays.fill(DIGITS, (byte) -1);
        for (int digit = 0; digit < 16; digit++) {
            DIGITS[Character.forDigit(digit, 16)] = (byte) digit;
            DIGITS[Character.toUpperCase(Character.forDigit(digit, 16))] = (byte) digit;
        }
    }

    private final String file;
    /** One a reader, so that threads do not wait for each other's table of names. */
    private final JsonFactory factory = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEEPEST)
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .build())
            .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
            // Names are addresses, too, and any of these may meet in the table.
            .disable(TokenStreamFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .build();

    private JsonParser parser = factory.createParser(ObjectReadContext.empty(), new byte[0]);
    /** On which the parser stands; null after the last. */
    private @Nullable JsonToken token;

    private byte[] bytes = {};
    private int start;
    private int end;
    private long line;
    /** Where in {@link #bytes} the parser began; it goes on over line ends. */
    private int parsed;
    /** Whether all that the parser has read were lines of JSON. */
    private boolean sound;

    /** @param file for messages */
    JsonReader(String file) {
        this.file = file;
    }

    /**
     * Begins a line.
     *
     * @param from its first byte
     * @param to the byte after its last: its line end, if it has one
     * @param number of the line, from 1, for messages
     * @throws BadVectors when it is not UTF-8, or does not begin with a value
     */
    void begin(byte[] content, int from, int to, long number) throws BadVectors {
        boolean goesOn = isOf(content) && from == end + 1 && sound && parser.streamReadContext().inRoot();
        bytes = content;
        start = from;
        end = to;
        line = number;
        int wrong = Utf8.firstWrong(content, from, to);
        if (wrong < to) {
            throw wrong(wrong, "a text in UTF-8");
        }
        if (!goesOn) {
            // Its table of names is copied when it changes, and changes with most lines: one serves many lines.
            parser.close();
            parser = factory.createParser(ObjectReadContext.empty(), content, from, content.length - from);
            parsed = from;
            sound = true;
        }
        advance();
        if (position() >= end) {
            token = null;
        }
    }

    @SuppressWarnings("ReferenceEquality") // The same lines, not equal ones.
    private boolean isOf(byte[] content) {
        return content == bytes;
    }

    /** The place of the value that comes next. */
    int position() {
        return token == null ? end : Math.min(end, placeOf(parser.currentTokenLocation()));
    }

    /** The place after the value that was skipped last. */
    int positionAfter() {
        return placeOf(parser.currentLocation());
    }

    void beginObject() throws BadVectors {
        require(token == JsonToken.START_OBJECT, "an object");
    }

    /** Whether the object has one more member; if not, it is left. */
    boolean nextMember() throws BadVectors {
        advance();
        return token != JsonToken.END_OBJECT;
    }

    void beginArray() throws BadVectors {
        require(token == JsonToken.START_ARRAY, "a list");
    }

    /** Whether the list has one more element; if not, it is left. */
    boolean nextElement() throws BadVectors {
        advance();
        return token != JsonToken.END_ARRAY;
    }

    /** A member's name. */
    String name() throws BadVectors {
        String name = parser.currentName();
        advance();
        return name;
    }

    /** A member's name that is a number: {@code "0x..."}. */
    long numberName() throws BadVectors {
        String name = parser.currentName();
        int digits = name.length() - 2;
        require(digits > 0 && name.startsWith("0x"), "a hexadecimal number, \"0x...\"");
        long value = 0;
        int all = MOST_HEX_DIGITS - digits;
        for (int i = 2; i < name.length(); i++) {
            int digit = digit(name.charAt(i));
            all |= digit;
            value = value << 4 | digit;
        }
        require(all >= 0, "a hexadecimal number, \"0x...\", of at most 64 bits");
        advance();
        return value;
    }

    /** A word: hexadecimal after 0x in quotes, or a whole number. */
    long number() throws BadVectors {
        if (token == JsonToken.VALUE_STRING) {
            return quotedNumber();
        }
        require(token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT, "a number");
        try {
            return Long.parseLong(written());
        } catch (NumberFormatException e) {
            throw wrong(position(), "a whole number of at most 63 bits");
        }
    }

    private long quotedNumber() throws BadVectors {
        finish();
        char[] text = parser.getStringCharacters();
        int from = parser.getStringOffset();
        int to = from + parser.getStringLength();
        require(to - from > 2 && text[from] == '0' && text[from + 1] == 'x', "a hexadecimal number, \"0x...\"");
        long value = 0;
        int all = MOST_HEX_DIGITS + 2 - (to - from);
        for (int i = from + 2; i < to; i++) {
            int digit = digit(text[i]);
            all |= digit;
            value = value << 4 | digit;
        }
        require(all >= 0, "a hexadecimal number, \"0x...\", of at most 64 bits");
        return value;
    }

    /** The value of a hexadecimal digit, or -1. */
    private static int digit(char character) {
        return character < DIGITS.length ? DIGITS[character] : -1;
    }

    /** The text of a string. */
    String text() throws BadVectors {
        require(token == JsonToken.VALUE_STRING, "a text in quotes");
        return written();
    }

    /** A string's text, or a number or truth value as it is written. */
    String scalar() throws BadVectors {
        require(isScalar(), "a text, a number, true or false");
        return written();
    }

    private String written() throws BadVectors {
        finish();
        return parser.getString();
    }

    /** Whether true or false comes next. */
    boolean isTruth() {
        return token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE;
    }

    /** Whether a string comes next that does not begin with 0x: words for people. */
    boolean isProse() throws BadVectors {
        return token == JsonToken.VALUE_STRING && !written().startsWith("0x");
    }

    /** Whether what comes next is neither an object nor a list nor null. */
    boolean isScalar() {
        return token != null && token.isScalarValue() && token != JsonToken.VALUE_NULL;
    }

    /** True or false. */
    boolean truth() throws BadVectors {
        require(isTruth(), "true or false");
        return token == JsonToken.VALUE_TRUE;
    }

    /** Passes over a value of any kind, which must be sound. */
    void skip() throws BadVectors {
        require(token != null, "a value");
        try {
            parser.skipChildren();
        } catch (JacksonException e) {
            throw broken(e);
        }
        finish();
    }

    /** Checks that nothing but white space is left. */
    void end() throws BadVectors {
        int at = positionAfter();
        if (at > end + 1) { // A number is read with the line end that ends it.
            sound = false;
            throw wrong(end, "more of what began in the line");
        }
        while (at < end && " \t\r".indexOf(bytes[at]) >= 0) {
            at++;
        }
        if (at < end) {
            sound = false;
            throw wrong(at, "the end of the line");
        }
    }

    /** Reads a text to its end, which is put off until it is asked for. */
    private void finish() throws BadVectors {
        try {
            parser.finishToken();
        } catch (JacksonException e) {
            throw broken(e);
        }
    }

    private void advance() throws BadVectors {
        try {
            token = parser.nextToken();
        } catch (JacksonException e) {
            throw broken(e);
        }
    }

    private void require(boolean given, String expected) throws BadVectors {
        if (!given) {
            throw wrong(position(), expected);
        }
    }

    /** What to throw when the line is no JSON. */
    private BadVectors broken(JacksonException failure) {
        sound = false;
        TokenStreamLocation there = failure.getLocation();
        int at = failure instanceof UnexpectedEndOfInputException
                ? end
                : Math.clamp(placeOf(there == null ? parser.currentLocation() : there), start, end);
        BadVectors bad = wrong(at, expected(failure, at < end));
        bad.initCause(failure);
        return bad;
    }

    private String expected(JacksonException failure, boolean within) {
        if (failure instanceof StreamConstraintsException) {
            return "at most %d values within each other".formatted(DEEPEST);
        }
        String why = failure.getOriginalMessage();
        if (why.contains("colon")) {
            return "':' after a name";
        }
        if (why.contains("property name")) {
            return "a name in quotes";
        }
        if (why.contains("CTRL-CHAR") && why.contains("escaped")) {
            return within ? "a text without control characters" : END_OF_TEXT;
        }
        if (why.contains("root-level")) {
            return "the end of the line";
        }
        if (within && why.contains("escape")) {
            return "an escape of JSON";
        }
        if (why.contains("comma") || why.contains("close marker")) {
            TokenStreamContext around = parser.streamReadContext();
            return around.inRoot() ? "the end of the line" : around.inObject() ? "',' or '}'" : "',' or ']'";
        }
        if (NUMBER.matcher(why).find()) {
            return "a number as JSON has it";
        }
        return token == JsonToken.VALUE_STRING ? END_OF_TEXT : "a value";
    }

    private int placeOf(TokenStreamLocation location) {
        return (int) (parsed + location.getByteOffset());
    }

    /** What to throw when the value at {@code position} is not what it must be. */
    BadVectors wrong(int position, String expected) {
        String found = position >= end
                ? "the end of the line; is the file cut short?"
                : "'" + new String(bytes, position, Math.min(SHOWN, end - position), UTF_8)
                        .replaceAll("\\p{Cntrl}", "?")
                        + "'";
        return new BadVectors(
                "%s:%d:%d: expected %s, found %s".formatted(file, line, position - start + 1, expected, found));
    }

    /** What to throw when the line does not make sense. */
    BadVectors wrong(String what, @Nullable Throwable cause) {
        String message = "%s:%d: %s".formatted(file, line, what);
        return cause == null ? new BadVectors(message) : new BadVectors(message, cause);
    }
}

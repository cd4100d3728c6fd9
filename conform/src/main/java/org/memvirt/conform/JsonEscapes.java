package org.memvirt.conform;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;

/** The escapes of JSON strings; RFC 8259, section 7. */
final class JsonEscapes {
    private static final String LETTERS = "\"\\/bfnrt";
    private static final String MEANINGS = "\"\\/\b\f\n\r\t";
    private static final int CODE_DIGITS = 4;

    private JsonEscapes() {}

    /** The text between two positions of {@code json}, the quotes not included. */
    static String decode(JsonReader json, int from, int to) throws BadVectors {
        StringBuilder text = new StringBuilder();
        int at = from;
        while (at < to) {
            ByteArrayOutputStream plain = new ByteArrayOutputStream();
            while (at < to && json.byteAt(at) != '\\') {
                plain.write(json.byteAt(at++));
            }
            text.append(plain.toString(UTF_8));
            if (at == to) {
                break;
            }
            int letter = LETTERS.indexOf(json.byteAt(at + 1));
            if (letter >= 0) {
                text.append(MEANINGS.charAt(letter));
                at += 2;
            } else {
                text.append(unit(json, at, to));
                at += 2 + CODE_DIGITS;
            }
        }
        return text.toString();
    }

    /** One unit of UTF-16. */
    private static char unit(JsonReader json, int at, int to) throws BadVectors {
        int code = 0;
        if (json.byteAt(at + 1) == 'u' && at + 2 + CODE_DIGITS <= to) {
            for (int i = at + 2; i < at + 2 + CODE_DIGITS; i++) {
                code = code << 4 | JsonReader.digit(json.byteAt(i));
            }
            if (code >= 0) {
                return (char) code;
            }
        }
        throw json.wrong(at, "an escape of JSON");
    }
}

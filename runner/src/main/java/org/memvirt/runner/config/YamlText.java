package org.memvirt.runner.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.memvirt.runner.file.SmallFile;
import org.memvirt.runner.usage.WrongUsage;
import tools.jackson.core.JacksonException;

/** The text of a YAML file that people write: up to 1 MiB of UTF-8. */
public final class YamlText {
    private static final int MOST_BYTES = 1 << 20;
    private static final String BYTE_ORDER_MARK = "\ufeff";

    private YamlText() {}

    /**
     * Reads a file.
     *
     * @param what it should be, for messages: {@code a configuration}
     * @throws WrongUsage when it is longer, or in another encoding; the message says where
     */
    public static String read(Path path, String what) throws IOException {
        byte[] bytes = SmallFile.read(path, MOST_BYTES);
        if (bytes.length > MOST_BYTES) {
            throw new WrongUsage("%s:1:1: the file has more than 1 MiB: that is no %s"
                    .formatted(path, what.substring(what.indexOf(' ') + 1)));
        }
        if (bytes.length > 1 && (bytes[0] == 0 || bytes[1] == 0 || (bytes[0] & 0xff) + (bytes[1] & 0xff) == 0x1fd)) {
            throw new WrongUsage("%s:1:1: the file is in UTF-16 or UTF-32; write it in UTF-8".formatted(path));
        }
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(rest)
                    .toString();
            return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            int line = 1;
            int lineStart = 0;
            for (int i = 0; i < rest.position(); i++) {
                if (bytes[i] == '\n') {
                    line++;
                    lineStart = i + 1;
                }
            }
            throw new WrongUsage("%s:%d:%d: byte %#04x is no UTF-8 (is the file in Latin-1?); write the file in UTF-8"
                    .formatted(path, line, rest.position() - lineStart + 1, bytes[rest.position()] & 0xff), e);
        }
    }

    /** What is wrong with a text that is no YAML; the place, which the failure tells too, is left out. */
    static String why(JacksonException failure) {
        return "it is no YAML: "
                + failure.getOriginalMessage()
                        .lines()
                        .filter(line -> !line.startsWith(" "))
                        .collect(Collectors.joining(", "))
                        .replaceAll(" \\(.*", "");
    }
}

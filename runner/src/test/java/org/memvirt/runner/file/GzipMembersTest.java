package org.memvirt.runner.file;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GzipMembersTest {
    private static byte[] packed(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(US_ASCII));
        }
        return bytes.toByteArray();
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }

    private static String unpacked(InputStream data, int buffer) throws IOException {
        try (GzipMembers stream = new GzipMembers(data, buffer)) {
            return new String(stream.readAllBytes(), US_ASCII);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 8, 9, 17, 26, 27, 64, 65536})
    void membersAreOneTextWhateverTheBuffer(int buffer) throws IOException {
        byte[] one = packed("one, ");
        byte[] all = joined(one, packed(""), packed("two, "), packed("three"));
        assertThat(unpacked(new ByteArrayInputStream(all), buffer)).isEqualTo("one, two, three");
        // Read in pieces, as from a pipe that says nothing of what will come.
        InputStream pieces = new SequenceInputStream(
                new ByteArrayInputStream(one),
                new ByteArrayInputStream(Arrays.copyOfRange(all, one.length, all.length)));
        assertThat(unpacked(pieces, buffer)).isEqualTo("one, two, three");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 8, 9, 17, 26, 27, 64, 65536})
    void whatFollowsAMemberAndIsNoneIsRefused(int buffer) throws IOException {
        byte[] member = packed("text");
        byte[][] garbage = {
            {0}, {'\n'}, {0x1f}, {0x1f, (byte) 0x8b}, "garbage".getBytes(US_ASCII), new byte[512],
            Arrays.copyOf(member, 9), Arrays.copyOf(member, 5), {0x1f, (byte) 0x8c, 8, 0, 0, 0, 0, 0, 0, 0, 3, 0}
        };
        for (byte[] after : garbage) {
            for (byte[] data : new byte[][] {joined(member, after), joined(member, member, after)}) {
                assertThatThrownBy(() -> unpacked(new ByteArrayInputStream(data), buffer))
                        .as("%s behind it", Arrays.toString(after))
                        .isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void aCutOrChangedMemberIsRefused() throws IOException {
        byte[] member = packed("text of some length");
        for (int length = 0; length < member.length; length++) {
            byte[] cut = Arrays.copyOf(member, length);
            assertThatThrownBy(() -> unpacked(new ByteArrayInputStream(cut), 64)).isInstanceOf(IOException.class);
            byte[] second = joined(member, cut);
            if (length > 0) {
                assertThatThrownBy(() -> unpacked(new ByteArrayInputStream(second), 64))
                        .isInstanceOf(IOException.class);
            }
        }
    }
}

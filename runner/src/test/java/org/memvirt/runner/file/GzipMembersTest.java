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
import java.util.zip.CRC32;
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
            {'\n'}, {0, '\n'}, {0x1f}, {0x1f, (byte) 0x8b}, "garbage".getBytes(US_ASCII), joined(new byte[512], member),
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

    /** As gzip itself does, for files from tapes. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 64, 65536})
    void zerosBehindTheMembersArePadding(int buffer) throws IOException {
        for (int zeros : new int[] {1, 8, 9, 512, 70_000}) {
            byte[] data = joined(packed("one, "), packed("two"), new byte[zeros]);
            assertThat(unpacked(new ByteArrayInputStream(data), buffer)).isEqualTo("one, two");
        }
    }

    /** With each flag, an extra field, a name, a comment and a check sum of the header; RFC 1952, section 2.3. */
    @Test
    void aHeaderMayHaveAllItsFields() throws IOException {
        byte[] plain = packed("text");
        byte[] fields = joined(
                new byte[] {0x1f, (byte) 0x8b, 8, 0x1f, 0, 0, 0, 0, 0, 3, 2, 0, 7, 7}, "name\0".getBytes(US_ASCII),
                "remark\0".getBytes(US_ASCII));
        CRC32 sum = new CRC32();
        sum.update(fields);
        byte[] check = {(byte) sum.getValue(), (byte) (sum.getValue() >>> 8)};
        byte[] content = Arrays.copyOfRange(plain, 10, plain.length);
        byte[] data = joined(plain, fields, check, content);
        assertThat(unpacked(new ByteArrayInputStream(data), 5)).isEqualTo("texttext");
        check[0]++;
        assertRefused(joined(plain, fields, check, content), "check sum");
        for (int flag : new int[] {0x20, 0x40, 0x80}) {
            byte[] reserved = plain.clone();
            reserved[3] = (byte) flag;
            assertRefused(joined(plain, reserved), "flags %#x are reserved".formatted(flag));
        }
    }

    @Test
    void wrongSumsAreRefused() throws IOException {
        byte[] member = packed("text");
        member[member.length - 1]++;
        assertRefused(member, "length");
        member[member.length - 1]--;
        member[member.length - 8]++;
        assertRefused(member, "check sum");
    }

    private static void assertRefused(byte[] data, String why) {
        assertThatThrownBy(() -> unpacked(new ByteArrayInputStream(data), 64))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(why);
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

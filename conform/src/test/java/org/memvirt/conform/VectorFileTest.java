package org.memvirt.conform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.radix.RadixFormat.AccessedUpdate;

class VectorFileTest {
    private static final String HEADER = "{\"schema\":\"memvirt-vectors/1\",\"arch\":\"x86\",\"oracle\":\"%s\","
            + "\"family\":\"f\",\"cases\":2,\"accesses\":5%s}";

    private static VectorFile file(String text) throws IOException {
        return new VectorFile("file", new ByteArrayInputStream(text.getBytes(UTF_8)));
    }

    /** Each line with its number. */
    private static List<String> lines(VectorFile file) throws IOException {
        List<String> lines = new ArrayList<>();
        for (VectorLines some = file.next(); some != null; some = file.next()) {
            for (int i = 0; i < some.size(); i++) {
                String line = new String(some.bytes, some.start(i), some.end(i) - some.start(i), UTF_8);
                lines.add(some.number(i) + ":" + line);
            }
        }
        return lines;
    }

    @Test
    void aLineThatIsTooLongIsNamedWithItsNumber() throws IOException {
        byte[] letters = "y".repeat(1 << 20).getBytes(UTF_8);
        for (String before : List.of("{\"a\":\"", HEADER.formatted("QEMU", "") + "\n{\"a\":\"")) {
            InputStream endless = new InputStream() {
                @Override
                public int read() {
                    return 'y';
                }

                @Override
                public int read(byte[] bytes, int offset, int length) {
                    System.arraycopy(letters, 0, bytes, offset, length);
                    return length;
                }
            };
            InputStream content = new SequenceInputStream(new ByteArrayInputStream(before.getBytes(UTF_8)), endless);
            assertThatThrownBy(() -> lines(new VectorFile("file", content)))
                    .isInstanceOf(BadVectors.class)
                    .hasMessageStartingWith(
                            "file:%d: the line is longer than".formatted(before.startsWith("{\"a") ? 1 : 2));
        }
    }

    @Test
    void aFaultOfCountlessFieldsIsRefused() throws IOException {
        StringBuilder fields = new StringBuilder();
        for (int i = 0; i < 300_000; i++) {
            fields.append(i == 0 ? "" : ",").append("\"f").append(i).append("\":1");
        }
        JsonReader json = new JsonReader("file");
        byte[] access = "{\"va\":1,\"op\":\"R\",\"mode\":\"user\",\"expect\":{\"fault\":{%s}}}"
                .formatted(fields).getBytes(UTF_8);
        json.begin(access, 0, access.length, 2);
        assertThatThrownBy(() -> RecordedAccess.read(json)).hasMessageContaining("at most 64 fields of a fault");
    }

    @Test
    void theHeaderTellsOfAllCases() throws IOException {
        VectorHeader header = file(HEADER.formatted("QEMU 7.2", ",\"wordBytes\":4,\"eptVpidCap\":\"0x1\",\"notes\":[],"
                + "\"id_registers\":{\"midr\":\"0x2\"},\"remark\":\"for people\""))
                        .header();
        assertThat(header.arch()).isEqualTo("x86");
        assertThat(header.family()).isEqualTo("f");
        assertThat(header.cases()).isEqualTo(2);
        assertThat(header.accesses()).isEqualTo(5);
        assertThat(header.wordBytes()).isEqualTo(4);
        assertThat(header.registers()).containsOnly(
                Map.entry("eptVpidCap", "0x1"), Map.entry("midr", "0x2"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            QEMU 7.2 TCG          |                                | DESCENDING
            Bochs 2.7 (Debian 12) |                                | COMPLETED
            memvirt 1.0           | ,"accessedUpdate":"completed"  | COMPLETED
            Bochs                 | ,"accessedUpdate":"descending" | DESCENDING
            """)
    void theOracleDecidesWhenAccessedBitsAreWritten(String oracle, String more, AccessedUpdate update)
            throws IOException {
        assertThat(file(HEADER.formatted(oracle, more == null ? "" : more)).header().accessedUpdate())
                .isEqualTo(update);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"schema":"memvirt-vectors/2"}                  | file:1: the file is of schema 'memvirt-vectors/2'; this
            {"arch":"x86"}                                  | file:1: the header has no "schema"
            {"schema":"memvirt-vectors/1","cases":1}        | does not say how many "cases" and "accesses"
            {"schema":"memvirt-vectors/1","cases":1,"accesses":1,"oracle":"x","family":"f"} | has no "arch"
            {"schema":"memvirt-vectors/1","cases":-1}       | file:1:39: expected a number that is not negative
            {"schema":"memvirt-vectors/1","wordBytes":2}    | file:1:43: expected 4 or 8
            {"schema":"memvirt-vectors/1","accessedUpdate":"never"} | "descending" or "completed"
            # Vectors                                       | begins like no file of vectors
            """)
    void aHeaderThatIsNoneIsExplained(String header, String message) {
        assertThatThrownBy(() -> file(header)).isInstanceOf(BadVectors.class).hasMessageContaining(message);
    }

    @Test
    void anEmptyFileIsExplained() {
        assertThatThrownBy(() -> file("")).hasMessageContaining("file: it is empty");
    }

    @Test
    void linesComeWholeHoweverLongTheyAre() throws IOException {
        StringBuilder text = new StringBuilder(HEADER.formatted("o", "")).append('\n');
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            String line = Integer.toString(i % 10).repeat(i * i * 500);
            text.append(line).append('\n');
            expected.add(i + 2 + ":" + line);
        }
        assertThat(lines(file(text.toString()))).isEqualTo(expected);
        assertThat(lines(file(text.substring(0, text.length() - 1)))).isEqualTo(expected);
    }

    @Test
    void whatComesBeforeDamageIsGivenFirst() throws IOException {
        InputStream damaged = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("damaged");
            }

            @Override
            public int read(byte[] bytes, int from, int length) throws IOException {
                throw new IOException("damaged");
            }
        };
        byte[] sound = (HEADER.formatted("o", "") + "\none\ntwo\nthr").getBytes(UTF_8);
        VectorFile file =
                new VectorFile("file", new SequenceInputStream(new ByteArrayInputStream(sound), damaged));
        VectorLines lines = file.next();
        assertThat(lines).isNotNull();
        assertThat(lines.size()).isEqualTo(2);
        assertThatThrownBy(file::next).hasMessage("damaged");
        assertThatThrownBy(() -> new VectorFile("file", damaged)).hasMessage("damaged");
    }

    @Test
    void casesMustBeAsManyAsTheHeaderSays() throws IOException {
        VectorFile file = file(HEADER.formatted("o", ""));
        assertThatCode(() -> file.checkComplete(new VectorTally(2, 5, 1, 1))).doesNotThrowAnyException();
        assertThatThrownBy(() -> file.checkComplete(new VectorTally(1, 3, 0, 0)))
                .hasMessage(
                        "file: its header tells of 2 cases with 5 accesses, and there are 1 with 3; is the file cut short?");
        assertThatThrownBy(() -> file.checkComplete(new VectorTally(3, 7, 0, 0)))
                .hasMessageEndingWith("and there are 3 with 7");
    }
}

package org.memvirt.conform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {
    private static JsonReader reader(String line) throws BadVectors {
        byte[] bytes = ("xx" + line + "\nyy").getBytes(UTF_8);
        JsonReader json = new JsonReader("file");
        json.begin(bytes, 2, bytes.length - 3, 7);
        return json;
    }

    private static JsonReader bytes(int... line) throws BadVectors {
        byte[] bytes = new byte[line.length];
        for (int i = 0; i < line.length; i++) {
            bytes[i] = (byte) line[i];
        }
        JsonReader json = new JsonReader("file");
        json.begin(bytes, 0, bytes.length, 7);
        return json;
    }

    @Test
    void textsAreUtf8() throws BadVectors {
        assertThat(reader("\"\u00e9\ud83d\ude00\\n\"").text()).isEqualTo("\u00e9\ud83d\ude00\n");
        int[][] others = {
            {'"', 'a', 0xff, '"'}, {'"', 0xc3, 0x28, '"'}, {'"', 0xe9, '"'}, {'"', 0xed, 0xa0, 0x80, '"'},
            {'"', 0xc0, 0x80, '"'}, {'"', '\\', 'n', 0xf5, 0x80, 0x80, 0x80, '"'}
        };
        for (int[] other : others) {
            assertThatThrownBy(() -> bytes(other))
                    .isInstanceOf(BadVectors.class)
                    .hasMessageMatching("file:7:[2-4]: expected a text in UTF-8, found .*");
        }
    }

    @Test
    void allThatIsUtf8IsTaken() throws BadVectors {
        for (long seed = 0; seed < 100; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int[] letters = random.ints(random.nextInt(3000), 0, 0x11_0000)
                    .map(letter -> random.nextInt(4) > 0 ? letter & 0x7f : letter)
                    .filter(letter -> letter >= ' ' && letter != '"' && letter != '\\' && (letter >> 11) != 0x1b)
                    .toArray();
            String text = new String(letters, 0, letters.length);
            byte[] line = ("\"" + text + "\"").getBytes(UTF_8);
            assertThat(Utf8.firstWrong(line, 0, line.length)).as("seed %d", seed).isEqualTo(line.length);
            int at = random.nextInt(line.length);
            line[at] = (byte) 0xff;
            assertThat(Utf8.firstWrong(line, 0, line.length)).as("seed %d", seed).isBetween(at - 3, at);
        }
        assertThat(reader("\"\u00e9\"").text()).isEqualTo("\u00e9");
    }

    @Test
    void whatIsPassedOverBeginsAndEndsSomewhere() throws BadVectors {
        String line = "{\"a\": [1, {\"b\": \"c\"}] , \"d\": \"\u00e9\\n\",\"e\":-12 ,\"f\":true, \"g\":1.5}";
        byte[] bytes = line.getBytes(UTF_8);
        JsonReader json = new JsonReader("file");
        json.begin(bytes, 0, bytes.length, 7);
        List<String> seen = new ArrayList<>();
        json.beginObject();
        while (json.nextMember()) {
            json.name();
            int from = json.position();
            json.skip();
            seen.add(new String(bytes, from, json.positionAfter() - from, UTF_8));
        }
        json.end();
        assertThat(seen).containsExactly("[1, {\"b\": \"c\"}]", "\"\u00e9\\n\"", "-12", "true", "1.5");
    }

    @Test
    void readsMembersOfEveryKind() throws BadVectors {
        JsonReader json =
                reader(" { \"a\" : 0x1 , \"b\":[1,2], \"c\":{}, \"d\":true,\"e\":\"x\" }\t".replace("0x1", "\"0xFf\""));
        List<String> seen = new ArrayList<>();
        json.beginObject();
        while (json.nextMember()) {
            String name = json.name();
            switch (name) {
                case "a" -> seen.add("a" + json.number());
                case "b" -> {
                    json.beginArray();
                    while (json.nextElement()) {
                        seen.add("b" + json.number());
                    }
                }
                case "c" -> {
                    json.beginObject();
                    seen.add("c" + json.nextMember());
                }
                case "d" -> seen.add("d" + json.isTruth() + json.truth());
                default -> seen.add(name + json.isProse() + json.scalar());
            }
        }
        json.end();
        assertThat(seen).containsExactly("a255", "b1", "b2", "cfalse", "dtruetrue", "etruex");
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '~', textBlock = """
            ~"0x0"~                , 0
            ~"0xffffffffffffffff"~ , -1
            ~"0x00123"~            , 0x123
            ~42~                   , 42
            ~-1~                   , -1
            """)
    void readsNumbers(String text, String number) throws BadVectors {
        assertThat(reader(text).number()).isEqualTo(Long.decode(number));
    }

    @Test
    void readsEscapes() throws BadVectors {
        assertThat(reader("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9é\\ud83d\\ude00 end\"").text())
                .isEqualTo("\"\\/\b\f\n\r\téé\ud83d\ude00 end");
        assertThat(reader("{\"a\\u0062\":1}")).satisfies(json -> {
            json.beginObject();
            assertThat(json.nextMember()).isTrue();
            assertThat(json.name()).isEqualTo("ab");
        });
    }

    @Test
    void scalarsAreTakenAsTheyAreWritten() throws BadVectors {
        assertThat(reader("\"0x1F\"").scalar()).isEqualTo("0x1F");
        assertThat(reader("40").scalar()).isEqualTo("40");
        assertThat(reader("false").scalar()).isEqualTo("false");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\":[1,{\"b\":null}],\"c\":-1.5e+3}", "[]", "\"x\"", "0", "[[[]]]", " true "})
    void passesOverWhatIsSound(String line) throws BadVectors {
        JsonReader json = reader(line);
        json.skip();
        json.end();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"a":1             | 7:7: expected ',' or '}', found the end of the line
            {"a" 1}            | 7:6: expected ':' after a name, found '1}'
            {"a":}             | 7:6: expected a value, found '}'
            {a:1}              | 7:2: expected a name in quotes, found 'a:1}'
            [1,]               | 7:4: expected a value, found ']'
            [1 2]              | 7:4: expected ',' or ']', found '2]'
            [01]               | 7:3: expected a number as JSON has it, found '1]'
            [1.]               | 7:4: expected a number as JSON has it, found ']'
            [1e]               | 7:4: expected a number as JSON has it, found ']'
            [-a]               | 7:3: expected a number as JSON has it, found 'a]'
            [+1]               | 7:3: expected a
            [tru]              | 7:2: expected a value, found 'tru]'
            [NaN]              | 7:5: expected a value
            [1,{"a":1]         | 7:10: expected ',' or '}', found ']'
            ~ ~                | 7:2: expected a value, found the end of the line
            "a                 | 7:3: expected '"', the end of a text, found the end of the line
            "a\\x"             | 7:4: expected an escape of JSON
            "a\\u12x4"         | 7:7: expected an escape of JSON
            {}}                | 7:3: expected the end of the line, found '}'
            """)
    void saysWhereItIsWrong(String line, String message) {
        assertThatThrownBy(() -> {
            JsonReader json = reader(line);
            json.skip();
            json.end();
        }).isInstanceOf(BadVectors.class).hasMessageContaining("file:" + message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"12\"", "\"0x\"", "\"0x10000000000000000\"", "\"0x1g\"", "1.5", "true",
                "99999999999999999999"})
    void refusesWhatIsNoNumber(String text) {
        assertThatThrownBy(() -> reader(text).number())
                .isInstanceOf(BadVectors.class)
                .hasMessageStartingWith("file:7:1: expected a ");
    }

    @Test
    void aLineEndsWhatBeganInIt() throws BadVectors {
        String[] lines =
                {"{\"a\":[1]}", "{\"a\":[", "2]}", "{\"b", "\":1}", "", "{\"a\":tru", "e}", "{\"a\":[3]} \r", "{}"};
        byte[] bytes = String.join("\n", lines).getBytes(UTF_8);
        JsonReader json = new JsonReader("file");
        List<String> told = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < lines.length; i++) {
            int to = from + lines[i].length();
            try {
                json.begin(bytes, from, to, i + 1);
                json.skip();
                json.end();
                told.add("sound");
            } catch (BadVectors e) {
                told.add(String.valueOf(e.getMessage()).replace(", found the end of the line; is the file cut short?",
                        ""));
            }
            from = to + 1;
        }
        assertThat(told).containsExactly(
                "sound",
                "file:2:7: expected more of what began in the line",
                "file:3:2: expected the end of the line, found ']}'",
                "file:4:4: expected '\"', the end of a text",
                "file:5:5: expected '\"', the end of a text",
                "file:6:1: expected a value",
                "file:7:6: expected a value, found 'tru'",
                "file:8:1: expected a value, found 'e}'",
                "sound",
                "sound");
    }

    @Test
    void refusesControlCharactersAndDepth() {
        assertThatThrownBy(() -> reader("\"a\u0001\"").text())
                .hasMessageContaining("7:3: expected a text without control");
        assertThatThrownBy(() -> reader("[".repeat(100)).skip()).hasMessageContaining("at most 64 values within");
    }
}

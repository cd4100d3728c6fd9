package org.memvirt.runner.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

class ConformCommandTest {
    private static final String NPT = sample("x86-npt-100.jsonl.xz");
    private static final String EPT = sample("ept-4level-walk-60.jsonl.xz");

    @TempDir
    static Path folder;

    /** The EPT sample as memvirt records it: plain text, without deviations. */
    private static List<String> own;

    private static String sample(String name) {
        Path here = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(here.resolve("samples"))) {
            here = here.getParent();
        }
        return here.resolve("samples").resolve(name).toString();
    }

    @BeforeAll
    static void record() throws IOException {
        Path file = folder.resolve("own.jsonl");
        assertThat(conform(EPT, "--record", file.toString()).status()).isZero();
        own = Files.readAllLines(file);
    }

    private static CommandLineRun conform(String... arguments) {
        return CommandLineRun.of(
                Stream.concat(Stream.of("conform"), Stream.of(arguments)).toArray(String[]::new));
    }

    private static String file(String name, List<String> lines) {
        try {
            return Files.writeString(folder.resolve(name), String.join("\n", lines)).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The recording with the first {@code what} of one line replaced. */
    private static String changed(String name, int line, String what, String by) {
        String before = own.get(line - 1);
        String after = before.replaceFirst(what, by);
        assertThat(after).isNotEqualTo(before);
        List<String> lines = new ArrayList<>(own);
        lines.set(line - 1, after);
        return file(name, lines);
    }

    @Test
    void recordedProcessorsAgree() {
        CommandLineRun run = conform(NPT, EPT);
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        assertThat(run.out().lines()).anyMatch(line -> line.matches("total +160 +3,360 +0 +368"));
    }

    @Test
    void jsonHasTheCountsOfEachFile() {
        CommandLineRun run = conform("--json", EPT, NPT);
        assertThat(run.json()).isEqualTo(
                new ObjectMapper().readTree("""
                        {"schema":"memvirt-conform/1","files":[
                         {"file":"%s","family":"ept-4level-walk","cases":60,"accesses":960,"mismatches":0,"deviations":216},
                         {"file":"%s","family":"x86-npt","cases":100,"accesses":2400,"mismatches":0,"deviations":152}],
                         "mismatches":0}
                        """.formatted(EPT, NPT)));
    }

    @Test
    void jsonGoesToAFileThatIsNamedSo() throws IOException {
        Path report = folder.resolve("report.json");
        CommandLineRun run = conform("--json", report.toString(), EPT);
        assertThat(run.status()).isZero();
        assertThat(run.out()).startsWith("file ");
        assertThat(conform(EPT, "--json").out()).isEqualTo(Files.readString(report));
        assertThat(conform(EPT, "--quiet", "--json=" + folder.resolve("other")).out()).isEmpty();
        assertThat(folder.resolve("other")).hasSameTextualContentAs(report);
    }

    @Test
    void itsOwnRecordingAgreesWithoutDeviations() throws IOException {
        Path recordings = folder.resolve("recordings");
        assertThat(conform(EPT, NPT, "--record", recordings.toString()).status()).isZero();
        CommandLineRun run = conform(
                recordings.resolve("x86-npt-100.jsonl.xz").toString(),
                recordings.resolve("ept-4level-walk-60.jsonl.xz").toString());
        assertThat(run.status()).isZero();
        assertThat(run.out().lines()).anyMatch(line -> line.matches("total +160 +3,360 +0 +0"));
        assertThat(own.getFirst()).contains("\"oracle\":\"memvirt ", "\"accessedUpdate\":\"completed\"");
    }

    @Test
    void oneWrongAddressIsShownWithItsWalk() {
        String planted = changed("address.jsonl", 2, "\"pa\":\"0x97b6ff8\"", "\"pa\":\"0x97b6ff9\"");
        CommandLineRun run = conform(planted);
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out())
                .startsWith("""
                        %s:2: case ept-4level-walk-1220: access 0, fetch by the user at 0xffffffffd0201ff8
                          expected  0x97b6ff9
                          got       0x97b6ff8, allowing r-xr-x
                        """.formatted(planted))
                .contains("    final gPA             14      15      16      17\n", "    17 references\n");
        assertThat(run.out().lines()).anyMatch(line -> line.matches(".*ept-4level-walk +60 +960 +1 +0"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            "qualification":"0x   | "qualification":"0x1  | expected  a fault with reason=0x30 qualification=0x1
            "reason":48           | "reason":49           | got       EPT violation reason=0x30
            "after":\\{"0x([0-9a-f]*)":"0x | "after":{"0x$1":"0x1 | afterwards, before 0x
            """)
    void oneWrongFieldOrWordIsFound(String what, String by, String shown) {
        int line = 1;
        while (!Pattern.compile(what).matcher(own.get(line - 1)).find()) {
            line++;
        }
        CommandLineRun run = conform(changed("field.jsonl", line, what, by));
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).contains("field.jsonl:" + line + ": case ", shown);
        assertThat(run.out().lines()).anyMatch(each -> each.matches(".*ept-4level-walk +60 +960 +1 +0"));
    }

    @Test
    void moreMismatchesThanShownAreCounted() {
        List<String> lines = own.stream()
                .map(line -> line.replace("\"pa\":\"0x", "\"pa\":\"0xf0000"))
                .toList();
        CommandLineRun run = conform(file("many.jsonl", lines), "--max-mismatches", "2", "--json");
        long mismatches = run.json().get("mismatches").longValue();
        assertThat(mismatches).isGreaterThan(100);
        assertThat(run.err().lines().filter(line -> line.contains("  expected  "))).hasSize(2);
        assertThat(run.err()).contains("many.jsonl: %d more mismatches".formatted(mismatches - 2));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            1 | vectors/1      | vectors/9           | :1: the file is of schema 'memvirt-vectors/9'
            1 | "cases":60     | "cases":61          | tells of 61 cases with 960 accesses, and there are 60 with 960; is the
            1 | "arch":"x86"   | "arch":"vax"        | there is no MMU here that plays them; there is arm, mips, x86
            3 | "cr4"          | "cr5"               | :3: case ept-4level-walk-1221: x86 has no register 'cr5'; known are
            3 | "eptp":"0x     | "eptp":"0xz         | :3: case ept-4level-walk-1221: register eptp=0xz
            4 | "op":"[RWX]"   | "op":"RW"           | expected an "op": "R", "W" or "X", found '"RW"
            4 | "mode":        | "mood":             | expected an access with "va", "op", "mode" or "el", and "expect"
            4 | "expect":\\{"  | "expect":{"x        | expected an access with
            4 | "memory"       | "memories"          | :4: the case has no "memory"
            5 | :\\[           | :[]                 | :5:
            61 | \\}$          | ~~                  | is the file cut short?
            """)
    void badInputIsNamedWithItsLine(int line, String what, String by, String message) {
        CommandLineRun run = conform(changed("bad.jsonl", line, what, by == null ? "" : by), NPT);
        assertThat(run.status()).isEqualTo(3);
        assertThat(run.err()).startsWith("memvirt: ").contains("bad.jsonl", message);
        // The other file is played all the same.
        assertThat(run.out().lines()).anyMatch(each -> each.matches(".*x86-npt +100 +2,400 +0 +152"));
    }

    @Test
    void aFileThatIsCutShortIsPlayedUpToThere() throws IOException {
        byte[] whole = Files.readAllBytes(Path.of(NPT));
        Path cut = Files.write(folder.resolve("cut.xz"), Arrays.copyOf(whole, whole.length * 9 / 10));
        JsonNode result = conform(cut.toString(), "--json").json().get("files").get(0);
        assertThat(result.get("cases").intValue()).isBetween(10, 90);
        assertThat(result.get("mismatches").intValue()).isZero();
        assertThat(result.get("error").asString()).contains("its xz data is cut off or damaged");
        CommandLineRun unpacked = conform(file("cut.jsonl", own.subList(0, 31)));
        assertThat(unpacked.status()).isEqualTo(3);
        assertThat(unpacked.err()).contains("tells of 60 cases with 960 accesses, and there are 30 with 480");
    }

    @Test
    void aRecordingOfABrokenFileIsNotKept() {
        Path target = folder.resolve("broken-recording.jsonl");
        assertThat(conform(file("half.jsonl", own.subList(0, 31)), "--record", target.toString()).status())
                .isEqualTo(3);
        assertThat(target).doesNotExist();
    }

    @Test
    void standardInputAndCompressionsAreTaken() {
        byte[] text = String.join("\n", own).getBytes(UTF_8);
        assertThat(CommandLineRun.withInput(text, "conform", "-").status()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "missing.jsonl", "SAMPLE SAMPLE", "SAMPLE --max-mismatches -1", "SAMPLE --record SAMPLE"})
    void wrongUsageIsTwo(String arguments) {
        String[] words = arguments.isEmpty() ? new String[0] : arguments.replace("SAMPLE", EPT).split(" ");
        CommandLineRun run = conform(words);
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).startsWith("memvirt: ");
    }
}

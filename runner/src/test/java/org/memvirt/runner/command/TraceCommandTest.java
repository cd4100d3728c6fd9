package org.memvirt.runner.command;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class TraceCommandTest {
    private static final String LINES = " L 00001000,8\n S 1fff002000,8\nI  00400000,4\n M 00002ffe,4\n";

    @TempDir
    private Path folder;

    private String trace() throws IOException {
        return Files.writeString(folder.resolve("t.lackey"), LINES).toString();
    }

    @ParameterizedTest
    @CsvSource({"binary, o.mvt", "binary, o.mvt.xz", "lackey, o.txt.gz", "packed, o.bin", "packed, o.bin.zst"})
    void whatIsConvertedGivesTheSameCounts(String format, String name) throws IOException {
        String target = folder.resolve(name).toString();
        CommandLineRun convert = CommandLineRun.of("trace", "convert", trace(), target, "--to", format);
        assertThat(convert.err()).contains("5 accesses in format " + format);
        assertThat(convert.status()).isZero();
        String reading = format.equals("packed") ? "packed" : format;
        JsonNode before = CommandLineRun.of("run", "--trace", trace(), "--json").json();
        JsonNode after = CommandLineRun.of("run", "--trace", target, "--trace-format", reading, "--json").json();
        for (String part : new String[] {"accesses", "tlb", "walks", "walkReferences", "faults"}) {
            assertThat(after.get(part)).isEqualTo(before.get(part));
        }
    }

    @Test
    void convertingThereAndBackGivesTheSameBytes() throws IOException {
        String binary = folder.resolve("a.mvt").toString();
        String text = folder.resolve("b.lackey").toString();
        String again = folder.resolve("c.mvt").toString();
        CommandLineRun.of("trace", "convert", trace(), binary);
        CommandLineRun.of("trace", "convert", binary, text, "--to", "lackey");
        CommandLineRun.of("trace", "convert", text, again);
        assertThat(Path.of(again)).hasSameBinaryContentAs(Path.of(binary));
    }

    @Test
    void aWorkloadCanBeWritten() {
        String target = folder.resolve("w.bin").toString();
        CommandLineRun run = CommandLineRun.of(
                "trace", "convert", "--workload", "zipf:footprint=1M", "--accesses", "1000", "--to", "packed", target);
        assertThat(run.status()).isZero();
        assertThat(Path.of(target)).hasSize(8000);
    }

    @Test
    void standardInputAndOutputMayBeUsed() {
        CommandLineRun run = CommandLineRun.withInput(
                " L 00001000,8\n".getBytes(US_ASCII), "trace", "convert", "-", "-", "--to", "lackey");
        assertThat(run.out()).isEqualTo(" L 00001000,1\n");
    }

    @Test
    void whatAFormatCannotHoldIsNamedWithItsLine() throws IOException {
        Path target = folder.resolve("o.bin");
        String wide = Files.writeString(folder.resolve("w.lackey"), LINES + " L ffffffffff600000,8\n").toString();
        CommandLineRun run = CommandLineRun.of("trace", "convert", wide, target.toString(), "--to", "packed");
        assertThat(run.err()).contains(wide + ", line 5: --to packed: it has no room for access 5, r----- of 0xff");
        assertThat(run.status()).isEqualTo(3);
        assertThat(target).doesNotExist();
        run = CommandLineRun.of(
                "trace", "convert", "--workload", "sequential:footprint=1M,base=512T", "--accesses", "10", "--to",
                "packed", target.toString());
        assertThat(run.err()).contains("--to packed: it has no room for access 0");
        assertThat(run.status()).isEqualTo(2);
    }

    @Test
    void wrongUsageIsExplained() throws IOException {
        assertThat(CommandLineRun.of("trace", "convert", trace()).err()).contains("the trace to read and the file");
        CommandLineRun both = CommandLineRun.of("trace", "convert", trace(), "x", "--workload", "zipf");
        assertThat(both.err()).contains("exclude each other");
        assertThat(both.status()).isEqualTo(2);
    }

    @Test
    void infoTellsWhatIsInATrace() throws IOException {
        JsonNode info = CommandLineRun.of("trace", "info", trace(), "--json").json();
        assertThat(info.get("format").asString()).isEqualTo("lackey");
        assertThat(info.get("accesses").longValue()).isEqualTo(5);
        assertThat(info.get("fetches").longValue()).isEqualTo(1);
        assertThat(info.get("loads").longValue()).isEqualTo(1);
        assertThat(info.get("stores").longValue()).isEqualTo(1);
        assertThat(info.get("modifies").longValue()).isEqualTo(2);
        assertThat(info.get("pages").longValue()).isEqualTo(5);
        assertThat(info.get("footprintBytes").longValue()).isEqualTo(5 * 4096);
        assertThat(info.get("lowestAddress").asString()).isEqualTo("0x1000");
        assertThat(info.get("highestAddress").asString()).isEqualTo("0x1fff002000");
        assertThat(CommandLineRun.of("trace", "info", trace()).out()).contains("modifies           2");
    }
}

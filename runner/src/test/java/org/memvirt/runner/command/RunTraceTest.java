package org.memvirt.runner.command;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.runner.command.CommandLineRun.assertRefused;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code memvirt run} of recordings: what of them is played, and what is told where they end it. */
class RunTraceTest {
    private static final String LINES = " L 00001000,8\n S 00002000,8\nI  00400000,4\n M 00002ffe,4\n";

    @TempDir
    private Path folder;

    private String trace(String text) throws IOException {
        return Files.writeString(folder.resolve("t.lackey"), text).toString();
    }

    @Test
    void aTraceIsPlayed() throws IOException {
        CommandLineRun run = CommandLineRun.of("run", "--trace", trace(LINES), "--json");
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        assertThat(run.json().get("accesses").longValue()).isEqualTo(5);
        assertThat(run.json().at("/tlb/l1i/misses").longValue()).isEqualTo(1);
    }

    @Test
    void standardInputIsPlayedOnEveryMachineOfAComparison() {
        CommandLineRun run = CommandLineRun.withInput(LINES.getBytes(US_ASCII), "compare", "--trace", "-", "--json");
        assertThat(run.status()).isZero();
        assertThat(run.json().get("results")).hasSize(4).allMatch(result -> result.get("accesses").longValue() == 5);
    }

    @Test
    void aBadLineGivesThePartBeforeMarkedAndStatus3() throws IOException {
        String path = trace(LINES + "garbage\n" + LINES);
        CommandLineRun run = CommandLineRun.of("run", "--trace", path, "--json");
        assertThat(run.status()).isEqualTo(3);
        assertThat(run.err()).contains("line 5", "garbage");
        assertThat(run.json().get("partial").booleanValue()).isTrue();
        assertThat(run.json().get("error").asString()).contains("line 5");
        assertThat(run.json().get("accesses").longValue()).isEqualTo(5);
        assertThat(CommandLineRun.of("run", "--trace", path).out()).contains("PARTIAL");

        CommandLineRun lenient = CommandLineRun.of("run", "--trace", path, "--json", "--skip-bad-lines", "1");
        assertThat(lenient.status()).isZero();
        assertThat(lenient.err()).contains("passed over 1 broken", "line 5");
        assertThat(lenient.json().get("accesses").longValue()).isEqualTo(10);
    }

    @Test
    void badTracesHaveStatus3() throws IOException {
        assertRefused(CommandLineRun.of("run", "--trace", trace("")), 3, "is empty");
        assertRefused(CommandLineRun.of("run", "--trace", trace("==1== x\n")), 3, "holds no accesses");
        assertRefused(CommandLineRun.of("run", "--trace", trace("\177ELF")), 3, "begins like none of");
        assertRefused(CommandLineRun.of("run", "--trace", trace(" L 800000000000,8\n")), 3, "0x800000000000",
                "48 bits");
    }

    @Test
    void anInputRefusedInTheMiddleGivesThePartBefore() throws IOException {
        CommandLineRun run = CommandLineRun.of("run", "--json", "--trace", trace(LINES + " L 800000000000,8\n"));
        assertThat(run.status()).isEqualTo(3);
        assertThat(run.json().get("accesses").longValue()).isEqualTo(5);
        assertThat(run.json().get("error").asString()).contains("0x800000000000");
    }

    @Test
    void whatIsRefusedIsNamedWithItsFileAndLine() throws IOException {
        String path = trace("==1== x\n" + LINES + " L ffffffffff600000,8\n");
        CommandLineRun run = CommandLineRun.of("run", "--trace", path, "--json");
        assertThat(run.status()).isEqualTo(3);
        assertThat(run.err()).contains(path + ", line 6: access 5, counted from 0: ", "0xffffffffff600000");
        assertThat(run.json().get("error").asString()).startsWith(path + ", line 6: ");
        // The first of the processes comes to it first.
        assertThat(CommandLineRun.of("run", "--trace", path, "--processes", "3", "--slice", "2").err())
                .contains(path + ", line 6: ");
        assertThat(CommandLineRun.withInput(Files.readAllBytes(Path.of(path)), "run", "--trace", "-").err())
                .contains("standard input: access 5, counted from 0: ");
    }

    @Test
    void aRefusedRecordIsNamedWithItsNumber() throws IOException {
        Path binary = folder.resolve("t.mvt");
        CommandLineRun.of("trace", "convert", trace(LINES + " L ffffffffff600000,8\n"), binary.toString());
        assertThat(CommandLineRun.of("run", "--trace", binary.toString()).err())
                .contains(binary + ", record 5 at byte 104: ");
    }

    @Test
    void accessesOutsideTheUsersHalfMayBeLeftOutAndAreCounted() throws IOException {
        String vsyscall = "I  ffffffffff600000,7\n";
        String path = trace(vsyscall + LINES + vsyscall + " L 800000000000,8\n" + LINES);
        for (String vmms : List.of("native", "native,nested")) {
            String[] command = vmms.contains(",") ? new String[] {"compare"} : new String[] {"run"};
            CommandLineRun run = CommandLineRun.of(
                    command[0], "--trace", path, "--vmm", vmms, "--skip-outside", "--json");
            assertThat(run.status()).isZero();
            assertThat(run.err())
                    .isEqualTo("memvirt: left out 3 accesses to addresses outside the user's half; the first:"
                            + " --x--- of 0xffffffffff600000" + System.lineSeparator());
            JsonNode last = run.json().has("results") ? run.json().at("/results/1") : run.json();
            assertThat(last.get("accesses").longValue()).isEqualTo(10);
            assertThat(last.at("/leftOut/outside").longValue()).isEqualTo(3);
            assertThat(last.at("/leftOut/badRecords").longValue()).isZero();
            assertThat(last.at("/config/skip-outside").booleanValue()).isTrue();
        }
        JsonNode twice = CommandLineRun.of("run", "--trace", path, "--skip-outside", "--passes", "2", "--json").json();
        assertThat(twice.get("accesses").longValue()).isEqualTo(20);
        assertThat(twice.at("/leftOut/outside").longValue()).isEqualTo(3);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    @Timeout(60)
    void aPipeIsReadOnceWhoeverPlaysIt() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor();
        assertRefused(CommandLineRun.of("run", "--trace", pipe.toString(), "--processes", "2"), 2,
                pipe + " can be read only once");
        Process writer = new ProcessBuilder("cp", trace(LINES), pipe.toString()).start();
        JsonNode results = CommandLineRun.of("compare", "--trace", pipe.toString(), "--json").json().get("results");
        assertThat(results).hasSize(4).allMatch(result -> result.get("accesses").longValue() == 5);
        writer = new ProcessBuilder("cp", trace(LINES + " L ffffffffff600000,1\n"), pipe.toString()).start();
        assertThat(CommandLineRun.of("run", "--trace", pipe.toString()).err()).contains(pipe + ": access 5, counted");
        assertThat(writer.waitFor()).isZero();
    }

    @Test
    void whatZstdPackedWithTooLargeAWindowIsRefusedWithItsPlace() throws IOException {
        // A frame's header that asks for a window of 2^31 bytes, and an empty last block.
        byte[] frame = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) (31 - 10 << 3), 1, 0, 0};
        Path packed = Files.write(folder.resolve("long.zst"), frame);
        assertRefused(CommandLineRun.of("run", "--trace", packed.toString()), 3,
                "long.zst: its zstd data, at or before byte 9, needs a window larger", "zstd -d --long=31");
    }
}

package org.memvirt.runner.command;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Output that cannot be written is an error with its name; nothing else is lost with it, and no draft is left. */
@EnabledOnOs(OS.LINUX)
class OutputFailureTest {
    private static final String[] SMALL = {"run", "--workload", "uniform:footprint=1M", "--accesses", "1000"};

    @TempDir
    private Path folder;

    private static CommandLineRun small(String... more) {
        return CommandLineRun.of(arguments(more));
    }

    private static String[] arguments(String... more) {
        String[] all = new String[SMALL.length + more.length];
        System.arraycopy(SMALL, 0, all, 0, SMALL.length);
        System.arraycopy(more, 0, all, SMALL.length, more.length);
        return all;
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--json", "--csv", "--metrics-file"})
    void aFileOnAFullDeviceIsNamedAndTheRestIsThere(String option) throws IOException {
        String other = option.equals("--json") ? "--csv" : "--json";
        Path file = folder.resolve("other");
        CommandLineRun run = small(option, "/dev/full", other, file.toString(), "--quiet");
        assertThat(run.err()).contains("/dev/full cannot be written: no space is left on its device");
        assertThat(run.status()).isEqualTo(2);
        assertThat(Files.readString(file)).contains("1000");
        if (!option.equals("--metrics-file")) {
            assertThat(run.out()).as("the table, though it is quiet").contains("Address translation");
        }
    }

    @ParameterizedTest
    @CsvSource({"run, --json", "run, --quiet", "list, --quiet", "list, --json", "trace, --quiet", "--help, --quiet"})
    void aFullStandardOutputIsAnError(String command, String option) throws IOException, InterruptedException {
        String[] arguments = switch (command) {
            case "run" -> arguments(option);
            case "trace" -> new String[] {"trace", "convert", "--workload", "uniform", "--accesses", "1M", "-"};
            default -> new String[] {command, option};
        };
        CommandLineRun run = MemvirtProcess.run(MemvirtProcess.through("true", ">/dev/full", arguments));
        assertThat(run.err())
                .isEqualTo("memvirt: standard output cannot be written: no space is left on its device\n");
        assertThat(run.status()).isEqualTo(2);
    }

    @Test
    void aClosedStandardOutputIsAnError() throws IOException, InterruptedException {
        CommandLineRun run = MemvirtProcess.run(MemvirtProcess.through("true", "1</dev/null", "list"));
        assertThat(run.err()).isEqualTo("memvirt: standard output cannot be written: it is closed\n");
        assertThat(run.status()).isEqualTo(2);
    }

    @Test
    void aClosedStandardInputIsAnError() throws IOException, InterruptedException {
        CommandLineRun run =
                MemvirtProcess.run(MemvirtProcess.through("true", "0>/dev/null", "run", "--trace", "-"));
        assertThat(run.err()).isEqualTo("memvirt: standard input cannot be read: it is closed\n");
        assertThat(run.status()).isEqualTo(2);
    }

    @Test
    @Timeout(60)
    void aReaderThatHasEnoughEndsTheCommandWithoutAWord() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                MemvirtProcess.java("trace", "convert", "--workload", "uniform", "--accesses", "1T", "-")).start();
        assertThat(process.getInputStream().read()).isEqualTo(0x89);
        process.getInputStream().close();
        assertThat(new String(process.getErrorStream().readAllBytes(), US_ASCII)).isEmpty();
        assertThat(process.waitFor()).isEqualTo(ExitStatus.CLOSED_PIPE);
    }

    @ParameterizedTest
    @CsvSource({"o.mvt, 8, 100K", "o.mvt.gz, 8, 100K", "o.mvt.xz, 8, 100K", "o.mvt.zst, 4096, 2M"})
    void aDiskThatFillsUpLeavesNoDraft(String name, String blocks, String accesses)
            throws IOException, InterruptedException {
        String target = folder.resolve(name).toString();
        CommandLineRun run = MemvirtProcess.run(MemvirtProcess.through(
                "ulimit -f " + blocks, "", "trace", "convert", "--workload", "uniform", "--accesses", accesses,
                target));
        assertThat(run.err()).isEqualTo("memvirt: %s cannot be written: file too large\n".formatted(target));
        assertThat(run.status()).isEqualTo(2);
        assertThat(names()).isEmpty();
    }

    @Test
    void zstdThatCannotUnpackItsLibraryIsExplained() throws IOException, InterruptedException {
        CommandLineRun run = MemvirtProcess.run(MemvirtProcess.through(
                "ulimit -f 8", "", "trace", "convert", "--workload", "uniform", folder.resolve("o.zst").toString()));
        assertThat(run.err()).contains("zstd cannot be used: ", "java.io.tmpdir").doesNotContain("internal error");
        assertThat(run.status()).isEqualTo(2);
        assertThat(names()).isEmpty();
    }

    @Test
    @Timeout(60)
    void aSignalLeavesNoDraft() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(MemvirtProcess.java(
                "trace", "convert", "--workload", "uniform", "--accesses", "1G", folder.resolve("o.mvt.gz").toString()))
                        .start();
        while (names().isEmpty() && process.isAlive()) {
            Thread.onSpinWait();
        }
        assertThat(names()).singleElement().asString().endsWith(".draft");
        process.destroy();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(names()).isEmpty();
    }

    @Test
    void oneFileForTwoOutputsIsRefused() throws IOException {
        String file = folder.resolve("r").toString();
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
        String same = link.resolve("r").toString();
        assertRefused(small("--json", file, "--csv", same),
                "--json " + file + " and --csv " + same + " are one output");
        assertRefused(small("--csv", file, "--metrics-file", file), "are one output");
        assertRefused(small("--json", "--csv", "-"), "--json - and --csv - are one output");
        assertThat(small("--json", "/dev/null", "--csv", "/dev/null").status()).isZero();
    }

    @Test
    void anOutputOntoItsOwnInputIsRefused() throws IOException {
        Path trace = Files.writeString(folder.resolve("t.lackey"), " L 1000,8\n");
        Path linked = Files.createLink(folder.resolve("l.lackey"), trace);
        Path config = Files.writeString(folder.resolve("c.yaml"), "workload: zipf\n");
        for (Path name : List.of(trace, linked)) {
            assertRefused(CommandLineRun.of("run", "--trace", trace.toString(), "--json", name.toString()),
                    "would take the place of --trace " + trace);
            assertRefused(CommandLineRun.of("trace", "convert", trace.toString(), name.toString()),
                    "would take the place of the trace " + trace);
            assertRefused(CommandLineRun.of("trace", "info", trace.toString(), "--json=" + name),
                    "would take the place");
            assertRefused(CommandLineRun.of("conform", trace.toString(), "--json=" + name), "would take the place");
            assertRefused(CommandLineRun.of("conform", trace.toString(), "--record", name.toString()),
                    "take the place");
        }
        assertRefused(CommandLineRun.of("run", "--config", config.toString(), "--csv", config.toString()), "--config");
        assertRefused(CommandLineRun.of("walk", "0x1000", "--config", config.toString(), "--json=" + config),
                "--config");
        Path scenario = Files.writeString(folder.resolve("s.yaml"), """
                steps:
                  - vm: {name: a, memory: 64M}
                  - process: {vm: a, name: p, trace: %s}
                """.formatted(trace));
        assertRefused(CommandLineRun.of("run", "--scenario", scenario.toString(), "--csv=" + scenario),
                "would take the place of --scenario " + scenario);
        assertRefused(CommandLineRun.of("run", "--scenario", scenario.toString(), "--csv=" + trace),
                "s.yaml:3:31: --csv %s would take the place of the scenario's trace".formatted(trace));
        String registers = config.toString() + ",cr0=0x80000001";
        for (String command : List.of("run --workload zipf", "walk 0x1000")) {
            assertRefused(
                    CommandLineRun.of((command + " --registers " + registers + " --json=" + config).split(" ")),
                    "would take the place of --registers " + config);
        }
        for (String option : List.of("--csv", "--json")) {
            String target = option + "=" + trace;
            assertRefused(CommandLineRun.of("inspect", trace.toString(), "--root", "0x0", target),
                    "would take the place of the image " + trace);
            assertRefused(
                    CommandLineRun.of("inspect", config.toString(), "--root", "0x0", "--addresses", trace.toString(),
                            target),
                    "would take the place of --addresses " + trace);
            assertRefused(
                    CommandLineRun.of("inspect", config.toString(), "--registers", trace + ",cr0=0x1", target),
                    "would take the place of --registers " + trace);
        }
        assertThat(trace).hasContent(" L 1000,8\n");
        assertThat(config).hasContent("workload: zipf\n");
    }

    private static void assertRefused(CommandLineRun run, String part) {
        assertThat(run.err()).contains(part);
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void outputsAreCheckedBeforeTheRunBegins() {
        for (String target : List.of("/none/r", folder.toString())) {
            CommandLineRun run =
                    CommandLineRun.of("run", "--workload", "uniform", "--accesses", "1T", "--csv", target);
            assertThat(run.err()).contains(target);
            assertThat(run.status()).isEqualTo(2);
        }
    }

    @Test
    void whatEarlierMachinesCountedIsReportedWhenALaterOneCannotBeMade() {
        CommandLineRun run = CommandLineRun.of(
                "compare", "--workload", "uniform:footprint=1M", "--accesses", "1000", "--vmm", "native,static",
                "--guest-memory", "64M", "--host-memory", "64M", "--json");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("--vmm static");
        assertThat(run.json().get("results")).hasSize(1);
    }

    @Test
    void aWriterThatPassesOverFailuresIsStopped() {
        PrintStream full = new PrintStream(new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        }, true, US_ASCII);
        Console console = new Console(System.in, full, System.err, false, false);
        assertThat(CommandTree.execute(console, "--version")).isEqualTo(2);
    }
}

package org.memvirt.runner.command;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

class RunCommandTest {
    private static final String LINES = " L 00001000,8\n S 00002000,8\nI  00400000,4\n M 00002ffe,4\n";
    private static final String SMALL = "uniform:footprint=1M";

    @TempDir
    private Path folder;

    private String trace(String text) throws IOException {
        return Files.writeString(folder.resolve("t.lackey"), text).toString();
    }

    private static CommandLineRun small(String... more) {
        String[] arguments = new String[more.length + 5];
        System.arraycopy(new String[] {"run", "--workload", SMALL, "--accesses", "1000"}, 0, arguments, 0, 5);
        System.arraycopy(more, 0, arguments, 5, more.length);
        return CommandLineRun.of(arguments);
    }

    private static void assertRefused(CommandLineRun run, int status, String... parts) {
        assertThat(run.err()).contains(parts).doesNotContain("\tat ");
        assertThat(run.err().lines().count()).isLessThanOrEqualTo(2);
        assertThat(run.status()).isEqualTo(status);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void aTraceIsPlayed() throws IOException {
        CommandLineRun run = CommandLineRun.of("run", "--trace", trace(LINES), "--json");
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        assertThat(run.json().get("accesses").longValue()).isEqualTo(5);
        assertThat(run.json().at("/tlb/l1i/misses").longValue()).isEqualTo(1);
    }

    /** Caches and walks know the addresses without tags; instructions have none. */
    @ParameterizedTest
    @CsvSource({"lam-user=57, 57, native", "lam-user=48, 48, nested", "uai=on, 57, nested", "lam-user=57, 57, static"})
    void tagsInPointersChangeNothing(String option, int shift, String vmm) throws IOException {
        StringBuilder plain = new StringBuilder();
        StringBuilder tagged = new StringBuilder();
        for (int i = 0; i < 3000; i++) {
            long address = 0x40_0000 + i * 0x9e3779b1L % 0x60_0000 & -8;
            long tag = i % 60L << shift;
            plain.append(" %s %x,8%n".formatted(i % 3 == 0 ? "S" : "L", address));
            tagged.append(" %s %x,8%n".formatted(i % 3 == 0 ? "S" : "L", address | tag));
        }
        plain.append("I  00400000,4\n");
        tagged.append("I  00400000,4\n");
        String format = "x86-64:" + option;
        JsonNode expected = withoutTimes(CommandLineRun.of(
                "run", "--trace", trace(plain.toString()), "--format", format, "--vmm", vmm, "--json", "--passes", "2")
                .json());
        CommandLineRun run = CommandLineRun.of(
                "run", "--trace", trace(tagged.toString()), "--format", format, "--vmm", vmm, "--json", "--passes",
                "2");
        assertThat(run.err()).isEmpty();
        assertThat(withoutTimes(run.json()).toString()).isEqualTo(expected.toString());
        assertThat(CommandLineRun.of("run", "--trace", trace(tagged.toString()), "--vmm", vmm).err())
                .as("without the option")
                .contains("is not one that x86-64 translates");
    }

    @Test
    void standardInputIsPlayedOnEveryMachineOfAComparison() {
        CommandLineRun run = CommandLineRun.withInput(LINES.getBytes(US_ASCII), "compare", "--trace", "-", "--json");
        assertThat(run.status()).isZero();
        assertThat(run.json().get("results")).hasSize(4).allMatch(result -> result.get("accesses").longValue() == 5);
    }

    @Test
    void twoRunsOfOneConfigurationDifferInTimesAlone() {
        JsonNode once = withoutTimes(small("--json", "--vmm", "nested").json());
        assertThat(withoutTimes(small("--json", "--vmm", "nested").json()).toString()).isEqualTo(once.toString());
        assertThat(withoutTimes(small("--json", "--seed", "2").json()).toString()).isNotEqualTo(once.toString());
    }

    @Test
    void theConfigOfAResultRunsItAgain() throws IOException {
        JsonNode once = small("--json", "--vmm", "nested:vm-tags=off", "--guest-pages", "thp", "--passes", "2").json();
        Path config = Files.writeString(folder.resolve("c.json"), once.get("config").toString());
        CommandLineRun again = CommandLineRun.of("run", "--config", config.toString(), "--json");
        assertThat(again.err()).isEmpty();
        assertThat(withoutTimes(again.json()).toString()).isEqualTo(withoutTimes(once).toString());
    }

    private static JsonNode withoutTimes(JsonNode result) {
        ObjectNode copy = (ObjectNode) result.deepCopy();
        copy.remove("elapsedSeconds");
        copy.remove("accessesPerSecond");
        copy.remove("inputSeconds");
        copy.remove("passes");
        return copy;
    }

    @Test
    void everythingIsResolvedInTheConfig() {
        JsonNode config = small("--json").json().get("config");
        assertThat(config.propertyNames())
                .contains(
                        "mmu", "format", "second-stage", "vmm", "tlb", "walk-cache", "nested-tlb", "guest-kernel",
                        "guest-pages", "host-pages", "guest-memory", "host-memory", "cost-model", "seed", "workload",
                        "accesses", "passes", "prefault");
        assertThat(config.get("workload").asString()).isEqualTo("uniform:footprint=1M,writes=0,base=16T");
        assertThat(config.get("vmm").asString()).isEqualTo("nested:vm-tags=on");
    }

    @Test
    void resultsGoWhereTheyAreAskedFor() throws IOException {
        Path json = folder.resolve("r.json");
        Path csv = folder.resolve("r.csv");
        CommandLineRun run = small("--json", json.toString(), "--csv", csv.toString());
        assertThat(run.out()).contains("Address translation");
        assertThat(new ObjectMapper().readTree(Files.readString(json)).get("accesses").longValue()).isEqualTo(1000);
        assertThat(Files.readAllLines(csv)).hasSize(2);
        assertThat(small("--quiet", "--csv", csv.toString()).out()).isEmpty();
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

    @ParameterizedTest
    @ValueSource(strings = {"1000", "1_000", "1e3", "1K"})
    void countsMayHaveSuffixes(String count) {
        JsonNode result = CommandLineRun.of(
                "run", "--workload", SMALL, "--accesses", count, "--processes", "2", "--slice", count, "--json").json();
        assertThat(result.get("accesses").longValue()).isEqualTo(2000);
        assertThat(result.at("/config/accesses").longValue()).isEqualTo(1000);
        assertThat(result.at("/config/slice").longValue()).isEqualTo(1000);
    }

    @ParameterizedTest
    @CsvSource({"1G, 1G, 4", "1G, 4K, 9", "2M, 1G, 40", "thp, 4K, 4"})
    void memoryByDefaultIsWhatTheWorkloadNeeds(String guestPages, String hostPages, String processes) {
        CommandLineRun run = small(
                "--guest-pages", guestPages, "--host-pages", hostPages, "--processes", processes, "--slice", "10",
                "--json");
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
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
    void missingFilesHaveStatus2() {
        assertRefused(CommandLineRun.of("run", "--trace", "/none/x"), 2, "/none/x: there is no such file");
        assertRefused(CommandLineRun.of("run", "--trace", folder.toString()), 2, "is a folder");
        assertRefused(CommandLineRun.of("run", "--config", "/none/c"), 2, "/none/c");
        assertRefused(small("--quiet", "--json", "/none/r.json"), 2, "its folder does not exist");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--vmm nestd|there is no strategy 'nestd'; there is nested, ",
                "--mmu x68|there is no MMU 'x68'; there is x86",
                "--mmu x86:bits=4|no option 'bits'",
                "--format x86_64|'x86_64'; there is x86-64, ",
                "--format x86-64:wpp=on|'wpp'",
                "--second-stage npt:nonsense|not key=value",
                "--tlb referense|there is reference, ",
                "--walk-cache all|there is no walk-cache preset 'all'",
                "--nested-tlb all|there is no nested-TLB preset 'all'",
                "--cost-model free|there is no cost model 'free'",
                "--workload unifrom|there is no workload 'unifrom'; there is uniform, ",
                "--workload uniform:footprint=-1|footprint=-1",
                "--workload stride:step=0|step=0",
                "--guest-kernel real|it is simulated or free",
                "--guest-pages 64K|has pages of 4K, 2M, 1G",
                "--host-pages 64K|has pages of 4K, 2M, 1G",
                "--guest-memory 0|--guest-memory 0",
                "--guest-memory 1M|--guest-memory",
                "--vmm native --second-stage ept|--vmm native has no second stage",
                "--vmm native --vm-tags off|has no such option",
                "--vmm nested:vm-tags=on --vm-tags off|contradict",
                "--vm-tags maybe|vm-tags=maybe",
                "--trace x|exclude each other",
                "--trace-format lackey|are for --trace",
                "--skip-bad-lines 3|are for --trace",
                "--accesses 0|--accesses 0",
                "--passes 0|--passes 0",
                "--passes many|'many' is no whole number",
                "--passes 3G|'3G' is more than 2147483647",
                "--processes 0|--processes 0",
                "--processes 1025|there are 1 to 1024",
                "--slice 0|--slice 0",
                "--metrics-host localhost|needs --metrics-port",
                "--metrics-port 70000|a port is from 0 to 65535",
                "--plugins /none|/none is no folder",
                "--walkcache none|the nearest is --walk-cache",
                "more|'more' is one argument too many",
            })
    void wrongUsageHasStatus2AndSaysWhy(String options, String part) {
        String workload = options.contains("--workload") ? "" : "--workload uniform:footprint=1M ";
        String accesses = options.contains("--accesses") ? "" : "--accesses 10 ";
        CommandLineRun run = CommandLineRun.of(("run " + workload + accesses + options).split(" "));
        assertThat(run.err()).contains(part).doesNotContain("\tat ");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tlb: referense|:2:1: --tlb: there is no TLB preset 'referense'; there is reference, ",
                "accesses: many|:2:1: Invalid value for option '--accesses': 'many' is no whole number",
                "mmu: x68|:2:1: --mmu: there is no MMU 'x68'", "vmm: nestd|:2:1: --vmm: there is no strategy 'nestd'",
                "format: pae:wp=2|:2:1: --format", "guest-memory: 1|:2:1: --guest-memory 1: ",
            })
    void whatIsWrongInAConfigurationIsToldWithItsPlace(String line, String message) throws IOException {
        String config =
                Files.writeString(folder.resolve("c.yaml"), "workload: " + SMALL + "\n" + line + "\n").toString();
        CommandLineRun run = CommandLineRun.of("run", "--config", config);
        assertThat(run.err()).contains("memvirt: " + config + message);
        assertThat(run.status()).isEqualTo(2);
        // The command line's own mistake is not the file's.
        String option = "--" + line.split(": ")[0];
        run = CommandLineRun.of("run", "--config", config, option, "nonsense");
        assertThat(run.err()).doesNotContain("c.yaml");
    }

    @Test
    void nothingToPlayIsRefused() {
        assertRefused(CommandLineRun.of("run"), 2, "give --trace FILE or --workload NAME");
    }

    @Test
    void memoryThatDoesNotHoldTheWorkloadIsExplained() {
        CommandLineRun run = CommandLineRun.of(
                "run", "--workload", "uniform:footprint=64M", "--accesses", "100000", "--guest-memory", "32M",
                "--json");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("--guest-memory");
        assertThat(run.json().get("partial").booleanValue()).isTrue();
    }

    @Test
    void anOccupiedPortIsExplained() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            assertRefused(small("--metrics-port", port), 2, "--metrics-port " + port, "127.0.0.1");
        }
    }

    @Test
    void theAuditSaysThatItPassed() {
        CommandLineRun run = small("--audit", "--json");
        assertThat(run.status()).isZero();
        assertThat(run.err()).contains("audit passed");
        assertThat(run.json().at("/audit/passed").booleanValue()).isTrue();
    }

    @Test
    void secondStageOptionsApplyToThoseStrategiesThatHaveOne() {
        CommandLineRun run = CommandLineRun.of(
                "compare", "--workload", SMALL, "--accesses", "1000", "--vmm", "native,nested,nested:vm-tags=off",
                "--second-stage", "npt", "--json");
        assertThat(run.status()).isZero();
        assertThat(run.json().at("/results/0/config").has("second-stage")).isFalse();
        assertThat(run.json().at("/results/1/config/second-stage").asString()).startsWith("npt");
        assertThat(run.json().at("/results/2/config/vmm").asString()).isEqualTo("nested:vm-tags=off");
    }

    @Test
    void comparingAStrategyWithItselfIsRefused() {
        assertRefused(
                CommandLineRun.of("compare", "--workload", SMALL, "--vmm", "nested,nested:vm-tags=on"), 2, "twice");
    }

    @Test
    void debugShowsTheStackTrace() {
        CommandLineRun run = small("--vmm", "nestd", "--debug");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("\tat org.memvirt");
    }

    @Test
    void helpAndVersionAreResults() {
        assertThat(CommandLineRun.of("--help").out()).contains("Usage: memvirt", "compare");
        assertThat(CommandLineRun.of("run", "--help").out()).contains("--walk-cache", "--trace");
        assertThat(CommandLineRun.of("--version").out()).startsWith("memvirt ");
        assertThat(CommandLineRun.of("--version").status()).isZero();
        assertRefused(CommandLineRun.of(), 2, "which command");
        assertRefused(CommandLineRun.of("trace"), 2, "which command");
        assertThat(CommandLineRun.of("rnu").status()).isEqualTo(2);
        assertThat(CommandLineRun.of("rnu").err()).contains("there is no command 'rnu'; there is run, ");
    }
}

package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Machines that are played side by side. */
class CompareJobsTest {
    private static final List<String> OF_THE_CLOCK =
            List.of("elapsedSeconds", "accessesPerSecond", "inputSeconds", "passes");

    private static JsonNode counts(CommandLineRun run) {
        assertThat(run.status()).as(run.err()).isZero();
        JsonNode json = run.json();
        json.get("results").forEach(result -> ((ObjectNode) result).remove(OF_THE_CLOCK));
        return json;
    }

    @Test
    void resultsDoNotDependOnTheNumberOfThreads() {
        for (String played : List.of("--passes 2", "--passes 1", "--prefault", "--vcpus 2")) {
            JsonNode first = null;
            for (String jobs : List.of("1", "2", "9")) {
                String command = "compare --mmu x86,arm --workload zipf:footprint=16M,writes=0.3 --accesses 150000"
                        + " --json --jobs " + jobs + " " + played;
                JsonNode counted = counts(CommandLineRun.of(command.split(" ")));
                assertThat(counted.get("results")).hasSize(8);
                first = first == null ? counted : first;
                assertThat(counted).as(command).isEqualTo(first);
            }
        }
    }

    @Test
    void oneRunCountsWhatItCountsBesideOthers() {
        String input = " --workload zipf:footprint=16M,writes=0.3 --accesses 150000 --json --vmm ";
        JsonNode together = counts(CommandLineRun.of(("compare" + input + "nested,shadow,native").split(" ")));
        List<String> strategies = List.of("nested", "shadow", "native");
        for (int i = 0; i < strategies.size(); i++) {
            CommandLineRun run = CommandLineRun.of(("run" + input + strategies.get(i)).split(" "));
            ObjectNode alone = (ObjectNode) run.json();
            alone.remove(OF_THE_CLOCK);
            assertThat(alone).isEqualTo(together.get("results").get(i));
        }
    }

    @Test
    void whatCanBeReadOnlyOnceIsPlayedOnAll() {
        byte[] trace = " L 1000,8\n S 2000,8\n M 3000,4\n".repeat(4000).getBytes(StandardCharsets.UTF_8);
        JsonNode results = counts(CommandLineRun.withInput(trace, "compare", "--trace", "-", "--json")).get("results");
        assertThat(results).hasSize(4)
                .allSatisfy(result -> assertThat(result.get("accesses").longValue()).isEqualTo(12_000));
    }

    @Test
    void somebodyPlays() {
        CommandLineRun.assertRefused(
                CommandLineRun.of("compare", "--workload", "zipf", "--jobs", "0"), 2, "--jobs 0", "at least one");
    }

    @Test
    void eachTlbWithEachWalkCacheIsAMachine() {
        String input = " --workload uniform:footprint=64M --accesses 20000 --vmm native --json";
        JsonNode results = counts(CommandLineRun.of(
                ("compare --tlb reference:l1d=16x4,l2=512x4,zen4,jaguar --walk-cache reference,none" + input)
                        .split(" ")))
                                .get("results");
        assertThat(results).hasSize(6);
        for (int i = 0; i < 6; i++) {
            String tlb = List.of("reference:l1d=16x4,l2=512x4", "zen4", "jaguar").get(i / 2);
            String walkCache = List.of("reference", "none").get(i % 2);
            CommandLineRun run = CommandLineRun.of(
                    ("run --tlb " + tlb + " --walk-cache " + walkCache + input).split(" "));
            ObjectNode alone = (ObjectNode) run.json();
            alone.remove(OF_THE_CLOCK);
            assertThat(alone).isEqualTo(results.get(i));
        }
        CommandLineRun table = CommandLineRun.of(
                ("compare --tlb zen2,zen4 --walk-cache reference,none" + input.replace(" --json", "")).split(" "));
        assertThat(table.out()).contains("zen2 reference", "zen2 none", "zen4 reference", "zen4 none")
                .doesNotContain("TLB zen2", "walk cache reference");
    }

    @Test
    void aTlbIsNamedOnceAndARunTakesOne() {
        CommandLineRun.assertRefused(
                CommandLineRun.of("compare", "--workload", "zipf", "--tlb", "zen2,zen4,zen2"), 2,
                "--tlb zen2,zen4,zen2",
                "twice");
        CommandLineRun.assertRefused(
                CommandLineRun.of("compare", "--workload", "zipf", "--walk-cache", "none,none"), 2,
                "--walk-cache none,none", "twice");
        CommandLineRun.assertRefused(
                CommandLineRun.of("run", "--workload", "zipf", "--tlb", "zen2,zen4"), 2, "zen2,zen4");
    }
}

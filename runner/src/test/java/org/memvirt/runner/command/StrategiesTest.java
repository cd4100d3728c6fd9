package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The strategies side by side, as users compare them. */
class StrategiesTest {
    private static final String POLICIES =
            "native,static,nested,shadow,shadow:sync=unsync,shadow:sync=virtual-tlb,shadow:spt-memory=64K,"
                    + "shadow:sharing=on,shadow:separation=two-tables,shadow:separation=rewrite,tags=8";

    private static List<JsonNode> compare(String... arguments) {
        List<String> all = new ArrayList<>(List.of("compare", "--json", "--audit"));
        all.addAll(Arrays.asList(arguments));
        CommandLineRun run = CommandLineRun.of(all.toArray(String[]::new));
        assertThat(run.status()).as("%s", run.err()).isZero();
        List<JsonNode> results = new ArrayList<>();
        run.json().get("results").forEach(results::add);
        return results;
    }

    private static String strategy(JsonNode result) {
        return result.at("/config/vmm").asString().replaceFirst(":.*", "");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"mmap-churn:footprint=1M,remaps=20000,writes=0.5", "switches:footprint=256K,turn=200,writes=0.5",
                "fork-storm:footprint=256K", "hot-memory:footprint=1M", "cold-memory:footprint=1M", "set-page-table"
            })
    void everyWorkloadTakesTheSameFaultsUnderEveryStrategy(String workload) {
        for (String kernel : List.of("free", "simulated")) {
            List<JsonNode> results = compare(
                    "--workload", workload, "--accesses", "6000", "--vmm", POLICIES, "--guest-kernel", kernel);
            assertThat(results).hasSize(10);
            HashSet<Long> faults = new HashSet<>();
            results.forEach(result -> faults.add(result.at("/faults/guest").longValue()));
            assertThat(faults).as("guest faults with a %s kernel", kernel).hasSize(1);
        }
    }

    @Test
    void aMissUnderShadowPagingCostsTheLevelsOfOneTable() {
        List<JsonNode> results = compare(
                "--workload", "uniform:footprint=32M", "--accesses", "30000", "--prefault", "--walk-cache", "none",
                "--nested-tlb", "none");
        assertThat(results).extracting(StrategiesTest::strategy)
                .containsExactly("native", "static", "shadow", "nested");
        assertThat(results).extracting(result -> result.at("/walkReferences/perWalk").doubleValue())
                .containsExactly(4.0, 4.0, 4.0, 24.0);
        assertThat(results).extracting(result -> result.get("walks").longValue()).containsOnly(
                results.getFirst().get("walks").longValue());
        JsonNode shadow = results.get(2).get("shadow");
        assertThat(shadow.get("entries").longValue()).isGreaterThanOrEqualTo(8192);
        assertThat(shadow.get("mmu_pte_write").longValue()).as("during the counted pass").isZero();
        assertThat(results.getLast().has("shadow")).isFalse();
    }

    /** Shadow paging pays where there are many misses and few updates of page tables, nested paging the other way round. */
    @Test
    void missesAndUpdatesDecideWhichStrategyIsBetter() {
        double[] manyMisses = cyclesPerAccess("mmap-churn:footprint=8M,remaps=0", 200_000);
        double[] manyUpdates = cyclesPerAccess("mmap-churn:footprint=1M,remaps=100000", 20_000);
        for (double[] cycles : new double[][] {manyMisses, manyUpdates}) {
            assertThat(cycles[1]).as("static").isEqualTo(cycles[0]);
            assertThat(cycles[2]).as("shadow").isGreaterThan(cycles[1]);
            assertThat(cycles[3]).as("nested").isGreaterThan(cycles[1]);
        }
        assertThat(manyMisses[2]).as("shadow with many misses").isLessThan(manyMisses[3]);
        assertThat(manyUpdates[2]).as("shadow with many updates").isGreaterThan(manyUpdates[3]);
    }

    private static double[] cyclesPerAccess(String workload, int accesses) {
        List<JsonNode> results = compare(
                "--workload", workload, "--accesses", Integer.toString(accesses), "--guest-kernel", "free",
                "--walk-cache", "none", "--nested-tlb", "none");
        return results.stream()
                .mapToDouble(result -> result.at("/cycles/total").doubleValue() / accesses)
                .toArray();
    }

    /** Each process has a shadow as large as its own tables; nested paging has one table for all. */
    @Test
    void shadowsOfManyProcessesTakeMoreThanOneSecondStage() {
        List<JsonNode> results = compare(
                "--workload", "switches:processes=100,turn=128,footprint=512K", "--accesses", "12800", "--vmm",
                "shadow,nested", "--guest-kernel", "free");
        long shadow = results.getFirst().at("/tables/vmmBytes").longValue();
        long nested = results.getLast().at("/tables/vmmBytes").longValue();
        assertThat(shadow).as("100 processes of 4 tables").isEqualTo(100 * 4 * 4096L);
        assertThat(nested).isLessThan(shadow / 4);
        JsonNode use = results.getFirst().at("/shadow/tableUse");
        assertThat(use).hasSize(100);
        for (JsonNode process : use) {
            assertThat(process.get("name").asString()).startsWith("root 0x");
            assertThat(process.get("tables").intValue()).isEqualTo(4);
            assertThat(process.get("mostTables").intValue()).isEqualTo(4);
            assertThat(process.get("entries").intValue()).isBetween(1, 128);
        }
        assertThat(results.getFirst().at("/shadow/pages").intValue()).isEqualTo(100 * 4);
        assertThat(results.getLast().has("nested")).isFalse();
    }

    /** The kernel's part of each page table is the same tables: one shadow of them will do. */
    @Test
    void processesThatShareTheirKernelsShadowTakeLess() {
        List<JsonNode> results = compare(
                "--workload", "switches:processes=100,turn=128,footprint=512K", "--accesses", "12800", "--vmm",
                "shadow,shadow:sharing=on");
        long alone = results.getFirst().at("/tables/vmmBytes").longValue();
        long shared = results.getLast().at("/tables/vmmBytes").longValue();
        assertThat(shared).as("%d without sharing", alone).isLessThan(alone * 2 / 3);
        assertThat(results.getLast().at("/exits/byCause/hidden-fault").longValue())
                .isLessThan(results.getFirst().at("/exits/byCause/hidden-fault").longValue());
    }

    /** What it costs to keep a kernel apart that runs as its programs do: each switch of modes is an exit, and more. */
    @Test
    void separationWithoutHardwareCostsExitsAndMemoryOrRewriting() {
        List<JsonNode> results = compare(
                "--workload", "mmap-churn:footprint=1M,remaps=10000", "--accesses", "50000", "--vmm",
                "shadow,shadow:separation=two-tables,shadow:separation=two-tables,tags=8,shadow:separation=rewrite");
        JsonNode hardware = results.get(0);
        assertThat(hardware.at("/exits/byCause").has("mode-switch")).isFalse();
        for (int i = 1; i < 4; i++) {
            assertThat(results.get(i).at("/exits/byCause/mode-switch").longValue()).isGreaterThan(1000);
        }
        long flushes = results.get(1).at("/shadow/flushes_full").longValue();
        assertThat(flushes).isGreaterThan(results.get(2).at("/shadow/flushes_full").longValue() + 1000);
        assertThat(results.get(1).at("/tables/vmmBytes").longValue())
                .isGreaterThan(hardware.at("/tables/vmmBytes").longValue());
        assertThat(results.get(3).at("/tables/vmmBytes").longValue())
                .isEqualTo(hardware.at("/tables/vmmBytes").longValue());
        assertThat(results.get(3).at("/shadow/entries_rewritten").longValue()).isPositive();
    }

    @Test
    void theFirstTouchIsTold() {
        CommandLineRun run = CommandLineRun.of("walk", "0x7f0012345678", "--vmm", "shadow");
        assertThat(run.status()).isZero();
        assertThat(run.out()).contains(
                "strategy shadow", "4 references", "the first touch", "NOT_PRESENT", "exit: page-fault",
                "the guest's kernel deals with NOT_PRESENT", "exit: hidden-fault", "lies at hPA");
        assertThat(CommandLineRun.of("walk", "0x7f0012345678", "--vmm", "shadow", "--json").json().get("firstTouch"))
                .hasSizeGreaterThan(5);
        assertThat(CommandLineRun.of("walk", "0x7f0012345678").out()).doesNotContain("first touch");
    }

    @Test
    void whatShadowPagingCannotDoIsRefused() {
        for (String wrong : List.of("sync=never", "format=ept", "format=ia32", "separation=none", "tags=17",
                "sharing=on,sync=virtual-tlb")) {
            CommandLineRun run = CommandLineRun.of("walk", "0x1000", "--vmm", "shadow:" + wrong);
            assertThat(run.status()).as("%s: %s", wrong, run.err()).isEqualTo(2);
            assertThat(run.err()).contains(wrong.substring(0, wrong.indexOf('=')));
        }
    }
}

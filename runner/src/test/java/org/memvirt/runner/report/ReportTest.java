package org.memvirt.runner.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

class ReportTest {
    private final JsonReport json = new JsonReport("1.2.3");

    @Test
    void jsonHasTheContractsKeysInTheirOrder() {
        JsonNode root = new ObjectMapper().readTree(json.run(Results.report("nested", 4, null)));
        assertThat(root.propertyNames())
                .containsExactly(
                        "schema",
                        "version",
                        "config",
                        "leftOut",
                        "accesses",
                        "tlb",
                        "walks",
                        "walkReferences",
                        "faultingWalks",
                        "walkCache",
                        "nestedTlb", "unmapped", "refill",
                        "pageSizes",
                        "kernel",
                        "faults",
                        "exits",
                        "tables",
                        "memory",
                        "partitions",
                        "cycles",
                        "scheduling",
                        "vms",
                        "exitTable",
                        "elapsedSeconds",
                        "accessesPerSecond",
                        "inputSeconds",
                        "passes");
        assertThat(root.get("schema").asString()).isEqualTo("memvirt-result/1");
        assertThat(root.get("version").asString()).isEqualTo("1.2.3");
        assertThat(root.at("/tlb/l1d").toString()).isEqualTo("{\"hits\":900000,\"misses\":100000}");
        assertThat(root.at("/walkReferences").toString())
                .isEqualTo("{\"total\":100000,\"perWalk\":4.0,\"max\":4,\"skipped\":7,\"sequential\":100000,"
                        + "\"speculative\":6,\"misspeculated\":5,\"forUpdates\":4,\"matrix\":[[0,1],[2,3]]}");
        assertThat(root.at("/walkCache").toString()).isEqualTo("{\"hitsByLevel\":{\"1\":11},\"misses\":12}");
        assertThat(root.at("/faults").toString()).isEqualTo("{\"guest\":15,\"stage2\":16,\"hidden\":0,\"injected\":0}");
        assertThat(root.at("/exits").toString()).isEqualTo("{\"total\":16,\"byCause\":{\"stage2-fault\":16}}");
        assertThat(root.at("/tables").toString())
                .isEqualTo("{\"guestBytes\":4096,\"vmmBytes\":8192,\"peakVmmBytes\":12288}");
        assertThat(root.at("/memory").toString())
                .isEqualTo("{\"guestBytes\":3145728,\"hostBytes\":4194304,\"fragmentation\":0.25,\"host\":"
                        + "{\"changes\":{\"unmap\":1},\"invalidations\":2,\"swappedOut\":3,\"swappedIn\":4,\"swappedBytes\":5,"
                        + "\"discarded\":6,\"balloonBytes\":7,\"merged\":8,\"copied\":9,\"sharedBytes\":10,\"moved\":11,"
                        + "\"dissolved\":12,\"collapsed\":13,\"compacted\":14,\"freeBytes\":15,\"largestFree\":16,"
                        + "\"freeBySize\":{\"4K\":15},\"dirty\":[17],\"logReadings\":[],\"migrations\":[]}}");
        assertThat(root.at("/passes").toString()).isEqualTo("[{\"accesses\":1000000,\"seconds\":0.5}]");
        assertThat(root.at("/config/trace").asString()).isEqualTo("a,\"b\".lackey");
    }

    @Test
    void jsonWritesDecimalsWithoutAnExponent() {
        assertThat(json.run(Results.report("nested", 4, null)))
                .contains("\"exit\" : 40000000000.0", "\"perWalk\" : 4.0")
                .doesNotContainPattern("[0-9]E[0-9]");
    }

    @Test
    void jsonOfAPartialRunSaysSo() {
        JsonNode root = new ObjectMapper().readTree(json.run(Results.report("nested", 4, "line 7 is bad")));
        assertThat(root.get("partial").booleanValue()).isTrue();
        assertThat(root.get("error").asString()).isEqualTo("line 7 is bad");
    }

    @Test
    void jsonOfAnAuditSaysWhatIsBroken() {
        RunReport plain = Results.report("nested", 4, null);
        RunReport audited =
                new RunReport(plain.name(), true, plain.config(), plain.result(), plain.leftOut(), null,
                        List.of("a law is broken"));
        JsonNode audit = new ObjectMapper().readTree(json.run(audited)).get("audit");
        assertThat(audit.toString()).isEqualTo("{\"passed\":false,\"violations\":[\"a law is broken\"]}");
    }

    @Test
    void jsonOfAComparisonHoldsTheResults() {
        JsonNode root = new ObjectMapper()
                .readTree(json.compare(List.of(Results.report("native", 4, null), Results.report("nested", 24, null))));
        assertThat(root.propertyNames()).containsExactly("schema", "version", "results");
        assertThat(root.get("schema").asString()).isEqualTo("memvirt-compare/1");
        assertThat(root.at("/results/1/schema").asString()).isEqualTo("memvirt-result/1");
        assertThat(root.at("/results/1/walkReferences/perWalk").doubleValue()).isEqualTo(24);
    }

    @Test
    void csvHasARowARunAndAColumnANumber() {
        String[] lines = new CsvReport(json)
                .text(List.of(Results.report("native", 4, null), Results.report("nested", 24, "cut")))
                .split("\r\n");
        assertThat(lines).hasSize(3);
        List<String> columns = List.of(lines[0].split(","));
        assertThat(columns).contains("config.vmm", "tlb.l1d.misses", "walkReferences.matrix", "partial", "error",
                "exits.byCause.hidden-fault").doesNotHaveDuplicates();
        assertThat(lines[1]).startsWith("memvirt-result/1,1.2.3,").contains("\"a,\"\"b\"\".lackey\"");
        List<String> cells = cells(lines[1]);
        assertThat(cells).hasSameSizeAs(columns);
        assertThat(cells.get(columns.indexOf("tlb.l1d.misses"))).isEqualTo("100000");
        assertThat(cells.get(columns.indexOf("tlb.l1i.misses"))).isEmpty();
        assertThat(cells.get(columns.indexOf("exits.byCause.interrupt"))).isEqualTo("0");
        assertThat(cells.get(columns.indexOf("walkReferences.matrix"))).isEqualTo("\"[[0,1],[2,3]]\"");
        assertThat(cells.get(columns.indexOf("pageSizes"))).isEqualTo("\"{\"\"4K\"\":25000}\"");
        assertThat(cells(lines[2]).get(columns.indexOf("error"))).isEqualTo("cut");
    }

    private static List<String> cells(String line) {
        return List.of(line.split(",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", -1));
    }

    @Test
    void csvHasWhatPlugInsNameInAColumnOfItsOwn() {
        RunReport plain = Results.report("nested", 4, null);
        RunReport odd = Results.withCauses(plain, Map.of("stage2-fault", 3L, "door-bell", 4L));
        String[] lines = new CsvReport(json).text(List.of(odd)).split("\r\n");
        assertThat(lines[0]).isEqualTo(new CsvReport(json).text(List.of(plain)).split("\r\n")[0]);
        List<String> columns = List.of(lines[0].split(","));
        assertThat(cells(lines[1]).get(columns.indexOf("exits.byCause.stage2-fault"))).isEqualTo("3");
        assertThat(cells(lines[1]).get(columns.indexOf("exits.byCause.others")))
                .isEqualTo("\"{\"\"door-bell\"\":4}\"");
    }

    @Test
    void tableOfOneRunShowsShares() {
        assertThat(new TableReport(false).text(List.of(Results.report("nested", 24, null))))
                .isEqualTo(
                        """
                        a,"b".lackey
                        strategy nested, format x86-64, TLB reference, walk cache none

                        Address translation
                          accesses                              1,000,000
                          l1d TLB misses                          100,000  10.00% of its look-ups
                          l2 TLB misses                            25,000  25.00% of its look-ups
                          page walks                               25,000   2.50% of accesses
                          references to table entries             600,000
                          references per walk                       24.00
                          references of the longest walk               24
                          references that caches saved                  7
                          walk-cache hits, on at level 1               11
                          nested-TLB hits                              13
                          nested-TLB misses                            14
                        Faults and exits
                          guest page faults                            15
                          stage-2 faults                               16
                          walks that ended in a fault                   5
                          exits                                        16
                          exits for stage2-fault                       16
                        Memory
                          the guest's page tables                   4 KiB
                          the VMM's page tables                     8 KiB
                          guest memory handed out                   3 MiB
                          host memory behind it                     4 MiB
                        The host's work on its guests' memory
                          granules swapped out                          3
                          granules swapped in                           4
                          memory swapped out now                      5 B
                          granules that guests gave                     6
                          memory in balloons now                      7 B
                          granules merged                               8
                          copied again for a store                      9
                          memory shared now                          10 B
                          granules moved                               11
                          large pieces dissolved                       12
                          large pieces made                            13
                          large pieces cleared                         14
                          readings of dirty logs                        1
                          granules that they told                      17
                          invalidations for all that                    2
                        Estimated cycles, model unit
                          cycles                          240,000,000,000
                          cycles per access                    240,000.00
                          cycles for exit                 240,000,000,000 100.00% of cycles
                        Speed of this simulation
                          accesses per second                       2.0 M
                        Exits by cause
                          cause         exits   exits%  cycles  cycles%  cycles each
                          stage2-fault     16  100.00%  24,000  100.00%        1,500
                          all              16  100.00%  24,000  100.00%        1,500
                        """);
    }

    @Test
    void tableOfSeveralRunsShowsRatiosToTheFirst() {
        String table = new TableReport(false)
                .text(List.of(
                        Results.report("native", 4, null),
                        Results.report("static", 4, null),
                        Results.report("shadow", 5, null),
                        Results.report("nested", 24, "cut off")));
        assertThat(table.lines())
                .anyMatch(line -> line.matches(" +native +static +shadow +nested"))
                .anyMatch(line -> line.matches("  references per walk +4.00 +4.00 1.00x +5.00 1.25x +24.00"))
                .contains("PARTIAL, nested: cut off")
                .allMatch(line -> line.length() <= 120);
    }

    @Test
    void whatDidNotReachItsEndIsNotCompared() {
        String partial = new TableReport(false)
                .text(List.of(Results.report("static", 4, null), Results.report("nested", 24, "cut off")));
        assertThat(partial).containsPattern("references per walk +4.00 +24.00\n").doesNotContain("x\n");
        String toPartial = new TableReport(false)
                .text(List.of(Results.report("static", 4, "cut off"), Results.report("nested", 24, null)));
        assertThat(toPartial).containsPattern("references per walk +4.00 +24.00\n").doesNotContain("x\n");
    }

    @Test
    void onlyWhatIsOfTheMachinesIsCompared() {
        String table = new TableReport(false)
                .text(List.of(Results.report("native", 4, null), Results.report("nested", 24, null)));
        assertThat(table.lines())
                .anyMatch(line -> line.matches("  accesses per second +2.0 M +2.0 M"))
                .anyMatch(line -> line.matches("  host memory \\(natively: all\\) +4 MiB +4 MiB"))
                .anyMatch(line -> line.matches("  guest memory handed out +3 MiB +3 MiB 1.00x"));
    }

    @Test
    void coloursAreUsedOnlyWhenAsked() {
        List<RunReport> reports = List.of(Results.report("native", 4, null), Results.report("nested", 24, null));
        assertThat(new TableReport(true).text(reports)).contains("\033[1m");
        assertThat(new TableReport(false).text(reports)).doesNotContain("\033");
        assertThat(new TableReport(true).text(reports).replaceAll("\033\\[[0-9]m", ""))
                .isEqualTo(new TableReport(false).text(reports));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0.00%", "0.5, 50.00%", "0.00995, 1.00%", "0.00012, 0.0120%", "1, 100.00%",
    })
    void percentagesShowSomething(double share, String text) {
        assertThat(Numbers.percent(share)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "1023, 1023 B", "4096, 4 KiB", "1536, 1.5 KiB", "26500000, 25.3 MiB", "1099511627776, 1 TiB"})
    void sizesAreShort(long bytes, String text) {
        assertThat(Numbers.bytes(bytes)).isEqualTo(text);
    }
}

package org.memvirt.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.runner.command.CommandLineRun;
import tools.jackson.databind.JsonNode;

/**
 * The counts of the sample in the reference configuration. A C program and a Python program that were written apart from
 * memvirt, and from each other, give the same.
 */
class SampleTest {
    private static final String SAMPLE = Path.of("..", "samples", "bfs-1.5M.lackey.xz").toString();

    private static JsonNode run(String vmm, String walkCache, String nestedTlb) {
        CommandLineRun run = CommandLineRun.of(
                "run", "--trace", SAMPLE, "--vmm", vmm, "--tlb", "reference", "--walk-cache", walkCache,
                "--nested-tlb", nestedTlb, "--guest-kernel", "free", "--prefault", "--audit", "--json");
        assertThat(run.err()).isEqualTo("memvirt: audit passed" + System.lineSeparator());
        assertThat(run.status()).isZero();
        return run.json();
    }

    @ParameterizedTest
    @CsvSource({
        // strategy, walk cache, nested TLB; guest's references, stage 2's; walk-cache hits by level; nested-TLB look-ups
        "native, none, none, 44536, 0, 0, 0, 0, 0, 0",
        "static, none, none, 44536, 0, 0, 0, 0, 0, 0",
        "native, reference, none, 11155, 0, 11115, 18, 0, 0, 0",
        "nested, none, none, 44536, 222680, 0, 0, 0, 0, 0",
        "nested, reference, reference, 11155, 44624, 11115, 18, 0, 0, 11156",
        "nested, none, reference, 44536, 59060, 0, 0, 0, 40905, 14765",
    })
    void countsAreThoseOfTheReferenceConfiguration(
            String vmm,
            String walkCache,
            String nestedTlb,
            long own,
            long stageTwo,
            long level1,
            long level2,
            long level3,
            long nestedHits,
            long nestedMisses) {
        JsonNode result = run(vmm, walkCache, nestedTlb);
        assertThat(result.get("accesses").longValue()).isEqualTo(1_500_000);
        assertThat(result.at("/tlb/l1i/misses").longValue()).isEqualTo(1);
        assertThat(result.at("/tlb/l1d/misses").longValue()).isEqualTo(91_763);
        assertThat(result.at("/tlb/l2/misses").longValue()).isEqualTo(11_134);
        assertThat(result.get("walks").longValue()).isEqualTo(11_134);
        long column0 = 0;
        long others = 0;
        for (JsonNode row : result.at("/walkReferences/matrix")) {
            for (int host = 0; host < row.size(); host++) {
                column0 += host == 0 ? row.get(host).longValue() : 0;
                others += host == 0 ? 0 : row.get(host).longValue();
            }
        }
        assertThat(column0).isEqualTo(own);
        assertThat(others).isEqualTo(stageTwo);
        assertThat(result.at("/walkReferences/total").longValue()).isEqualTo(own + stageTwo);
        JsonNode hits = result.at("/walkCache/hitsByLevel");
        assertThat(hits.path("1").longValue(0)).isEqualTo(level1);
        assertThat(hits.path("2").longValue(0)).isEqualTo(level2);
        assertThat(hits.path("3").longValue(0)).isEqualTo(level3);
        assertThat(result.at("/nestedTlb/hits").longValue()).isEqualTo(nestedHits);
        assertThat(result.at("/nestedTlb/misses").longValue()).isEqualTo(nestedMisses);
        assertThat(result.at("/faults/guest").longValue()).describedAs("faults after --prefault").isZero();
    }

    @Test
    void comparisonRunsAllStrategies() {
        CommandLineRun run = CommandLineRun.of("compare", "--trace", SAMPLE);
        assertThat(run.status()).isZero();
        assertThat(run.out()).contains("native", "static", "nested", "1,500,000");
    }
}

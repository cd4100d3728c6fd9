package org.memvirt.runner.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** One input on two architectures, whose tables have the same shape: four levels of 9 bits over pages of 4 KiB, in each stage. */
class CompareMmusTest {
    private static final String[] COUNTS = {
        "accesses", "tlb", "walks", "walkReferences", "walkCache", "nestedTlb", "faultingWalks"
    };

    /** Everything is mapped before, so that no fault removes anything: which of that goes is for each architecture to say. */
    @Test
    void equalShapesMakeEqualCounts() {
        CommandLineRun run = CommandLineRun.of(
                "compare", "--mmu", "x86,arm", "--vmm", "native,static,nested", "--workload",
                "zipf:footprint=64M,writes=0.3", "--accesses", "100000", "--prefault", "--json");
        assertThat(run.status()).as(run.err()).isZero();
        JsonNode results = run.json().get("results");
        assertThat(results).hasSize(6);
        for (int strategy = 0; strategy < 3; strategy++) {
            JsonNode one = results.get(strategy);
            JsonNode other = results.get(strategy + 3);
            assertThat(one.at("/config/mmu").asString()).isEqualTo("x86");
            assertThat(other.at("/config/mmu").asString()).isEqualTo("arm");
            assertThat(one.get("walks").longValue()).isGreaterThan(10_000);
            for (String count : COUNTS) {
                assertThat(other.get(count)).as("%s of %s", count, one.at("/config/vmm")).isEqualTo(one.get(count));
            }
        }
    }

    /** Arm's contiguous bit: 16 descriptors and one TLB entry; the tables are as many, and walks are as long. */
    @Test
    void oneEntryCoversContiguousPages() {
        String[] common = {
            "run", "--mmu", "arm", "--tlb", "cortex-a76", "--workload", "uniform:footprint=64M", "--accesses", "50000",
            "--prefault", "--host-pages", "2M", "--walk-cache", "none", "--nested-tlb", "none", "--json",
            "--guest-pages"
        };
        String[] large = Arrays.copyOf(common, common.length + 1);
        large[common.length] = "64K";
        String[] small = Arrays.copyOf(common, common.length + 1);
        small[common.length] = "4K";
        JsonNode together = CommandLineRun.of(large).json();
        JsonNode alone = CommandLineRun.of(small).json();
        assertThat(together.get("walks").intValue()).isEqualTo(64 << 20 >> 16);
        assertThat(alone.get("walks").intValue()).isGreaterThan(40_000);
        for (String same : new String[] {"/walkReferences/max", "/tables/guestBytes"}) {
            assertThat(together.at(same)).as(same).isEqualTo(alone.at(same));
        }
    }

    @Test
    void anMmuIsNamedOnce() {
        CommandLineRun twice =
                CommandLineRun.of("compare", "--mmu", "arm,arm", "--workload", "zipf", "--accesses", "10");
        assertThat(twice.status()).isEqualTo(2);
        assertThat(twice.err()).contains("--mmu arm,arm", "twice");
    }

    @Test
    void aRunTakesOneMmu() {
        CommandLineRun several = CommandLineRun.of("run", "--mmu", "x86,arm", "--workload", "zipf", "--accesses", "10");
        assertThat(several.status()).isEqualTo(2);
        assertThat(several.err()).contains("x86,arm");
    }
}

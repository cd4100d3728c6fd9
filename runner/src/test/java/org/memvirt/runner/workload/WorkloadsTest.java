package org.memvirt.runner.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Options;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.WorkloadProvider;

class WorkloadsTest {
    private static final long BASE = 0x1000_0000_0000L;

    /** Two columns: addresses and kinds. */
    private record Accesses(List<Long> addresses, List<Integer> kinds) {}

    private static Stream<WorkloadProvider> all() {
        return Stream.of(new Chase(), new Sequential(), new Stride(), new Uniform(), new Zipf());
    }

    private static Accesses accesses(WorkloadProvider workload, Map<String, String> options, long count, long seed,
            int capacity) {
        List<Long> addresses = new ArrayList<>();
        List<Integer> kinds = new ArrayList<>();
        Options values = new Options(workload.name(), workload.options(), options);
        AccessBatch batch = new AccessBatch(capacity);
        try (AccessSource source = workload.open(values, count, seed)) {
            while (source.fill(batch)) {
                for (int i = 0; i < batch.length; i++) {
                    addresses.add(batch.addresses[i]);
                    kinds.add((int) batch.kinds[i]);
                }
            }
            assertThat(source.progress()).isEqualTo(1);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return new Accesses(addresses, kinds);
    }

    @ParameterizedTest
    @MethodSource("all")
    void theSameSeedGivesTheSameAccessesInBatchesOfAnySize(WorkloadProvider workload) {
        Map<String, String> options = Map.of("footprint", "1M", "writes", "0.3");
        Accesses once = accesses(workload, options, 10_000, 5, 4096);
        assertThat(accesses(workload, options, 10_000, 5, 77)).isEqualTo(once);
        assertThat(once.addresses()).hasSize(10_000);
        assertThat(accesses(workload, options, 10_000, 6, 4096)).isNotEqualTo(once);
    }

    @ParameterizedTest
    @MethodSource("all")
    void allAccessesLieInTheFootprintAndAreAligned(WorkloadProvider workload) {
        Accesses some = accesses(workload, Map.of("footprint", "20K", "base", "1M"), 5_000, 1, 4096);
        assertThat(some.addresses()).allMatch(at -> at >= 1 << 20 && at < (1 << 20) + 20 * 1024 && at % 8 == 0);
        assertThat(some.kinds()).containsOnly(Rights.USER_READ);
        Set<Long> pages = new HashSet<>();
        some.addresses().forEach(at -> pages.add(at >>> 12));
        assertThat(pages).hasSize(5);
    }

    @ParameterizedTest
    @MethodSource("all")
    void theShareOfWritesIsAsAskedFor(WorkloadProvider workload) {
        Accesses some = accesses(workload, Map.of("footprint", "1M", "writes", "0.25"), 40_000, 9, 4096);
        long writes = some.kinds().stream().filter(kind -> kind == Rights.USER_WRITE).count();
        assertThat(writes).isBetween(9_500L, 10_500L);
        assertThat(accesses(workload, Map.of("footprint", "1M", "writes", "1"), 100, 9, 4096).kinds())
                .containsOnly(Rights.USER_WRITE);
    }

    /**
     * The first accesses, so that no later version changes them unnoticed. With this seed sequential, uniform and chase
     * are those of the generators that other simulators of the reference configuration use.
     */
    @ParameterizedTest
    @CsvSource({
        "sequential, 100000000000 100000000040 100000000080 1000000000c0 100000000100",
        "stride, 100000000000 100000001000 100000002000 100000003000 100000004000",
        "uniform, 100000088340 10000007a2d0 100000207560 10000007d6e0 1000001ebde0",
        "chase, 100000000000 10000037ffc0 1000003b9e40 100000264900 1000003430c0",
        "zipf, 1000001b1340 1000000002d0 1000003fa560 1000000006e0 100000385de0"
    })
    void firstAccessesNeverChange(String name, String expected) {
        WorkloadProvider workload =
                all().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
        List<String> first = accesses(workload, Map.of("footprint", "4M"), 5, 12345, 4096).addresses().stream()
                .map(Long::toHexString)
                .toList();
        assertThat(String.join(" ", first)).isEqualTo(expected);
    }

    @Test
    void sequentialBeginsAgainAtTheEnd() {
        List<Long> some = accesses(new Sequential(), Map.of("footprint", "4K"), 65, 1, 4096).addresses();
        assertThat(some.get(63)).isEqualTo(BASE + 4032);
        assertThat(some.get(64)).isEqualTo(BASE);
    }

    @Test
    void strideWrapsByItsStep() {
        List<Long> some = accesses(new Stride(), Map.of("footprint", "12K", "step", "8K"), 4, 1, 4096).addresses();
        assertThat(some).containsExactly(BASE, BASE + 8192, BASE + 4096, BASE);
    }

    @Test
    void chaseVisitsEveryPageOnceARound() {
        List<Long> round = accesses(new Chase(), Map.of("footprint", "1M"), 512, 3, 4096).addresses();
        assertThat(new HashSet<>(round.subList(0, 256))).hasSize(256);
        assertThat(round.subList(256, 512)).isEqualTo(round.subList(0, 256));
    }

    @Test
    void zipfDrawsByRank() {
        Map<Long, Integer> drawn = new HashMap<>();
        accesses(new Zipf(), Map.of("footprint", "400K", "skew", "1"), 200_000, 4, 4096)
                .addresses()
                .forEach(at -> drawn.merge(at >>> 12, 1, Integer::sum));
        List<Integer> counts = drawn.values().stream().sorted((a, b) -> b - a).toList();
        // The sum of 1/q for q to 100 is 5.187: the first page has 1/5.187 of the draws, the second half of that.
        assertThat(counts).hasSize(100);
        assertThat(counts.get(0)).isBetween(38_000, 39_200);
        assertThat(counts.get(1)).isBetween(18_800, 19_800);
        assertThat(counts.get(9)).isBetween(3_600, 4_150);
    }

    @Test
    void zipfOfOnePageAndOfExtremeSkewWorks() {
        assertThat(accesses(new Zipf(), Map.of("footprint", "4K"), 10, 1, 16).addresses())
                .allMatch(at -> at >>> 12 == BASE >>> 12);
        assertThat(accesses(new Zipf(), Map.of("footprint", "64M", "skew", "50"), 10, 1, 16).addresses()).hasSize(10);
        assertThat(accesses(new Zipf(), Map.of("footprint", "64M", "skew", "0.001"), 10, 1, 16).addresses())
                .hasSize(10);
    }

    @ParameterizedTest
    @CsvSource({
        "uniform,footprint,0", "uniform,footprint,5000", "uniform,writes,1.5", "uniform,writes,-0.1",
        "uniform,base,100", "stride,step,0", "stride,step,12", "zipf,skew,0", "zipf,skew,-1", "zipf,footprint,1T",
        "chase,footprint,1T"
    })
    void wrongOptionsAreExplained(String name, String option, String value) {
        WorkloadProvider workload =
                all().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
        Options values = new Options(name, workload.options(), Map.of(option, value));
        assertThatThrownBy(() -> workload.open(values, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}

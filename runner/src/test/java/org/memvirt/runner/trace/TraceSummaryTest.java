package org.memvirt.runner.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.memvirt.api.workload.BadTrace;
import org.memvirt.engine.Input;

class TraceSummaryTest {
    @Test
    void countsKindsPagesAndBounds() throws IOException {
        TraceSummary summary = TraceSummary.of(Accesses.source(
                new long[] {0x1000, 0x1fff, 0x20_0000, 0x1008, 0xffff_8000_0000_0000L, 0x2000},
                new int[] {1, 2, 3, 4, 8, 1}));
        assertThat(summary).isEqualTo(new TraceSummary(6, 1, 3, 1, 1, 4, 3, 0x1000, 0xffff_8000_0000_0000L, Map.of()));
        assertThat(summary.footprint()).isEqualTo(4 * 4096);
    }

    @Test
    void pageSetCountsLikeAHashSet() {
        SplittableRandom random = new SplittableRandom(3);
        PageSet pages = new PageSet();
        Set<Long> expected = new HashSet<>();
        for (int i = 0; i < 100_000; i++) {
            long page = random.nextLong(30_000) << random.nextInt(3) * 12;
            pages.add(page);
            expected.add(page);
        }
        assertThat(pages.size()).isEqualTo(expected.size());
    }

    @Test
    void aKeptInputPlaysAgainAndFailsAgain() throws IOException {
        long[] addresses = new long[10_000];
        int[] kinds = new int[10_000];
        for (int i = 0; i < addresses.length; i++) {
            addresses[i] = i;
            kinds[i] = 1 + i % 3;
        }
        int[] opened = new int[1];
        Input once = () -> {
            opened[0]++;
            return Accesses.source(addresses, kinds);
        };
        KeptInput kept = new KeptInput(once);
        List<String> expected = Accesses.of(Accesses.source(addresses, kinds), 64);
        assertThat(Accesses.of(kept.open(), 777)).isEqualTo(expected);
        assertThat(Accesses.of(kept.open(), 4096)).isEqualTo(expected);
        assertThat(opened[0]).isEqualTo(1);

        KeptInput broken = new KeptInput(() -> new LackeyFormat()
                .open(new ByteArrayInputStream(
                        " L 10,1\nbad\n".getBytes(StandardCharsets.US_ASCII)), "t", 0));
        for (int pass = 0; pass < 2; pass++) {
            List<String> given = new ArrayList<>();
            assertThatThrownBy(() -> Accesses.drain(broken.open(), 8, given)).isInstanceOf(BadTrace.class);
            assertThat(given).containsExactly("1 10");
        }
    }
}

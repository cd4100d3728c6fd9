package org.memvirt.runner.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.memvirt.runner.usage.WrongUsage;

final class FoldingTest {
    private final Folding folding = new Folding();

    @Test
    void piecesStayApartAndWholeAndComeBelowTheEnd() {
        folding.begin(1L << 31);
        SplittableRandom random = new SplittableRandom(1);
        Map<Long, Long> places = new HashMap<>();
        long[] regions = new long[40];
        for (int i = 0; i < regions.length; i++) {
            regions[i] = random.nextLong(1L << 47);
        }
        for (int i = 0; i < 50_000; i++) {
            long address = regions[random.nextInt(regions.length)] + random.nextLong(40L << 20);
            long folded = folding.fold(address);
            assertThat(folded).isBetween(1L << 20, (1L << 31) - 1);
            assertThat(folded & 0xf_ffff).isEqualTo(address & 0xf_ffff);
            assertThat(places.computeIfAbsent(address >>> 20, piece -> folded >>> 20)).isEqualTo(folded >>> 20);
        }
        Set<Long> distinct = new HashSet<>(places.values());
        assertThat(distinct).hasSize(places.size()).hasSizeGreaterThan(600);
        assertThat(folding.about()).contains(places.size() + " pieces", "0x80000000");
    }

    @Test
    void anotherRunFoldsAlike() {
        folding.begin(1L << 31);
        long first = folding.fold(0x7f00_1234_5678L);
        long second = folding.fold(0x7f00_2234_5678L);
        folding.begin(1L << 31);
        assertThat(folding.fold(0x7f00_1234_5678L)).isEqualTo(first);
        assertThat(folding.fold(0x7f00_2234_5678L)).isEqualTo(second);
    }

    @Test
    void programsWithAllAddressesKeepThem() {
        folding.begin(1L << 47);
        assertThat(folding.isNeeded()).isFalse();
        assertThat(folding.about()).isNull();
    }

    @Test
    void whatHasNoPlaceIsRefused() {
        folding.begin(4L << 20);
        folding.fold(0);
        folding.fold(1L << 30);
        folding.fold(1L << 31);
        assertThatThrownBy(() -> folding.fold(1L << 32))
                .isInstanceOf(WrongUsage.class)
                .hasMessageContaining("more than 3 pieces");
        assertThat(folding.fold(5)).isEqualTo(1L << 20 | 5);
    }
}

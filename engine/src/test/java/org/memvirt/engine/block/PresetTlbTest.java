package org.memvirt.engine.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Options;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.TlbPreset.Array;
import org.memvirt.api.tlb.TlbPreset.Group;
import org.memvirt.api.tlb.TlbPreset.Replacement;
import org.memvirt.api.walk.Walk;

final class PresetTlbTest {
    private final PresetTlb preset = new PresetTlb(new TlbPreset(
            "small",
            "two levels",
            "none",
            List.of(
                    new Group("l1", 1, true, true, List.of(array(1, 4, 12), array(1, 2, 21))),
                    new Group("l2", 2, true, true, List.of(array(4, 4, 12, 21))))));

    private static Array array(int sets, int ways, Integer... shifts) {
        return new Array(List.of(shifts), sets, ways, Replacement.LRU);
    }

    private Tlb create(Map<String, String> options) {
        return preset.create(new Options("TLB small", preset.options(), options), 1);
    }

    /** Plays pages of 4 KiB by their numbers; returns the misses of level 1. */
    private static long misses(Tlb tlb, int... pages) {
        AccessBatch batch = new AccessBatch(pages.length);
        for (int page : pages) {
            batch.add((long) page << 12, Rights.USER_READ);
        }
        tlb.select(1, 0);
        Walk walk = Walk.outer();
        walk.pageShift = 12;
        walk.allowed = Rights.ALL;
        for (int at = tlb.advance(batch, 0, batch.length);
                at < batch.length;
                at = tlb.advance(batch, at + 1, batch.length)) {
            walk.inputAddress = batch.addresses[at];
            walk.outputAddress = walk.inputAddress;
            tlb.insert(walk, Rights.USER_READ);
        }
        return tlb.counts().getFirst().misses;
    }

    @Test
    void aPresetIsItselfWithoutOptions() {
        assertThat(misses(create(Map.of()), 1, 2, 3, 4, 5, 1)).isEqualTo(6);
        assertThat(misses(create(Map.of()), 1, 2, 3, 4, 1, 5, 1)).isEqualTo(5);
        assertThat(preset.options().getFirst().description()).contains("4xfull+2xfull");
        assertThat(preset.options().get(1).description()).contains("16x4");
    }

    @Test
    void aGroupTakesOtherSizesArrayByArray() {
        assertThat(misses(create(Map.of("l1", "8xfull+2x1")), 1, 2, 3, 4, 5, 1)).isEqualTo(5);
        assertThat(misses(create(Map.of("l1", "2x1+2x1")), 1, 3, 2, 1)).as("1 and 3 lie in one set").isEqualTo(4);
        assertThat(misses(create(Map.of("l1", "2x2+2x1")), 1, 3, 1)).isEqualTo(2);
    }

    @Test
    void allGroupsTakeAnotherReplacement() {
        int[] pages = {1, 1, 1, 2, 3, 4, 5, 6, 1};
        assertThat(misses(create(Map.of("replacement", "lru")), pages)).isEqualTo(7);
        assertThat(misses(create(Map.of("replacement", "lfu")), pages)).as("1 was used most").isEqualTo(6);
    }

    @Test
    void whatIsNoSizeIsRefused() {
        for (String size : new String[] {"64", "0x1", "6x4", "64x", "x4", "64xfull", "8x4x2+1x1", "64x4+0x0",
            "9999999999x1+1x1"}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> create(Map.of("l1", size)))
                    .withMessageContaining("l1=" + size);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> create(Map.of("l1", "64x4")))
                .withMessageContaining("2 arrays")
                .withMessageContaining("4xfull+2xfull");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> create(Map.of("replacement", "fifo")))
                .withMessageContaining("fifo")
                .withMessageContaining("lru, lfu, plru, random");
    }
}

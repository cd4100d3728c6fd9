package org.memvirt.api.table;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.memvirt.api.invalidation.InvalidationEvent;
import org.memvirt.api.table.Invalidation.Reach;

final class InvalidationTest {
    @Test
    void aLeafIsToldFromATableAndAPageFromARange() {
        assertThat(Invalidation.page(0x5000, 12).event(true)).isEqualTo(InvalidationEvent.PAGE_LEAF);
        assertThat(Invalidation.page(0x20_0000, 21).event(false)).isEqualTo(InvalidationEvent.PAGE_LEAF_OF_SPACE);
        assertThat(Invalidation.tables(0x20_0000, 1 << 21).event(true)).isEqualTo(InvalidationEvent.PAGE);
        assertThat(Invalidation.tables(0x20_0000, 1 << 21).event(false)).isEqualTo(InvalidationEvent.PAGE_OF_SPACE);
        Invalidation leaves = new Invalidation(Reach.LEAF, 0x5000, 0x3000, 12);
        assertThat(leaves.event(true)).isEqualTo(InvalidationEvent.RANGE_LEAF);
        assertThat(leaves.event(false)).isEqualTo(InvalidationEvent.RANGE_LEAF_OF_SPACE);
        Invalidation all = new Invalidation(Reach.TABLES, 0x40_0000, 0x40_0000, 21);
        assertThat(all.event(true)).isEqualTo(InvalidationEvent.RANGE);
        assertThat(all.event(false)).isEqualTo(InvalidationEvent.RANGE_OF_SPACE);
    }
}

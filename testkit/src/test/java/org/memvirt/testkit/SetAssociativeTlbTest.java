package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.TlbPreset.Array;
import org.memvirt.api.tlb.TlbPreset.Group;
import org.memvirt.api.tlb.TlbPreset.OtherSizes;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.block.SetAssociativeTlb;

/** The engine's TLB keeps the contract. */
final class SetAssociativeTlbTest extends TlbContract {
    @Override
    protected Tlb tlb(TlbPreset preset) {
        return new SetAssociativeTlb(preset, 7);
    }

    private static Array array(Integer... shifts) {
        return new Array(List.of(shifts), 1, 4, TlbPreset.Replacement.LRU);
    }

    private Tlb twoLevels(OtherSizes others, Array... second) {
        return tlb(new TlbPreset(
                "t",
                "t",
                "t",
                List.of(
                        new Group("l1", 1, true, true, List.of(array(12), array(21, 30))),
                        new Group("l2", 2, true, true, List.of(second), others))));
    }

    @Test
    void aSizeIsWholeWhereEveryLevelKeepsItWhole() {
        assertThat(twoLevels(OtherSizes.SPLINTER, array(12, 21, 30)).wholeSizes())
                .isEqualTo(1L << 12 | 1L << 21 | 1L << 30);
        assertThat(twoLevels(OtherSizes.SPLINTER, array(12), array(30)).wholeSizes())
                .isEqualTo(1L << 12 | 1L << 30);
        assertThat(twoLevels(OtherSizes.BYPASS, array(12)).wholeSizes())
                .as("what passes a level by is in no pieces there")
                .isEqualTo(1L << 12 | 1L << 21 | 1L << 30);
    }

    @Test
    void aPageOfAnotherSizePassesALevelBy() {
        for (OtherSizes others : OtherSizes.values()) {
            Tlb tlb = twoLevels(others, new Array(List.of(12), 1, 8, TlbPreset.Replacement.LRU));
            tlb.select(1, 0);
            Walk walk = Walk.outer();
            walk.pageShift = 21;
            walk.stage1Shift = 21;
            walk.allowed = Rights.ALL;
            AccessBatch batch = new AccessBatch(1);
            // Five large pages, of which the first level keeps four.
            for (long page = 0; page < 5; page++) {
                batch.clear();
                batch.add(page << 21, Rights.USER_READ);
                assertThat(tlb.advance(batch, 0, 1)).isZero();
                walk.inputAddress = page << 21;
                tlb.insert(walk, Rights.USER_READ);
            }
            assertThat(tlb.probe(4L << 21, Rights.USER_READ, walk)).isTrue();
            assertThat(tlb.probe(1L << 21, Rights.USER_READ, walk)).isTrue();
            assertThat(tlb.probe(0, Rights.USER_READ, walk)).as("the first page, %s", others)
                    .isEqualTo(others == OtherSizes.SPLINTER);
            batch.clear();
            batch.add(1L << 21, Rights.USER_READ);
            assertThat(tlb.advance(batch, 0, 1)).isOne();
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Group("l1", 1, true, true, List.of(array(12)), OtherSizes.BYPASS))
                .withMessageContaining("'l1'");
    }

    /** One read or write of a user; if it misses, the walk answers with a page that has these rights. */
    private static boolean hits(Tlb tlb, AccessBatch batch, long address, int needed, int pageShift, int allowed) {
        int at = batch.length;
        batch.add(address, needed);
        if (tlb.advance(batch, at, at + 1) > at) {
            return true;
        }
        Walk walk = Walk.outer();
        walk.inputAddress = address;
        walk.outputAddress = address;
        walk.pageShift = pageShift;
        walk.allowed = allowed;
        tlb.insert(walk, needed);
        return false;
    }

    private static boolean reads(Tlb tlb, AccessBatch batch, long address, int pageShift) {
        return hits(tlb, batch, address, Rights.USER_READ, pageShift, Rights.READ);
    }

    @Test
    void aSmallPageInPlaceOfALargeOneThatLackedARightLeavesNothingOfIt() {
        for (OtherSizes others : OtherSizes.values()) {
            Tlb tlb = twoLevels(others, array(12));
            tlb.select(1, 0);
            AccessBatch batch = new AccessBatch(8);
            assertThat(reads(tlb, batch, 0, 21)).isFalse();
            assertThat(reads(tlb, batch, 0x3000, 21)).isTrue();
            assertThat(hits(tlb, batch, 0, Rights.USER_WRITE, 12, Rights.ALL)).isFalse();
            assertThat(hits(tlb, batch, 0, Rights.USER_WRITE, 12, Rights.ALL)).isTrue();
            assertThat(reads(tlb, batch, 0x3000, 12)).as("another page of the large one").isFalse();
        }
    }

    @Test
    void theFirstLargePageOfASetCountsInItsOrderOfUse() {
        Tlb tlb = tlb(new TlbPreset(
                "t",
                "t",
                "t",
                List.of(
                        new Group("l1d", 1, true, false,
                                List.of(new Array(List.of(12, 21), 16, 2, TlbPreset.Replacement.LRU))),
                        new Group("l1i", 1, false, true,
                                List.of(new Array(List.of(12), 16, 2, TlbPreset.Replacement.LRU))))));
        tlb.select(1, 0);
        AccessBatch batch = new AccessBatch(8);
        assertThat(reads(tlb, batch, 0, 12)).isFalse();
        assertThat(reads(tlb, batch, (16L << 21) + 0x1000, 21)).as("a large page of the same set").isFalse();
        assertThat(reads(tlb, batch, 0, 12)).isTrue();
        assertThat(reads(tlb, batch, 0x1_0000, 12)).as("takes the place of the large page").isFalse();
        assertThat(reads(tlb, batch, 0, 12)).isTrue();
    }
}

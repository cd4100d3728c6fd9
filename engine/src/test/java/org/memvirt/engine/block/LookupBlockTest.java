package org.memvirt.engine.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.TlbPreset.Array;
import org.memvirt.api.tlb.TlbPreset.Group;
import org.memvirt.api.tlb.TlbPreset.OtherSizes;
import org.memvirt.api.tlb.TlbPreset.Replacement;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;

/** What is seen of the blocks that a TLB looks up ahead: what it foresees, and that it gives them up where it must. */
final class LookupBlockTest {
    private static final int R = Rights.USER_READ;
    private static final int W = Rights.USER_WRITE;
    private static final int X = Rights.USER_EXECUTE;
    private static final long PAGE = -4096;

    /** A page of the same row, and set of level 1, is that many pages away. */
    private static final int ROW = 16;

    private final Walk walk = Walk.outer();
    private final WalkBatch walks = WalkBatch.outer(false);
    private final long[] words = new long[2 * LookupBlock.RUNS];

    private static Array lru(int sets, int ways, Integer... shifts) {
        return new Array(List.of(shifts), sets, ways, Replacement.LRU);
    }

    private static Group level(int level, boolean data, boolean code, Array... arrays) {
        String name = "l" + level + (data ? "d" : "") + (code ? "i" : "");
        return new Group(name, level, data, code, List.of(arrays), level > 1 ? OtherSizes.BYPASS : OtherSizes.SPLINTER);
    }

    private static TlbPreset preset(Group... groups) {
        return new TlbPreset("t", "t", "t", List.of(groups));
    }

    private static SetAssociativeTlb tlb(TlbPreset preset) {
        SetAssociativeTlb tlb = new SetAssociativeTlb(preset, 1);
        tlb.select(1, 1);
        return tlb;
    }

    /** The usual kind; level 2 is split, too, and takes small pages alone. */
    private static SetAssociativeTlb usual() {
        return tlb(preset(
                level(1, true, false, lru(16, 4, 12), lru(1, 4, 21)),
                level(1, false, true, lru(16, 3, 12), lru(1, 4, 21)),
                level(2, true, false, lru(64, 8, 12)),
                level(2, false, true, lru(32, 8, 12))));
    }

    private static AccessBatch batch(int kind, IntStream pages) {
        AccessBatch batch = new AccessBatch(8192);
        pages.forEach(page -> batch.add((long) page << 12 | 8, kind));
        return batch;
    }

    private static AccessBatch pages(int from, int to) {
        return batch(R, IntStream.range(from, to));
    }

    private void insert(SetAssociativeTlb tlb, AccessBatch batch, int at, int shift, int allowed) {
        walk.inputAddress = batch.addresses[at];
        walk.outputAddress = batch.addresses[at] + (1L << 40);
        walk.pageShift = shift;
        walk.allowed = allowed;
        tlb.insert(walk, batch.kinds[at]);
    }

    /** Plays all of it; returns the pages that miss. */
    private List<Integer> play(SetAssociativeTlb tlb, AccessBatch batch) {
        Stream.Builder<Integer> missed = Stream.builder();
        int at = tlb.advance(batch, 0, batch.length);
        while (at < batch.length) {
            missed.add((int) (batch.addresses[at] >>> 12));
            insert(tlb, batch, at, 12, Rights.ALL);
            at = tlb.advance(batch, at + 1, batch.length);
        }
        return missed.build().toList();
    }

    private static List<Integer> range(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    private List<Integer> foreseen(SetAssociativeTlb tlb) {
        return IntStream.range(0, tlb.pendingMisses(words))
                .mapToObj(i -> (int) (words[i] >>> 12))
                .toList();
    }

    /** Answers the first of what is foreseen, each page with itself. */
    private int answer(SetAssociativeTlb tlb, int count) {
        tlb.pendingMisses(words);
        for (int i = 0; i < count; i++) {
            walks.output[i] = words[i] & PAGE;
            walks.allowed[i] = Rights.ALL;
        }
        return tlb.insertAll(walks, count);
    }

    private static String counts(SetAssociativeTlb tlb) {
        StringBuilder text = new StringBuilder();
        tlb.counts().forEach(group -> text.append(
                "%s %d+%d ".formatted(group.group, group.hits, group.misses)));
        return text.toString().trim();
    }

    static Stream<TlbPreset> usualPresets() {
        return Stream.of(
                preset(level(1, true, false, lru(16, 4, 12)), level(1, false, true, lru(32, 2, 12)),
                        level(2, true, true, lru(12, 5, 12))),
                preset(level(1, true, false, lru(16, 4, 12), lru(1, 4, 21)), level(1, false, true, lru(16, 4, 12, 21)),
                        level(2, true, false, lru(1, 16, 12, 21), lru(1, 2, 30)),
                        level(2, false, true, lru(3, 1, 12))));
    }

    @ParameterizedTest
    @MethodSource({"usualPresets", "otherPresets"})
    void everyMissOfABatchIsForeseenInOrder(TlbPreset preset) {
        SetAssociativeTlb tlb = tlb(preset);
        AccessBatch batch = pages(0, 200);
        assertThat(tlb.pendingMisses(words)).as("nothing is under way").isZero();
        assertThat(tlb.advance(batch, 0, batch.length)).isZero();
        assertThat(foreseen(tlb)).isEqualTo(range(0, 200));
        insert(tlb, batch, 0, 12, Rights.ALL);
        assertThat(foreseen(tlb)).as("what is answered is foreseen no more").isEqualTo(range(1, 200));
        assertThat(tlb.advance(batch, 1, batch.length)).isOne();
        assertThat(foreseen(tlb)).isEqualTo(range(1, 200));
        assertThat(tlb.pendingMisses(new long[7])).as("as many as there is room for").isEqualTo(7);
    }

    static Stream<TlbPreset> otherPresets() {
        Group data = level(1, true, false, lru(16, 4, 12));
        Group code = level(1, false, true, lru(16, 4, 12));
        Group both = level(2, true, true, lru(64, 4, 12));
        return Stream.of(
                preset(data, code),
                preset(data, code, both, level(3, true, true, lru(64, 4, 12))),
                preset(data, code, both, level(3, false, true, lru(64, 4, 12))),
                preset(level(1, true, true, lru(16, 4, 12)), both),
                preset(level(1, true, false, lru(8, 4, 12)), code, both),
                preset(data, level(1, false, true, lru(8, 4, 12)), both),
                preset(level(1, true, false, lru(48, 4, 12)), code, both),
                preset(level(1, true, false, lru(16, 1, 12)), code, both),
                preset(level(1, true, false, lru(16, 4, 21)), code, both),
                preset(data, code, level(2, true, true, lru(64, 17, 12))),
                preset(data, code, level(2, true, true, lru(64, 4, 21))),
                preset(data, code, level(2, true, true, lru(64, 4, 12), lru(64, 4, 12, 21))),
                preset(
                        data,
                        code,
                        level(2, true, true, new Array(List.of(12), 64, 4, Replacement.RANDOM))));
    }

    @Test
    void aFewAccessesAreNotWorthABlock() {
        SetAssociativeTlb tlb = usual();
        AccessBatch batch = pages(0, 200);
        assertThat(tlb.advance(batch, 0, 8)).isZero();
        assertThat(tlb.pendingMisses(words)).isZero();
        insert(tlb, batch, 0, 12, Rights.ALL);
        assertThat(tlb.advance(batch, 1, 200)).isOne();
        assertThat(foreseen(tlb)).isEqualTo(range(1, 200));
    }

    @Test
    void whatIsForeseenIsAnsweredTogetherAndHitsBetweenAreDone() {
        SetAssociativeTlb tlb = usual();
        AccessBatch batch = batch(X, IntStream.range(0, 400).map(i -> i % 4 == 0 ? i : 0));
        assertThat(tlb.advance(batch, 0, batch.length)).isZero();
        assertThat(foreseen(tlb)).hasSize(100);
        assertThat(answer(tlb, 3)).as("behind the third miss").isEqualTo(9);
        assertThat(tlb.advance(batch, 9, batch.length)).isEqualTo(12);
        assertThat(answer(tlb, 60)).isEqualTo(249);
        assertThat(foreseen(tlb)).hasSize(37);
        assertThat(answer(tlb, 37)).isEqualTo(397);
        assertThat(tlb.advance(batch, 397, batch.length)).isEqualTo(400);
        assertThat(counts(tlb)).isEqualTo("l1d 0+0 l1i 300+100 l2d 0+0 l2i 0+100");
        assertThat(play(tlb, batch(X, IntStream.range(68, 100).map(i -> 4 * i)))).isEmpty();
    }

    @Test
    void aLongBatchIsTakenInBlocksOneAfterAnother() {
        for (boolean found : new boolean[] {false, true}) {
            SetAssociativeTlb tlb = usual();
            AccessBatch batch = pages(0, 5000);
            if (found) {
                batch = new FilteredBatch(batch);
            }
            int at = 0;
            while (at < batch.length) {
                assertThat(tlb.advance(batch, at, batch.length)).isEqualTo(at);
                int end = Math.min(batch.length, (at / LookupBlock.RUNS + 1) * LookupBlock.RUNS);
                assertThat(foreseen(tlb)).isEqualTo(range(at, end));
                at = answer(tlb, Math.min(end - at, WalkBatch.CAPACITY));
            }
            assertThat(counts(tlb)).isEqualTo("l1d 0+5000 l1i 0+0 l2d 0+5000 l2i 0+0");
        }
    }

    @Test
    void rightsThatAreNeededLaterAreForeseenWithTheMiss() {
        SetAssociativeTlb tlb = usual();
        AccessBatch batch = pages(0, 100);
        batch.add(0, W);
        batch.add((64L + ROW) << 12, W);
        assertThat(tlb.advance(batch, 0, batch.length)).isZero();
        assertThat(foreseen(tlb)).isEqualTo(range(0, 100));
        assertThat(words[0] & ~PAGE).as("found in level 2 when written").isEqualTo(R | W);
        assertThat(words[64 + ROW] & ~PAGE).as("found in level 1").isEqualTo(R | W);
        assertThat(words[1] & ~PAGE).isEqualTo(R);
    }

    @Test
    void rightsThatTheWalkGaveBeyondWhatWasAskedAreKnownToTheNextBlock() {
        SetAssociativeTlb tlb = usual();
        assertThat(play(tlb, pages(0, 40))).hasSize(40);
        AccessBatch batch = batch(W, IntStream.concat(IntStream.range(0, 40), IntStream.range(100, 140)));
        assertThat(tlb.advance(batch, 0, batch.length)).isEqualTo(40);
        assertThat(foreseen(tlb)).isEqualTo(range(100, 140));
        assertThat(play(tlb, batch)).isEqualTo(range(100, 140));
    }

    @Test
    void aBlockKeepsWhatWasThereBefore() {
        for (int kind : new int[] {R, X}) {
            SetAssociativeTlb tlb = usual();
            for (int page = 0; page < ROW; page++) {
                assertThat(play(tlb, batch(kind, IntStream.of(page)))).hasSize(1);
            }
            assertThat(play(tlb, batch(kind, IntStream.range(ROW, 3 * ROW)))).hasSize(2 * ROW);
            for (int page = 0; page < 3 * ROW; page++) {
                assertThat(tlb.probe((long) page << 12, kind, walk)).isTrue();
                assertThat(walk.outputAddress).isEqualTo(((long) page << 12) + (1L << 40));
                assertThat(play(tlb, batch(kind, IntStream.of(page)))).isEmpty();
            }
            assertThat(counts(tlb)).as("all of them fit in level 1").contains(" 48+48 ");
        }
    }

    @Test
    void aGlobalPageOfLevelTwoIsFoundWithinABlock() {
        for (int kind : new int[] {R, X}) {
            SetAssociativeTlb tlb = usual();
            AccessBatch global = batch(kind, IntStream.of(0));
            assertThat(tlb.advance(global, 0, 1)).isZero();
            walk.global = true;
            insert(tlb, global, 0, 12, Rights.ALL);
            walk.global = false;
            for (int page = ROW; page <= 4 * ROW; page += ROW) {
                assertThat(play(tlb, batch(kind, IntStream.of(page)))).hasSize(1);
            }
            assertThat(counts(tlb)).contains(" 0+5 ");
            tlb.select(1, 2);
            IntStream pages = IntStream.range(100, 180).map(i -> i == 150 ? 0 : i);
            assertThat(play(tlb, batch(kind, pages))).hasSize(79).doesNotContain(0);
        }
    }

    @Test
    void whatHitsInLevelTwoDoesNotEndABlock() {
        for (int kind : new int[] {R, X}) {
            SetAssociativeTlb tlb = usual();
            assertThat(play(tlb, batch(kind, IntStream.range(0, 200)))).hasSize(200);
            AccessBatch batch = batch(kind, IntStream.concat(IntStream.range(0, 50), IntStream.range(300, 340)));
            assertThat(tlb.advance(batch, 0, batch.length)).isEqualTo(50);
            assertThat(foreseen(tlb)).isEqualTo(range(300, 340));
        }
    }

    @Test
    void aBlockEndsWhereEverythingIsInvalidated() {
        SetAssociativeTlb tlb = usual();
        AccessBatch batch = pages(0, 100);
        assertThat(tlb.advance(batch, 0, batch.length)).isZero();
        insert(tlb, batch, 0, 12, Rights.ALL);
        assertThat(tlb.advance(batch, 1, batch.length)).isOne();
        insert(tlb, batch, 1, 12, Rights.ALL);
        tlb.invalidateAll();
        assertThat(tlb.probe(0, R, walk)).isFalse();
        assertThat(tlb.probe(1 << 12, R, walk)).isFalse();
        assertThat(play(tlb, batch)).isEqualTo(range(0, 100));
    }

    @Test
    void aWalkThatDoesNotAllowWhatTheBlockNeedsEndsIt() {
        SetAssociativeTlb tlb = usual();
        AccessBatch batch = pages(0, 60);
        batch.add(0, W);
        assertThat(tlb.advance(batch, 0, batch.length)).isZero();
        insert(tlb, batch, 0, 12, R);
        assertThat(tlb.pendingMisses(words)).as("it is made one by one now").isZero();
        for (int at = 1; at < batch.length; at++) {
            assertThat(tlb.advance(batch, at, batch.length)).isEqualTo(at);
            insert(tlb, batch, at, 12, Rights.ALL);
        }
        assertThat(counts(tlb)).isEqualTo("l1d 0+61 l1i 0+0 l2d 0+61 l2i 0+0");
    }

    @Test
    void aLargePageOfLevelOneIsFoundWithinABlock() {
        for (int kind : new int[] {R, X}) {
            SetAssociativeTlb tlb = usual();
            AccessBatch large = batch(kind, IntStream.of(5 << 9));
            assertThat(tlb.advance(large, 0, 1)).isZero();
            insert(tlb, large, 0, 21, Rights.ALL);
            IntStream pages = IntStream.range(0, 80).map(i -> i == 50 ? (5 << 9) + 3 : i);
            assertThat(play(tlb, batch(kind, pages))).hasSize(79).doesNotContain((5 << 9) + 3);
        }
    }

    @Test
    void aBlockThatIsLeftAfterAnAnswerCountsWhatWasDone() {
        SetAssociativeTlb tlb = usual();
        AccessBatch batch = batch(X, IntStream.range(0, 100));
        assertThat(tlb.advance(batch, 0, batch.length)).isZero();
        insert(tlb, batch, 0, 12, Rights.ALL);
        tlb.select(1, 2);
        assertThat(counts(tlb)).isEqualTo("l1d 0+0 l1i 0+1 l2d 0+0 l2i 0+1");
        tlb.select(1, 1);
        assertThat(tlb.probe(0, X, walk)).isTrue();
        assertThat(tlb.probe(1 << 12, X, walk)).isFalse();
        assertThat(play(tlb, batch)).isEqualTo(range(1, 100));
        assertThat(counts(tlb)).isEqualTo("l1d 0+0 l1i 1+100 l2d 0+0 l2i 0+100");
    }

    @Test
    void aBlockThatIsGivenUpIsMadeOneByOneAndBlocksComeBackLater() {
        SetAssociativeTlb tlb = usual();
        AccessBatch batch = pages(0, 100);
        assertThat(tlb.advance(batch, 0, batch.length)).isZero();
        tlb.cancelMiss(R);
        assertThat(counts(tlb)).as("a fault is no miss").isEqualTo("l1d 0+0 l1i 0+0 l2d 0+0 l2i 0+0");
        assertThat(tlb.advance(batch, 0, batch.length)).isZero();
        assertThat(tlb.pendingMisses(words)).as("what comes next may fault, too").isZero();
        insert(tlb, batch, 0, 12, Rights.ALL);
        assertThat(play(tlb, batch(R, IntStream.range(0, 1000).map(any -> 0)))).isEmpty();
        assertThat(tlb.advance(batch, 0, batch.length)).isOne();
        assertThat(foreseen(tlb)).isEqualTo(range(1, 100));
    }

    @Test
    void afterAFaultBlocksComeBackThoughEveryAccessMisses() {
        SetAssociativeTlb tlb = usual();
        AccessBatch first = pages(0, 2000);
        assertThat(tlb.advance(first, 0, first.length)).isZero();
        tlb.cancelMiss(R);
        int at = 0;
        while (tlb.advance(first, at, first.length) == at && tlb.pendingMisses(words) == 0) {
            insert(tlb, first, at, 12, Rights.ALL);
            at++;
        }
        assertThat(at).as("accesses made one by one").isBetween(1, 200);
    }
}

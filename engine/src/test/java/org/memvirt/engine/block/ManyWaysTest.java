package org.memvirt.engine.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.EnumSource.Mode.EXCLUDE;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.TlbPreset.Array;
import org.memvirt.api.tlb.TlbPreset.Group;
import org.memvirt.api.tlb.TlbPreset.Replacement;
import org.memvirt.api.walk.Walk;

/** Level 1 of few sets with many ways is by the block what it is one access after another, where its sets just suffice, too. */
final class ManyWaysTest {
    private static final int ROUNDS = 150;
    private static final int BATCH = 900;

    private final Walk walk = Walk.outer();

    private static TlbPreset preset(int sets, int ways) {
        return new TlbPreset("t", "t", "t", List.of(
                new Group("l1d", 1, true, false, List.of(new Array(List.of(12), sets, ways, Replacement.LRU))),
                new Group("l1i", 1, false, true, List.of(new Array(List.of(12), sets, ways, Replacement.LRU))),
                new Group("l2", 2, true, true, List.of(new Array(List.of(12), 8, 12, Replacement.LRU)))));
    }

    /** Rounds through about as many pages as there are entries, and back to pages of a short time ago. */
    private static AccessBatch draw(SplittableRandom random, int entries) {
        AccessBatch batch = new AccessBatch(BATCH);
        int pages = Math.max(2, entries - 4 + random.nextInt(24));
        int next = random.nextInt(pages);
        int kind = random.nextInt(6) == 0 ? Rights.USER_EXECUTE : Rights.USER_READ;
        while (!batch.isFull()) {
            int page = random.nextInt(3) == 0 ? next - random.nextInt(40) : next++;
            int other = random.nextInt(30) == 0 ? Rights.USER_WRITE : kind;
            batch.add((long) Math.floorMod(page, pages) << 12, other);
        }
        return batch;
    }

    private void insert(Tlb tlb, AccessBatch batch, int at, int allowed) {
        walk.inputAddress = batch.addresses[at];
        walk.outputAddress = batch.addresses[at];
        walk.pageShift = 12;
        walk.allowed = allowed;
        tlb.insert(walk, batch.kinds[at]);
    }

    private List<String> play(Tlb tlb, AccessBatch batch, SplittableRandom random, boolean oneByOne) {
        List<String> missed = new ArrayList<>();
        int at = 0;
        while (at < batch.length) {
            int end = oneByOne ? at + 1 : batch.length;
            at = tlb.advance(batch, at, end);
            if (at < end) {
                missed.add(at + ": 0x" + Long.toHexString(batch.addresses[at]));
                insert(tlb, batch, at, random.nextInt(60) == 0 ? batch.kinds[at] : Rights.ALL);
                at++;
            }
        }
        return missed;
    }

    private static List<List<Long>> counts(Tlb tlb) {
        return tlb.counts().stream().map(group -> List.of(group.hits, group.misses)).toList();
    }

    @ParameterizedTest
    @CsvSource({"1, 9", "1, 10", "1, 14", "1, 15", "1, 31", "1, 32", "2, 7", "2, 8", "4, 2", "12, 3", "1, 48", "1, 72",
        "2, 23", "2, 24", "4, 10", "4, 15", "4, 20", "8, 17", "8, 32", "16, 2", "20, 10", "32, 16"})
    void aBlockIsTheSameAsItsAccessesOneByOne(int sets, int ways) {
        SplittableRandom random = new SplittableRandom(sets * 100L + ways);
        Tlb blocks = new SetAssociativeTlb(preset(sets, ways), 1);
        Tlb single = new SetAssociativeTlb(preset(sets, ways), 1);
        blocks.select(1, 1);
        single.select(1, 1);
        for (int round = 0; round < ROUNDS; round++) {
            AccessBatch drawn = draw(random, sets * ways);
            AccessBatch batch = random.nextBoolean() ? new FilteredBatch(drawn) : drawn;
            long seed = random.nextLong();
            assertThat(play(blocks, batch, new SplittableRandom(seed), false))
                    .as("round %d", round)
                    .isEqualTo(play(single, batch, new SplittableRandom(seed), true));
            assertThat(counts(blocks)).as("round %d", round).isEqualTo(counts(single));
        }
    }

    @ParameterizedTest
    @CsvSource({"9,", "10, GAP_OF_10", "14, GAP_OF_10", "15, GAP_OF_15", "31, GAP_OF_15", "32, GAP_OF_32",
        "47, GAP_OF_32", "72, GAP_OF_48"})
    void theFilterIsForSoManyWays(int ways, L1Filter.Kind expected) {
        assertThat(Stream.of(L1Filter.Kind.values())
                .filter(kind -> kind.suits(ways))
                .findFirst()
                .orElse(null))
                        .isEqualTo(expected);
    }

    private static AccessBatch reads(IntStream pages) {
        AccessBatch batch = new AccessBatch(1 << 14);
        pages.forEach(page -> batch.add((long) page << 12, Rights.USER_READ));
        return batch;
    }

    private static SetAssociativeTlb tlb(int ways) {
        SetAssociativeTlb tlb = new SetAssociativeTlb(preset(1, ways), 1);
        tlb.select(1, 1);
        return tlb;
    }

    /** A page is left for so many others that its entry stays just so, or just not. */
    @ParameterizedTest
    @EnumSource(mode = EXCLUDE, names = "BY_ROWS")
    void aRunGoesOnWhereThereAreWaysEnough(L1Filter.Kind kind) {
        int ways = kind.gap;
        for (int others : new int[] {ways - 1, ways}) {
            AccessBatch batch = reads(Stream.of(
                    IntStream.rangeClosed(0, others),
                    // So many that it is worth a block.
                    IntStream.generate(() -> 0).limit(64))
                    .flatMapToInt(pages -> pages));
            int misses = others + 1 + (others < ways ? 0 : 1);
            for (boolean oneByOne : new boolean[] {true, false}) {
                SetAssociativeTlb tlb = tlb(ways);
                play(tlb, batch, new SplittableRandom(0), oneByOne);
                assertThat(tlb.counts().getFirst().misses).isEqualTo(misses);
            }
        }
    }

    /** Each 10 of other pages are followed by page 0, until the batch is given up when 7 were not. */
    @Test
    void anEntryWhoseRunIsGivenUpIsAsOldAsItsLastUse() {
        AccessBatch batch = new FilteredBatch(reads(IntStream.range(0, 11 * 400)
                .map(at -> at % 11 == 0 ? 0 : 16 * (at / 11) + at % 11)));
        SetAssociativeTlb tlb = tlb(48);
        int at = tlb.advance(batch, 0, batch.length);
        for (int misses = 0; misses < LookupBlock.RUNS; misses++) {
            insert(tlb, batch, at, Rights.ALL);
            at = tlb.advance(batch, at + 1, batch.length);
        }
        assertThat(at % 11).as("other pages since page 0").isEqualTo(8);
        play(tlb, reads(IntStream.range(100_000, 100_040)), new SplittableRandom(0), false);
        assertThat(tlb.probe(0, Rights.USER_READ, walk)).as("with 47 others").isTrue();
        play(tlb, reads(IntStream.of(100_040)), new SplittableRandom(0), false);
        assertThat(tlb.probe(0, Rights.USER_READ, walk)).as("with 48 others").isFalse();
    }
}

package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.BatchTlb;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.TlbPreset.Replacement;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.block.FilteredBatch;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.tlb.BruteForceTlb;
import org.memvirt.testkit.tlb.RandomPresets;
import org.memvirt.testkit.tlb.TlbPlayer;
import org.memvirt.testkit.tlb.Translations;
import org.memvirt.testkit.trial.Allocations;
import org.memvirt.testkit.trial.Seeds;

/**
 * All that a TLB owes. With LRU and LFU it hits and misses exactly as {@link BruteForceTlb} does; with any replacement it gives
 * only what was inserted and not invalidated since.
 */
public abstract class TlbContract {
    private static final List<Integer> SIZES = List.of(12, 21, 12, 30);
    private static final List<Integer> SMALL_PAGES = List.of(12);
    private static final List<Integer> MANY_SIZES = List.of(12, 14, 16, 18, 20, 21, 22, 25, 28, 30, 32, 34);
    private static final int BATCHES = 40;
    private static final int BATCH = 120;

    /** A new, empty TLB of this preset. */
    protected abstract Tlb tlb(TlbPreset preset);

    /** Presets to test beside those drawn by chance; LRU throughout. */
    protected List<TlbPreset> presets() {
        return List.of(AssembledMachine.REFERENCE_TLB);
    }

    /** A preset drawn by chance, or null if only {@link #presets} can be built. */
    protected TlbPreset drawPreset(SplittableRandom random, Replacement replacement) {
        return switch (random.nextInt(4)) {
            case 0 -> RandomPresets.drawUsual(random, replacement);
            case 1 -> RandomPresets.drawAssociative(random, replacement);
            default -> RandomPresets.draw(random, replacement);
        };
    }

    @Test
    void anLruTlbHitsAndMissesAsTheRulesSay() {
        Seeds.rounds(60, random -> compareWithRules(drawPreset(random, Replacement.LRU), random, SIZES));
    }

    @Test
    void anLfuTlbHitsAndMissesAsTheRulesSay() {
        Seeds.rounds(40, random -> compareWithRules(drawPreset(random, Replacement.LFU), random, SIZES));
    }

    @Test
    void anLruTlbOfSmallPagesAloneHitsAndMissesAsTheRulesSay() {
        Seeds.rounds(30, random -> compareWithRules(drawPreset(random, Replacement.LRU), random, SMALL_PAGES));
    }

    @Test
    void arraysOfManyPageSizesHitAndMissAsTheRulesSay() {
        Seeds.rounds(10, random -> {
            List<Integer> sizes = RandomPresets.some(random, MANY_SIZES, 8);
            compareWithRules(RandomPresets.drawOf(random, Replacement.LRU, MANY_SIZES), random, sizes);
        });
    }

    /** Whatever tags hardware has, an entry goes only when its place is needed or it is invalidated. */
    @Test
    void theEntriesOfThousandsOfSpacesHitAndMissAsTheRulesSay() {
        TlbPreset preset = new TlbPreset(
                "large",
                "room for thousands of spaces",
                "none",
                List.of(
                        new TlbPreset.Group("l1i", 1, false, true, List.of(lru(16, 4))),
                        new TlbPreset.Group("l1d", 1, true, false, List.of(lru(16, 4))),
                        new TlbPreset.Group("l2", 2, true, true, List.of(lru(64, 128)))));
        Seeds.rounds(2, random -> {
            TlbPlayer tested = new TlbPlayer(tlb(preset), SIZES, false);
            TlbPlayer rules = new TlbPlayer(new BruteForceTlb(preset), SIZES, true);
            for (int step = 0; step < 12_000; step++) {
                int space = random.nextInt(step < 4000 ? 3000 : 9000);
                AccessBatch batch = TlbPlayer.batch(random, 1 + random.nextInt(60), 2);
                int gone = random.nextInt(9000);
                boolean invalidates = random.nextInt(50) == 0;
                for (TlbPlayer player : List.of(tested, rules)) {
                    player.select(space);
                    player.play(batch, 0, batch.length);
                    if (invalidates) {
                        player.invalidateSpace(gone);
                    }
                }
            }
            assertThat(tested.misses()).isEqualTo(rules.misses());
            assertThat(tested.counts()).isEqualTo(rules.counts());
        });
    }

    private static TlbPreset.Array lru(int sets, int ways) {
        return new TlbPreset.Array(List.of(12, 21, 30), sets, ways, Replacement.LRU);
    }

    @Test
    void everyPresetHitsAndMissesAsTheRulesSay() {
        for (TlbPreset preset : presets()) {
            Seeds.rounds(4, random -> compareWithRules(preset, random, SIZES));
            Seeds.rounds(4, random -> compareWithRules(preset, random, SMALL_PAGES));
        }
    }

    @Test
    void aTlbThatSeldomFaultsHitsAndMissesAsTheRulesSay() {
        Seeds.rounds(60, random -> {
            TlbPreset preset =
                    switch (random.nextInt(4)) {
                        case 0 -> presets().getFirst();
                        case 1 -> RandomPresets.drawUsual(random, Replacement.LRU);
                        default -> RandomPresets.drawAssociative(random, Replacement.LRU);
                    };
            List<Integer> sizes = random.nextInt(3) == 0 ? SIZES : SMALL_PAGES;
            int poor = random.nextInt(4);
            boolean globals = random.nextInt(4) == 0;
            TlbPlayer tested = new TlbPlayer(tlb(preset), new Translations(sizes, poor, globals), false);
            TlbPlayer rules = new TlbPlayer(new BruteForceTlb(preset), new Translations(sizes, poor, globals), true);
            compare(preset, tested, rules, random, 40 + random.nextInt(1200), 200);
        });
    }

    @Test
    void longBatchesHitAndMissAsTheRulesSay() {
        Seeds.rounds(6, random -> {
            TlbPreset preset = random.nextBoolean()
                    ? presets().getFirst()
                    : RandomPresets.drawAssociative(random, Replacement.LRU);
            TlbPlayer tested = new TlbPlayer(tlb(preset), new Translations(SMALL_PAGES, 0, false), false);
            TlbPlayer rules = new TlbPlayer(new BruteForceTlb(preset), new Translations(SMALL_PAGES, 0, false), true);
            compare(preset, tested, rules, random, 6000, 2000);
        });
    }

    @Test
    void whatATlbForeseesIsWhatMisses() {
        Seeds.rounds(5, random -> {
            for (TlbPreset preset : presets()) {
                Tlb tlb = tlb(preset);
                tlb.select(1, 0);
                AccessBatch batch = TlbPlayer.batch(random, 3000, 700);
                Walk walk = Walk.outer();
                walk.pageShift = 12;
                walk.allowed = Rights.ALL;
                long[] words = new long[1 + random.nextInt(40)];
                int foreseen = 0;
                int met = 0;
                for (int at = tlb.advance(batch, 0, batch.length);
                        at < batch.length;
                        at = tlb.advance(batch, at + 1, batch.length)) {
                    if (met == foreseen) {
                        met = 0;
                        foreseen = tlb instanceof BatchTlb batching ? batching.pendingMisses(words) : 0;
                        assertThat(foreseen).isBetween(0, words.length);
                    }
                    if (foreseen > 0) {
                        assertThat(words[met] & -4096).isEqualTo(batch.addresses[at] & -4096);
                        assertThat(batch.kinds[at] & ~words[met++])
                                .as("rights that were not foreseen")
                                .isZero();
                    }
                    walk.inputAddress = batch.addresses[at];
                    walk.outputAddress = walk.inputAddress;
                    tlb.insert(walk, batch.kinds[at]);
                }
            }
        });
    }

    private void compareWithRules(TlbPreset preset, SplittableRandom random, List<Integer> sizes) {
        TlbPlayer tested = new TlbPlayer(tlb(preset), sizes, false);
        TlbPlayer rules = new TlbPlayer(new BruteForceTlb(preset), sizes, true);
        compare(preset, tested, rules, random, BATCH, 6);
    }

    /** @param calmness one miss in so many is interrupted, in the half of the batches where any is */
    private static void compare(
            TlbPreset preset,
            TlbPlayer tested,
            TlbPlayer rules,
            SplittableRandom random,
            int length,
            int calmness) {
        int pages = 1 + random.nextInt(random.nextBoolean() ? 40 : 600);
        AccessBatch kept = tested.draw(random, length, pages);
        for (int i = 0; i < BATCHES; i++) {
            AccessBatch drawn = random.nextInt(3) == 0 ? kept : tested.draw(random, length, pages);
            AccessBatch batch = random.nextInt(4) == 0 ? new FilteredBatch(drawn) : drawn;
            kept = random.nextInt(8) == 0 ? batch : kept;
            int from = random.nextInt(4) == 0 ? random.nextInt(batch.length) : 0;
            int to = random.nextInt(4) == 0 ? from + random.nextInt(batch.length - from + 1) : batch.length;
            both(tested, rules, (player, any) -> play(player, batch, from, to, any, pages, calmness), random);
            assertThat(tested.misses()).as("which accesses miss in %s", preset).isEqualTo(rules.misses());
            assertThat(tested.counts()).as("%s", preset).isEqualTo(rules.counts());
            SplittableRandom probes = random.split();
            long seed = probes.nextLong();
            assertThat(tested.probes(new SplittableRandom(seed), pages))
                    .as("what %s holds", preset)
                    .isEqualTo(rules.probes(new SplittableRandom(seed), pages));
            both(tested, rules, (player, shared) -> player.happening(shared, pages), random);
        }
    }

    private static void play(
            TlbPlayer player, AccessBatch batch, int from, int to, SplittableRandom random, int pages, int calmness) {
        boolean calm = random.nextBoolean();
        if (calm) {
            player.play(batch, from, to);
            return;
        }
        player.play(batch, from, to, () -> {
            boolean interrupted = random.nextInt(calmness) == 0;
            if (interrupted) {
                player.interrupt(random, pages);
            }
            return interrupted;
        });
    }

    /** The same, with the same random numbers, for both. */
    private static void both(
            TlbPlayer one, TlbPlayer other, BiConsumer<TlbPlayer, SplittableRandom> what, SplittableRandom random) {
        long seed = random.nextLong();
        what.accept(one, new SplittableRandom(seed));
        what.accept(other, new SplittableRandom(seed));
    }

    @Test
    void aBatchIsTheSameAsItsAccessesOneByOneWhateverIsReplaced() {
        for (Replacement replacement : Replacement.values()) {
            Seeds.rounds(15, random -> {
                TlbPreset preset = drawPreset(random, replacement);
                compare(
                        preset,
                        new TlbPlayer(tlb(preset), SIZES, false),
                        new TlbPlayer(tlb(preset), SIZES, true),
                        random,
                        BATCH,
                        6);
            });
        }
    }

    @Test
    void whateverIsReplacedOnlyTranslationsThatHoldAreGiven() {
        for (Replacement replacement : Replacement.values()) {
            Seeds.rounds(15, random -> {
                TlbPreset preset = drawPreset(random, replacement);
                TlbPlayer player = new TlbPlayer(tlb(preset), SIZES, false);
                int pages = 1 + random.nextInt(100);
                for (int i = 0; i < BATCHES; i++) {
                    player.play(player.draw(random, BATCH, pages), 0, BATCH);
                    player.probes(random, pages);
                    player.happening(random, pages);
                }
            });
        }
    }

    @Test
    void lookUpsOfALevelAreTheMissesOfTheLevelBefore() {
        for (Replacement replacement : Replacement.values()) {
            Seeds.rounds(10, random -> {
                TlbPreset preset = drawPreset(random, replacement);
                Tlb tlb = tlb(preset);
                TlbPlayer player = new TlbPlayer(tlb, SIZES, false);
                for (int i = 0; i < BATCHES; i++) {
                    player.play(player.draw(random, BATCH, 60), 0, BATCH);
                    player.happening(random, 60);
                }
                long reaching = player.accesses();
                int level = 1;
                while (reachable(preset, level)) {
                    int at = level;
                    assertThat(sum(preset, tlb, at, true) + sum(preset, tlb, at, false))
                            .as("look-ups at level %d of %s", level, preset)
                            .isEqualTo(reaching);
                    reaching = sum(preset, tlb, at, false);
                    level++;
                }
                assertThat(player.misses()).hasSize((int) reaching);
            });
        }
    }

    private static boolean reachable(TlbPreset preset, int level) {
        return preset.groups().stream().anyMatch(group -> group.level() == level);
    }

    private static long sum(TlbPreset preset, Tlb tlb, int level, boolean hits) {
        long sum = 0;
        for (int i = 0; i < preset.groups().size(); i++) {
            if (preset.groups().get(i).level() == level) {
                sum += hits ? tlb.counts().get(i).hits : tlb.counts().get(i).misses;
            }
        }
        return sum;
    }

    @Test
    void whatWasInvalidatedMissesAtTheNextAccess() {
        for (Replacement replacement : Replacement.values()) {
            Seeds.rounds(10, random -> {
                TlbPreset preset = drawPreset(random, replacement);
                Tlb tlb = tlb(preset);
                TlbPlayer player = new TlbPlayer(tlb, SIZES, false);
                AccessBatch one = new AccessBatch(1);
                for (int i = 0; i < 40; i++) {
                    one.clear();
                    one.add(player.translations().address(random, 20), Rights.USER_READ);
                    long address = one.addresses[0];
                    player.play(one, 0, 1);
                    boolean kept = player.play(one, 0, 1) == 0;
                    assertThat(kept).as("an access right after itself hits").isTrue();
                    switch (i % 3) {
                        case 0 -> tlb.invalidate(TlbPlayer.ofSpace(player.space()), address, 1);
                        case 1 -> tlb.invalidate(TlbPlayer.ofVm(Translations.vmOf(player.space())));
                        default -> tlb.invalidateAll();
                    }
                    assertThat(player.play(one, 0, 1)).as("misses after an invalidation").isOne();
                }
            });
        }
    }

    @Test
    void noGroupHoldsMorePagesThanItHasEntries() {
        for (Replacement replacement : Replacement.values()) {
            Seeds.rounds(10, random -> {
                TlbPreset preset = drawPreset(random, replacement);
                Tlb tlb = tlb(preset);
                TlbPlayer player = new TlbPlayer(tlb, SMALL_PAGES, false);
                AccessBatch batch = new AccessBatch(1500);
                for (int page = 0; page < batch.capacity(); page++) {
                    batch.add((long) page << 12, Rights.USER_READ);
                }
                player.play(batch, 0, batch.length);
                int held = 0;
                for (int page = 0; page < batch.capacity(); page++) {
                    held += tlb.probe((long) page << 12, Rights.USER_READ, Walk.outer()) ? 1 : 0;
                }
                assertThat(held).as("pages held by %s", preset).isBetween(1, dataEntries(preset));
            });
        }
    }

    private static int dataEntries(TlbPreset preset) {
        return preset.groups().stream()
                .filter(TlbPreset.Group::data)
                .flatMap(group -> group.arrays().stream())
                .filter(array -> array.pageShifts().contains(12))
                .mapToInt(TlbPreset.Array::entries)
                .sum();
    }

    @Test
    void anAccessAllocatesNothing() {
        for (TlbPreset preset : presets()) {
            Tlb tlb = tlb(preset);
            tlb.select(1, 0);
            AccessBatch batch = TlbPlayer.batch(Seeds.random(), 4096, 800);
            Walk walk = Walk.outer();
            long bytes = Allocations.of(() -> {
                for (int round = 0; round < 10; round++) {
                    int at = tlb.advance(batch, 0, batch.length);
                    while (at < batch.length) {
                        walk.inputAddress = batch.addresses[at];
                        walk.outputAddress = walk.inputAddress;
                        walk.pageShift = 12;
                        walk.allowed = Rights.ALL;
                        tlb.insert(walk, batch.kinds[at]);
                        at = tlb.advance(batch, at + 1, batch.length);
                    }
                }
            });
            assertThat(bytes).as("bytes that 40960 accesses allocate in %s", preset.name()).isZero();
        }
    }
}

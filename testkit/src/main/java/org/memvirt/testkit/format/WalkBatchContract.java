package org.memvirt.testkit.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;
import java.util.function.IntToLongFunction;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.table.BatchFormat;
import org.memvirt.api.table.MappingConflict;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.walk.BatchPort;
import org.memvirt.api.walk.Trail;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;
import org.memvirt.api.walk.WalkObserver;
import org.memvirt.testkit.trial.Seeds;

/** Walks made side by side: those that are plain answer, and count, as each alone does. */
public interface WalkBatchContract extends FormatUnderTest {
    /** Nothing is left to set. */
    int ACCESSED_DIRTY = PageTable.ACCESSED | PageTable.DIRTY;

    /** Makes one walk as ever. */
    interface Alone {
        void walk(long address, int access);
    }

    @Test
    default void plainWalksSideBySideAnswerAsAlone() {
        Seeds.rounds(60, random -> {
            TableFixture fixture = new TableFixture(format());
            long[] pages = map(
                    fixture.table, random, sizes(random, format().pageShifts()), shift -> randomOutput(random, shift));
            compare(
                    fixture.table.root(),
                    pages,
                    random,
                    fixture.walk,
                    fixture::walk,
                    walks -> walkBatch(walks, pages.length, fixture.port));
        });
    }

    @Test
    default void plainWalksUnderASecondStageAnswerAsAlone() {
        Seeds.rounds(60, random -> {
            List<Integer> hostShifts = TwoStageFixture.pageShifts(stageTwo());
            TwoStageFixture fixture = random.nextBoolean()
                    ? new TwoStageFixture(this, random)
                    : new TwoStageFixture(this, random, List.of(any(random, hostShifts)));
            long[] pages = map(
                    fixture.table, random, sizes(random, TwoStageFixture.pageShifts(format())), shift -> {
                        long page = fixture.randomPage(shift);
                        fixture.back(page, Rights.ALL);
                        return page;
                    });
            compare(
                    fixture.table.root(),
                    pages,
                    random,
                    fixture.walk,
                    fixture::walk,
                    walks -> walkBatch(walks, pages.length, fixture.port));
        });
    }

    /** Radix tables of which nothing is to be changed: batches end at any level, in either stage. */
    @Test
    default void plainWalksToPagesOfOneSizeAreAllMadeSideBySide() {
        assumeTrue(format() instanceof RadixFormat && stageTwo() instanceof RadixFormat);
        for (int shift : TwoStageFixture.pageShifts(format())) {
            TableFixture plain = new TableFixture(format());
            long[] pages = neighbours(shift);
            for (long page : pages) {
                plain.table.map(page, randomOutput(Seeds.random(), shift), shift, Rights.ALL, ACCESSED_DIRTY);
            }
            WalkBatch walks = ask(plain.table.root(), pages, plain::walk);
            assertThat(walkBatch(walks, pages.length, plain.port)).as("2^%d", shift).isEqualTo(pages.length);
            assertThat(walks.pageShift).isEqualTo(shift);
            for (int hostShift : TwoStageFixture.pageShifts(stageTwo())) {
                TwoStageFixture nested = new TwoStageFixture(this, Seeds.random(), List.of(hostShift));
                for (long page : pages) {
                    long gpa = nested.randomPage(shift);
                    nested.back(gpa, Rights.ALL);
                    nested.table.map(page, gpa, shift, Rights.ALL, ACCESSED_DIRTY);
                }
                walks = ask(nested.table.root(), pages, nested::walk);
                assertThat(walkBatch(walks, pages.length, nested.port))
                        .as("2^%d on 2^%d", shift, hostShift)
                        .isEqualTo(pages.length);
                assertThat(walks.stage1Shift).isEqualTo(shift);
                assertThat(walks.stage2Shift).isEqualTo(hostShift);
                assertThat(walks.pageShift).isEqualTo(Math.min(shift, hostShift));
            }
        }
    }

    /** Pages side by side, as many as there is room for, but not more than eight. */
    private long[] neighbours(int shift) {
        long[] pages = new long[(int) Math.min(8, 2L << largestPage() - shift)];
        Arrays.setAll(pages, i -> anchors().getFirst() + ((long) i << shift));
        return pages;
    }

    /** Walks for a right that both stages give, after each was made alone. */
    private WalkBatch ask(long root, long[] pages, Alone alone) {
        WalkBatch walks = WalkBatch.outer(false);
        walks.start(root);
        for (int i = 0; i < pages.length; i++) {
            walks.input[i] = pages[i];
            walks.access[i] =
                    Integer.lowestOneBit(allowedWhenGiven(Rights.ALL) & stageTwoAllowsWhenGiven(Rights.ALL));
            alone.walk(pages[i], walks.access[i]);
        }
        return walks;
    }

    /** Gives a page its size: mostly the same, or any. */
    private static IntSupplier sizes(SplittableRandom random, List<Integer> shifts) {
        int usual = any(random, shifts);
        int unusual = random.nextInt(3) == 0 ? 4 : 200;
        return () -> random.nextInt(unusual) == 0 ? any(random, shifts) : usual;
    }

    private static int any(SplittableRandom random, List<Integer> shifts) {
        return shifts.get(random.nextInt(shifts.size()));
    }

    /** A format that makes no walks side by side leaves all of them to be made alone. */
    private int walkBatch(WalkBatch walks, int count, BatchPort port) {
        return format() instanceof BatchFormat batching ? batching.walkBatch(walks, count, port) : 0;
    }

    private long[] map(PageTable table, SplittableRandom random, IntSupplier shifts, IntToLongFunction output) {
        long[] pages = new long[1 + random.nextInt(WalkBatch.CAPACITY)];
        for (int i = 0; i < pages.length; i++) {
            int shift = shifts.getAsInt();
            long page = randomInput(random, shift);
            pages[i] = page + random.nextLong(1L << shift);
            try {
                int attributes = random.nextInt(4) == 0 ? random.nextInt(8) : ACCESSED_DIRTY;
                table.map(page, output.applyAsLong(shift), shift, randomRights(random), attributes);
            } catch (MappingConflict taken) {
                continue;
            }
        }
        return pages;
    }

    private void compare(
            long root,
            long[] pages,
            SplittableRandom random,
            Walk fixtureWalk,
            Alone alone,
            ToIntFunction<WalkBatch> together) {
        WalkBatch walks = WalkBatch.outer(random.nextBoolean());
        walks.start(root);
        boolean before = random.nextInt(4) != 0;
        for (int i = 0; i < pages.length; i++) {
            walks.input[i] = pages[i];
            walks.access[i] = 1 << random.nextInt(6);
            if (before) {
                alone.walk(pages[i], walks.access[i]);
            }
        }
        int plain = together.applyAsInt(walks);
        assertThat(plain).isBetween(0, pages.length);
        for (int i = 0; i < plain; i++) {
            boolean[] changed = new boolean[1];
            Walk walk = observed(fixtureWalk, alone, pages[i], walks.access[i], changed);
            assertThat(walk.succeeded()).as("%s", walk).isTrue();
            assertThat(changed[0]).as("whether a plain walk changes an entry").isFalse();
            assertThat(walk.global).isFalse();
            assertThat(walks.output[i]).as("%s", walk).isEqualTo(walk.outputAddress);
            assertThat(walks.allowed[i]).as("%s", walk).isEqualTo(walk.allowed);
            assertThat(walks.pageShift).isEqualTo(walk.pageShift);
            assertThat(walks.stage1Shift).isEqualTo(walk.stage1Shift);
            assertThat(walks.stage2Shift).isEqualTo(walk.stage2Shift);
            assertThat(cells(walks)).as("references by cell").isEqualTo(cells(walk.trail));
        }
        if (plain < pages.length && format() instanceof RadixFormat && stageTwo() instanceof RadixFormat) {
            boolean[] changed = new boolean[1];
            Walk walk = observed(fixtureWalk, alone, pages[plain], walks.access[plain], changed);
            boolean unlike = plain > 0 && !isLike(walks, walk);
            assertThat(!walk.succeeded() || changed[0] || walk.global || unlike)
                    .as("whether there is a reason to leave this walk out: %s", walk)
                    .isTrue();
        }
    }

    /** Whether the walk's way leads through pages of the same sizes, in both stages. */
    private static boolean isLike(WalkBatch walks, Walk walk) {
        return walks.stage1Shift == walk.stage1Shift
                && walks.stage2Shift == walk.stage2Shift
                && Arrays.equals(cells(walks), cells(walk.trail));
    }

    /** The walk for the address, alone; notes whether it changes an entry. */
    private static Walk observed(
            Walk walk, Alone alone, long page, int access, boolean[] changed) {
        walk.trail.observe(new WalkObserver() {
            @Override
            public void reference(int guestLevel, int hostLevel, long address, long entry) {
                // Only changes matter here.
            }

            @Override
            public void update(long address, long entry) {
                changed[0] = true;
            }
        });
        try {
            alone.walk(page, access);
            return walk;
        } finally {
            walk.trail.observe(null);
        }
    }

    private static int[] cells(WalkBatch walks) {
        int[] cells = new int[walks.references()];
        Arrays.setAll(cells, walks::cellOf);
        Arrays.sort(cells);
        return cells;
    }

    private static int[] cells(Trail trail) {
        int[] cells = new int[trail.length()];
        Arrays.setAll(cells, trail::cell);
        Arrays.sort(cells);
        return cells;
    }
}

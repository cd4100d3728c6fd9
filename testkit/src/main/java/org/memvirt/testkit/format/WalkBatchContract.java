package org.memvirt.testkit.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
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
    /** Makes one walk as ever. */
    interface Alone {
        void walk(long address, int access);
    }

    @Test
    default void plainWalksSideBySideAnswerAsAlone() {
        Seeds.rounds(40, random -> {
            TableFixture fixture = new TableFixture(format());
            long[] pages = map(fixture.table, random, basePage(), () -> randomOutput(random, basePage()));
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
        Seeds.rounds(40, random -> {
            TwoStageFixture fixture = new TwoStageFixture(this, random);
            int shift = fixture.randomShift();
            long[] pages = map(fixture.table, random, shift, () -> {
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

    /** A format that makes no walks side by side leaves all of them to be made alone. */
    private int walkBatch(WalkBatch walks, int count, BatchPort port) {
        return format() instanceof BatchFormat batching ? batching.walkBatch(walks, count, port) : 0;
    }

    private long[] map(PageTable table, SplittableRandom random, int shift, LongSupplier output) {
        long[] pages = new long[1 + random.nextInt(WalkBatch.CAPACITY)];
        for (int i = 0; i < pages.length; i++) {
            pages[i] = randomInput(random, shift);
            try {
                int attributes = random.nextInt(4) == 0 ? random.nextInt(8) : 6;
                table.map(pages[i], output.getAsLong(), shift, randomRights(random), attributes);
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
            boolean smallest = walk.stage1Shift == basePage()
                    && (walk.stage2Shift == 0
                            || walk.stage2Shift == stageTwo().pageShifts().getFirst());
            assertThat(walk.succeeded() && !changed[0] && !walk.global && smallest && onSmallestPages(walk))
                    .as("whether a walk is plain that is left out: %s", walk)
                    .isFalse();
        }
    }

    /** Whether also the tables lie in small pages, or there is no second stage: each reference row is then complete. */
    private boolean onSmallestPages(Walk walk) {
        int levels = format().levels();
        int full = walk.stage2Shift == 0
                ? levels
                : (levels + 1) * (stageTwo().levels() + 1) - 1;
        return walk.trail.length() == full;
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

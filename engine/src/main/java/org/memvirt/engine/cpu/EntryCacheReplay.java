package org.memvirt.engine.cpu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;
import org.memvirt.engine.walkcache.EntryReplay;
import org.memvirt.engine.walkcache.NestedTranslations;

/**
 * The replay on a cache of entries by their place in memory, and on a nested TLB, whose hits spare walks the reads of stage 2.
 */
final class EntryCacheReplay extends WalkReplay implements EntryReplay.Reads {
    private final EntryReplay entries;
    private final byte[] allFromTop = new byte[WalkBatch.CAPACITY];

    // Of the last replay: by cell, how many made that reference.
    private final long[] made = new long[Walk.LEVELS * Walk.LEVELS];

    EntryCacheReplay(EntryReplay entries, @Nullable NestedTranslations nested) {
        super(nested);
        this.entries = entries;
    }

    @Override
    void begin() {
        entries.begin();
    }

    @Override
    boolean prepare(WalkBatch walks, PageTableFormat format) {
        return true;
    }

    @Override
    int pass(WalkBatch walks, int count, int top, int space) {
        int agreed = asked == null ? count : asked.replay(walks, count, top, allFromTop);
        return agreed < count ? agreed : entries.replay(count, this);
    }

    @Override
    public boolean makes(int walk, int cell) {
        return asked == null || !isInner(cell) || asked.misses(walk, cell >>> 3);
    }

    private static boolean isInner(int cell) {
        return (cell & Walk.LEVELS - 1) != 0;
    }

    @Override
    void commit(WalkBatch walks, int count, int top) {
        Arrays.fill(made, 0);
        skipped = (long) walks.references() * count;
        for (int i = 0; i < walks.references(); i++) {
            int cell = walks.cellOf(i);
            int reading = asked != null && isInner(cell) ? asked.missed(cell >>> 3) : count;
            made[cell] = reading - entries.hits(cell);
            skipped -= made[cell];
        }
        longest = 0;
        for (int walk = 0; walk < count; walk++) {
            int references = walks.references() - entries.saved(walk);
            for (int level = 0; asked != null && level <= top; level++) {
                WalkBatch inside = walks.inside(level);
                references -= inside == null || asked.misses(walk, level) ? 0 : inside.references();
            }
            longest = Math.max(longest, references);
        }
        if (asked != null) {
            asked.commit();
        }
        entries.commit();
    }

    @Override
    void addTo(long[] matrix, WalkBatch walks) {
        for (int i = 0; i < walks.references(); i++) {
            int cell = walks.cellOf(i);
            matrix[cell] += made[cell];
        }
    }
}

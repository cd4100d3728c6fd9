package org.memvirt.engine.cpu;

import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.WalkBatch;

/**
 * Replays walks that were made as one batch, without caches, on caches: which references each makes when it is made alone, one
 * after another, and what the caches hold afterwards.
 */
abstract sealed class WalkReplay permits CacheReplay, EntryCacheReplay {
    // Of the last replay: the references that caches saved, and the most that one walk made.
    long skipped;
    int longest;

    /** A batch is about to be made. */
    void begin() {}

    /**
     * Replays the first {@code count} walks; ends before one for which a cache holds something else than the tables do.
     *
     * @param space whose walks these are
     * @return how many it could
     */
    abstract int replay(WalkBatch walks, int count, PageTableFormat format, int space);

    /** Adds the references that the walks of the last replay made, by cell. */
    abstract void addTo(long[] matrix, WalkBatch walks);

    /** References that the caches saved. */
    final long skipped() {
        return skipped;
    }

    /** References of the longest walk. */
    final int longest() {
        return longest;
    }
}

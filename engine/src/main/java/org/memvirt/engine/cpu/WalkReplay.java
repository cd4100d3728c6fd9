package org.memvirt.engine.cpu;

import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.WalkBatch;

/**
 * Replays walks that were made as one batch, without caches, on caches: which references each makes when it is made alone, one
 * after another, and what the caches hold afterwards.
 */
interface WalkReplay {
    /** A batch is about to be made. */
    void begin();

    /**
     * Replays the first {@code count} walks; ends before one for which a cache holds something else than the tables do.
     *
     * @param space whose walks these are
     * @return how many it could
     */
    int replay(WalkBatch walks, int count, PageTableFormat format, int space);

    /** References that the caches saved in the last replay. */
    long skipped();

    /** References of the longest walk. */
    int longest();

    /** Adds the references that were made, by cell. */
    void addTo(long[] matrix, WalkBatch walks);
}

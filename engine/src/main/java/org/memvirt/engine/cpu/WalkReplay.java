package org.memvirt.engine.cpu;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.NestedTlb;
import org.memvirt.api.walk.WalkBatch;
import org.memvirt.engine.walkcache.NestedTranslations;

/**
 * Replays walks that were made as one batch, without caches, on caches: which references each makes when it is made alone, one
 * after another, and what the caches hold afterwards.
 */
abstract sealed class WalkReplay permits CacheReplay, EntryCacheReplay {
    private final @Nullable NestedTranslations nested;
    // Of the last replay: the nested TLB, if the walks have a second stage; the references that caches saved, and the most that
    // one walk made.
    @Nullable NestedTranslations asked;
    long skipped;
    int longest;

    WalkReplay(@Nullable NestedTranslations nested) {
        this.nested = nested;
    }

    /** A batch is about to be made. */
    void begin() {}

    /**
     * Replays the first {@code count} walks; ends before one for which a cache holds something else than the tables do.
     *
     * @param space whose walks these are
     * @return how many it could
     */
    final int replay(WalkBatch walks, int count, PageTableFormat format, int space) {
        int top = format.levels();
        if (count == 0 || !asksThisAlone(walks, top) || !prepare(walks, format)) {
            return 0;
        }
        asked = walks.inside(0) != null ? nested : null;
        int replayed = count;
        int agreed = pass(walks, replayed, top, space);
        while (agreed < replayed) {
            replayed = agreed;
            agreed = pass(walks, replayed, top, space);
        }
        commit(walks, replayed, top);
        return replayed;
    }

    /** Whether the walks ask no nested TLB but this one, or none, of pages of one size. */
    private boolean asksThisAlone(WalkBatch walks, int top) {
        NestedTlb cache = walks.cache();
        return walks.inside(0) == null
                || (cache == null ? null : cache.onCore()) == nested && (cache == null || areOfOneSize(walks, top));
    }

    /** Whether the tables lie in second-stage pages of the size that the final addresses have. */
    private static boolean areOfOneSize(WalkBatch walks, int top) {
        WalkBatch last = walks.inside(0);
        for (int level = walks.leafLevel; last != null && level <= top; level++) {
            WalkBatch inside = walks.inside(level);
            if (inside == null || inside.pageShift != last.pageShift) {
                return false;
            }
        }
        return true;
    }

    /** Begins a replay, if these walks can be replayed. */
    abstract boolean prepare(WalkBatch walks, PageTableFormat format);

    /** Replays that many walks on what the caches hold, which they keep; returns with how many of them the caches agree. */
    abstract int pass(WalkBatch walks, int count, int top, int space);

    /** Makes the last pass, with whose walks all caches agree, true. */
    abstract void commit(WalkBatch walks, int count, int top);

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

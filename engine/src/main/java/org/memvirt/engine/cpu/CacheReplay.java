package org.memvirt.engine.cpu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;
import org.memvirt.engine.walkcache.NestedTranslations;
import org.memvirt.engine.walkcache.WalkCache;

/** The replay on paging-structure caches and on a nested TLB. */
final class CacheReplay extends WalkReplay {
    private final @Nullable WalkCache prefix;

    // Of the last replay: by walk, the level at which it resumes, 0 for the top; by level, how many resumed there, and how many
    // walked stage 2 for their entry there (at 0, for the final address).
    private final byte[] resumeLevel = new byte[WalkBatch.CAPACITY];
    private final int[] resumed = new int[Walk.LEVELS];
    private final int[] stageTwoWalks = new int[Walk.LEVELS];
    private int leaf = 1;

    CacheReplay(@Nullable WalkCache prefix, @Nullable NestedTranslations nested) {
        super(nested);
        this.prefix = prefix;
    }

    /** The tables of the walks have to be known, so that they can be kept. */
    @Override
    boolean prepare(WalkBatch walks, PageTableFormat format) {
        if (prefix != null) {
            for (int level = 1; level < format.levels(); level++) {
                if (!walks.locatesTables(level)) {
                    return false;
                }
            }
            prefix.begin(walks, format);
        }
        return true;
    }

    @Override
    int pass(WalkBatch walks, int count, int top, int space) {
        int agreed = count;
        if (prefix != null) {
            agreed = prefix.replay(count, space, asked == null ? null : resumeLevel);
        }
        return asked == null ? agreed : asked.replay(walks, agreed, top, resumeLevel);
    }

    @Override
    void commit(WalkBatch walks, int count, int top) {
        Arrays.fill(resumed, 0);
        Arrays.fill(stageTwoWalks, 0);
        skipped = 0;
        longest = 0;
        leaf = walks.leafLevel;
        resumed[top] = count;
        if (prefix != null) {
            prefix.commit();
            resumed[top] = prefix.resumed(0);
            for (int level = 1; level < top; level++) {
                resumed[level] = prefix.resumed(level);
                skipped += (long) resumed[level] * walks.cost(level);
            }
        }
        // Where a table is known, its place in host memory is, too: only those below it ask stage 2.
        int asking = resumed[top];
        for (int level = top; level >= 0; level--) {
            WalkBatch inside = walks.inside(level);
            if (inside != null) {
                stageTwoWalks[level] = asked != null ? asked.missed(level) : asking;
                skipped += (long) (asking - stageTwoWalks[level]) * inside.references();
            }
            asking += level > 0 && level < top ? resumed[level] : 0;
        }
        if (asked != null) {
            asked.commit();
            longest = asked.longest();
        } else {
            longest = longestOf(walks, top);
        }
    }

    /** References of the longest walk, where each translates all that it has to. */
    private int longestOf(WalkBatch walks, int top) {
        int most = 0;
        int made = 0;
        for (int level = 0; level <= top; level++) {
            if (resumed[level] > 0) {
                int own = level - leaf + 1;
                most = Math.max(most, own + made + (level == top ? stageTwoReferences(walks, top) : 0));
            }
            made += stageTwoReferences(walks, level);
        }
        return most;
    }

    private static int stageTwoReferences(WalkBatch walks, int level) {
        WalkBatch inside = walks.inside(level);
        return inside == null ? 0 : inside.references();
    }

    @Override
    void addTo(long[] matrix, WalkBatch walks) {
        int reading = 0;
        for (int level = Walk.LEVELS - 1; level >= 0; level--) {
            reading += resumed[level];
            if (level >= leaf) {
                matrix[walks.cell(level)] += reading;
            }
            WalkBatch inside = walks.inside(level);
            for (int i = 0; inside != null && i < inside.references(); i++) {
                matrix[inside.cellOf(i)] += stageTwoWalks[level];
            }
        }
    }
}

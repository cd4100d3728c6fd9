package org.memvirt.engine.cpu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.NestedTlb;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;
import org.memvirt.engine.walkcache.NestedTranslations;
import org.memvirt.engine.walkcache.WalkCache;

/**
 * Takes walks that were made side by side without caches through the caches: which references each would have made had it
 * been alone, one after another, and what the caches hold then. Ends before one for which a cache holds something else than
 * the tables say.
 */
final class WalksThroughCaches {
    private final @Nullable WalkCache prefix;
    private final @Nullable NestedTranslations nested;

    // Of the walks that were taken last: by walk, the level at which it goes on, or 0 for the top; by level, how many began
    // there, and how many walked stage 2 for their entry there, or for 0 for the final address; the references that caches
    // saved, and the most that one walk made.
    private final byte[] goesOn = new byte[WalkBatch.CAPACITY];
    private final int[] begun = new int[Walk.LEVELS];
    private final int[] stageTwoWalks = new int[Walk.LEVELS];
    private long skipped;
    private int longest;
    private int leaf = 1;

    WalksThroughCaches(@Nullable WalkCache prefix, @Nullable NestedTranslations nested) {
        this.prefix = prefix;
        this.nested = nested;
    }

    /** Takes the first {@code count} walks through; returns how many were taken. */
    int take(WalkBatch walks, int count, PageTableFormat format, int space) {
        int top = format.levels();
        if (count == 0 || !areKnown(walks, top)) {
            return 0;
        }
        NestedTranslations asked = walks.inside(0) != null ? nested : null;
        if (prefix != null) {
            prefix.begin(walks, format);
        }
        int taken = count;
        int agreed = pass(walks, taken, top, space, asked);
        while (agreed < taken) {
            taken = agreed;
            agreed = pass(walks, taken, top, space, asked);
        }
        keep(walks, taken, top, asked);
        return taken;
    }

    /** Whether the walks ask no other cache of stage 2, and their tables can be kept. */
    private boolean areKnown(WalkBatch walks, int top) {
        for (int level = 1; prefix != null && level < top; level++) {
            if (!walks.locatesTables(level)) {
                return false;
            }
        }
        NestedTlb asked = walks.cache();
        return walks.inside(0) == null
                || (asked == null ? null : asked.onCore()) == nested && (asked == null || areOfOneSize(walks, top));
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

    private int pass(WalkBatch walks, int count, int top, int space, @Nullable NestedTranslations asked) {
        int agreed = count;
        if (prefix != null) {
            agreed = prefix.take(count, space, asked == null ? null : goesOn);
        }
        if (asked != null) {
            agreed = asked.take(walks, agreed, top, goesOn);
        }
        return agreed;
    }

    private void keep(WalkBatch walks, int count, int top, @Nullable NestedTranslations asked) {
        Arrays.fill(begun, 0);
        Arrays.fill(stageTwoWalks, 0);
        skipped = 0;
        longest = 0;
        leaf = walks.leafLevel;
        begun[top] = count;
        if (prefix != null) {
            prefix.keep();
            begun[top] = prefix.begun(0);
            for (int level = 1; level < top; level++) {
                begun[level] = prefix.begun(level);
                skipped += (long) begun[level] * walks.cost(level);
            }
        }
        // Where a table is known, its place in host memory is, too: only those below it ask stage 2.
        int asking = begun[top];
        for (int level = top; level >= 0; level--) {
            WalkBatch inside = walks.inside(level);
            if (inside != null) {
                stageTwoWalks[level] = asked != null ? asked.missed(level) : asking;
                skipped += (long) (asking - stageTwoWalks[level]) * inside.references();
            }
            asking += level > 0 && level < top ? begun[level] : 0;
        }
        if (asked != null) {
            asked.keep();
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
            if (begun[level] > 0) {
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

    /** References that the caches saved. */
    long skipped() {
        return skipped;
    }

    /** References of the longest walk. */
    int longest() {
        return longest;
    }

    /** Adds the references that were made, by cell. */
    void addTo(long[] matrix, WalkBatch walks) {
        int reading = 0;
        for (int level = Walk.LEVELS - 1; level >= 0; level--) {
            reading += begun[level];
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

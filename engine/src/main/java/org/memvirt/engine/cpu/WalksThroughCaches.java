package org.memvirt.engine.cpu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.mmu.PageTableFormat;
import org.memvirt.api.mmu.PlainWalks;
import org.memvirt.api.mmu.Walk;
import org.memvirt.engine.cache.NestedTranslations;
import org.memvirt.engine.cache.WalkCache;

/**
 * Takes walks that were made side by side without caches through the caches, one after another: which references each would
 * have made had it been alone, and what the caches hold then. Ends before one for which a cache holds something else than
 * the tables say.
 */
final class WalksThroughCaches {
    private final @Nullable WalkCache prefix;
    private final @Nullable NestedTranslations nested;

    // Of the walks that were taken last: by level, how many began there, at the top or at a table that was known; how many
    // walked stage 2 for their entry there, or for 0 for the final address; the references that caches saved, and the most
    // that one walk made.
    private final int[] begun = new int[Walk.LEVELS];
    private final int[] stageTwoWalks = new int[Walk.LEVELS];
    private long skipped;
    private int longest;

    WalksThroughCaches(@Nullable WalkCache prefix, @Nullable NestedTranslations nested) {
        this.prefix = prefix;
        this.nested = nested;
    }

    /** Takes the first {@code count} walks through; returns how many were taken. */
    int take(PlainWalks walks, int count, PageTableFormat format, int space) {
        Arrays.fill(begun, 0);
        Arrays.fill(stageTwoWalks, 0);
        skipped = 0;
        longest = 0;
        if (!areKnown(walks, format.levels())) {
            return 0;
        }
        if (prefix != null) {
            prefix.begin(walks, format);
        }
        int taken = 0;
        while (taken < count && takeOne(walks, taken, format.levels(), space)) {
            taken++;
        }
        return taken;
    }

    /** Whether the walks ask no other cache of stage 2, and their tables can be kept. */
    private boolean areKnown(PlainWalks walks, int levels) {
        for (int level = 1; prefix != null && level < levels; level++) {
            if (!walks.locatesTables(level)) {
                return false;
            }
        }
        return walks.inside(0) == null || walks.cache() == nested;
    }

    private boolean takeOne(PlainWalks walks, int walk, int top, int space) {
        int known = prefix == null ? 0 : prefix.find(walk, space);
        if (known == WalkCache.DISAGREES) {
            return false;
        }
        int first = known == 0 ? top : known;
        // Where a table is known, its place in host memory is, too.
        int made = translate(walks, walk, known == 0 ? top : known - 1);
        if (made < 0) {
            return false;
        }
        begun[first]++;
        longest = Math.max(longest, made + first);
        if (prefix != null) {
            prefix.count(walk, space, known);
            skipped += known == 0 ? 0 : walks.cost(known);
        }
        return true;
    }

    /** The references of stage 2 for the entries from level {@code from} on and the final address; -1 if the cache disagrees. */
    private int translate(PlainWalks walks, int walk, int from) {
        int made = 0;
        NestedTranslations cache = nested;
        for (int level = from; cache != null && level >= 0; level--) {
            PlainWalks inside = walks.inside(level);
            if (inside != null && !cache.agrees(walks.owner(), inside, walk)) {
                return -1;
            }
        }
        for (int level = from; level >= 0; level--) {
            PlainWalks inside = walks.inside(level);
            if (inside == null) {
                return 0;
            }
            if (cache != null && cache.use(walks.owner(), inside, walk)) {
                skipped += inside.references();
            } else {
                stageTwoWalks[level]++;
                made += inside.references();
            }
        }
        return made;
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
    void addTo(long[] matrix, PlainWalks walks) {
        int reading = 0;
        for (int level = Walk.LEVELS - 1; level >= 0; level--) {
            reading += begun[level];
            if (level > 0) {
                matrix[walks.cell(level)] += reading;
            }
            PlainWalks inside = walks.inside(level);
            for (int i = 0; inside != null && i < inside.references(); i++) {
                matrix[inside.cellOf(i)] += stageTwoWalks[level];
            }
        }
    }
}

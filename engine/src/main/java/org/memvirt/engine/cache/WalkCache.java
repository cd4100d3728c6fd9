package org.memvirt.engine.cache;

import java.util.function.IntPredicate;
import org.memvirt.api.mmu.PageTableFormat;
import org.memvirt.api.mmu.PlainWalks;
import org.memvirt.api.mmu.Walk;
import org.memvirt.api.mmu.WalkCachePreset;

/**
 * Paging-structure caches: by the upper bits of the input address, the table at which a walk goes on, with its place in
 * host memory (a combined mapping: Intel SDM vol. 3, "Caching Translation Information"). The array nearest to the leaf is
 * asked first, and the search ends at its hit. An entry holds what reaching its table costs without caches, so that what a
 * hit saves is exact.
 */
public final class WalkCache {
    /** What is cached is not what the tables say now. */
    public static final int DISAGREES = -1;

    private final Array[] byLevel = new Array[Walk.LEVELS];
    private final long[] counts = new long[Walk.LEVELS];
    // Of the walks that are taken through.
    private int levels;

    public WalkCache(WalkCachePreset preset) {
        if (preset.kind() != WalkCachePreset.Kind.PREFIX) {
            throw new IllegalArgumentException("walk cache '" + preset.name() + "' is not looked up by prefix");
        }
        for (WalkCachePreset.Array array : preset.arrays()) {
            byLevel[array.level()] = new Array(array);
        }
    }

    private static final class Array {
        /** What a slot keeps of its table: the address, the place in host memory, what is above it, what it costs. */
        static final int WORDS = 4;

        final AssociativeCache places;
        final long[] kept;

        // Of the walks that are taken through: see PlainWalks.
        int shift;
        long[] input = {};
        long[] entries = {};
        long[] located = {};
        long[] attributes = {};
        int offsetShift;
        long offsetMask;
        int cost;

        Array(WalkCachePreset.Array described) {
            places = new AssociativeCache(described.sets(), described.ways());
            kept = new long[WORDS * places.slots()];
        }

        void keep(int slot, long table, long place, long above, int toReach) {
            int at = WORDS * slot;
            kept[at] = table;
            kept[at + 1] = place;
            kept[at + 2] = above;
            kept[at + 3] = toReach;
        }

        void take(PlainWalks walks, int level, int coverShift) {
            shift = coverShift;
            input = walks.input;
            entries = walks.entries(level);
            located = walks.located(level);
            attributes = walks.attributes(level);
            offsetShift = walks.offsetShift(level);
            offsetMask = walks.offsetMask(level);
            cost = walks.cost(level);
        }

        int find(int walk, int space) {
            long prefix = input[walk] >> shift;
            return places.find(places.setOf(prefix), prefix, space);
        }

        boolean agrees(int slot, int walk) {
            int at = WORDS * slot;
            long offset = input[walk] >>> offsetShift & offsetMask;
            return kept[at] + offset == entries[walk]
                    && kept[at + 1] + offset == located[walk]
                    && kept[at + 2] == attributes[walk]
                    && kept[at + 3] == cost;
        }

        void learn(int walk, int space) {
            long prefix = input[walk] >> shift;
            int slot = places.insert(places.setOf(prefix), prefix, space);
            long offset = input[walk] >>> offsetShift & offsetMask;
            keep(slot, entries[walk] - offset, located[walk] - offset, attributes[walk], cost);
        }
    }

    /** Has the walk begin at the lowest table that is known for its address, and counts the look-up. */
    public void resume(Walk walk, PageTableFormat format, int space) {
        for (int level = 1; level < format.levels(); level++) {
            Array array = byLevel[level];
            if (array != null) {
                long prefix = walk.inputAddress >> format.coverShift(level);
                int slot = array.places.find(array.places.setOf(prefix), prefix, space);
                if (slot != AssociativeCache.NONE) {
                    counts[level]++;
                    walk.resumeLevel = level;
                    int at = Array.WORDS * slot;
                    walk.resumeTable = array.kept[at];
                    walk.resumeLocated = array.kept[at + 1];
                    walk.resumeAttributes = array.kept[at + 2];
                    walk.trail.skip((int) array.kept[at + 3]);
                    return;
                }
            }
        }
        counts[0]++;
    }

    /** Keeps the tables that the walk came to through entries it read. */
    public void learn(Walk walk, PageTableFormat format, int space) {
        for (int level = walk.highestPassed - 1; level >= walk.lowestPassed && level > 0; level--) {
            Array array = byLevel[level];
            if (array != null) {
                long prefix = walk.inputAddress >> format.coverShift(level);
                int set = array.places.setOf(prefix);
                int slot = array.places.find(set, prefix, space);
                if (slot == AssociativeCache.NONE) {
                    slot = array.places.insert(set, prefix, space);
                }
                array.keep(
                        slot,
                        walk.table[level],
                        walk.tableLocated[level],
                        walk.tableAttributes[level],
                        walk.tableCost[level]);
            }
        }
    }

    // The same for walks that were made side by side without this cache.

    /** Prepares for walks whose way was kept. */
    public void begin(PlainWalks walks, PageTableFormat format) {
        levels = format.levels();
        for (int level = 1; level < levels; level++) {
            Array array = byLevel[level];
            if (array != null) {
                array.take(walks, level, format.coverShift(level));
            }
        }
    }

    /**
     * Looks one of the walks up, as {@link #resume} does, but does not count: {@link #count} does.
     *
     * @return the level at which it would have gone on; 0 for the top; {@link #DISAGREES}
     */
    public int find(int walk, int space) {
        for (int level = 1; level < levels; level++) {
            Array array = byLevel[level];
            if (array != null) {
                int slot = array.find(walk, space);
                if (slot != AssociativeCache.NONE) {
                    return array.agrees(slot, walk) ? level : DISAGREES;
                }
            }
        }
        return 0;
    }

    /** Counts a look-up by what {@link #find} gave, and keeps the tables that the walk then read from. */
    public void count(int walk, int space, int found) {
        counts[found]++;
        for (int level = found == 0 ? levels - 1 : found - 1; level > 0; level--) {
            Array array = byLevel[level];
            if (array != null) {
                array.learn(walk, space);
            }
        }
    }

    /** Removes everything. */
    public void invalidateAll() {
        for (Array array : byLevel) {
            if (array != null) {
                array.places.clear();
            }
        }
    }

    /** Look-ups: at index 0 those that found nothing, else hits by the level at which the walk went on; live. */
    public long[] counts() {
        return counts;
    }

    /** Whether there is an array for walks that go on at {@code level}. */
    public boolean has(int level) {
        return byLevel[level] != null;
    }

    /** Removes the tables of the chosen spaces. */
    public void invalidate(IntPredicate spaces) {
        for (Array array : byLevel) {
            if (array != null) {
                array.places.removeIf((key, space) -> spaces.test(space));
            }
        }
    }

    /** Removes, of the chosen spaces, the tables that are on the way of any of the bytes from {@code address} on. */
    public void invalidate(IntPredicate spaces, PageTableFormat format, long address, long bytes) {
        for (int level = 1; level < byLevel.length; level++) {
            Array array = byLevel[level];
            if (array != null) {
                int shift = format.coverShift(level);
                long first = address >> shift;
                long last = address + bytes - 1 >> shift;
                array.places.removeIf((prefix, space) -> prefix >= first && prefix <= last && spaces.test(space));
            }
        }
    }
}

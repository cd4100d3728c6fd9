package org.memvirt.engine.cache;

import java.util.function.IntPredicate;
import org.memvirt.api.mmu.PageTableFormat;
import org.memvirt.api.mmu.Walk;
import org.memvirt.api.mmu.WalkCachePreset;

/**
 * Paging-structure caches: by the upper bits of the input address, the table at which a walk goes on, with its place in
 * host memory (a combined mapping: Intel SDM vol. 3, "Caching Translation Information"). The array nearest to the leaf is
 * asked first, and the search ends at its hit. An entry holds what reaching its table costs without caches, so that what a
 * hit saves is exact.
 */
public final class WalkCache {
    private final Array[] byLevel = new Array[Walk.LEVELS];
    private final long[] counts = new long[Walk.LEVELS];

    public WalkCache(WalkCachePreset preset) {
        if (preset.kind() != WalkCachePreset.Kind.PREFIX) {
            throw new IllegalArgumentException("walk cache '" + preset.name() + "' is not looked up by prefix");
        }
        for (WalkCachePreset.Array array : preset.arrays()) {
            byLevel[array.level()] = new Array(array);
        }
    }

    private static final class Array {
        final AssociativeCache places;
        final long[] table;
        final long[] located;
        final long[] attributes;
        final int[] cost;

        Array(WalkCachePreset.Array described) {
            places = new AssociativeCache(described.sets(), described.ways());
            table = new long[places.slots()];
            located = new long[places.slots()];
            attributes = new long[places.slots()];
            cost = new int[places.slots()];
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
                    walk.resumeTable = array.table[slot];
                    walk.resumeLocated = array.located[slot];
                    walk.resumeAttributes = array.attributes[slot];
                    walk.trail.skip(array.cost[slot]);
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
                array.table[slot] = walk.table[level];
                array.located[slot] = walk.tableLocated[level];
                array.attributes[slot] = walk.tableAttributes[level];
                array.cost[slot] = walk.tableCost[level];
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

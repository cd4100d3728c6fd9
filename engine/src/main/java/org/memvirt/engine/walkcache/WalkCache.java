package org.memvirt.engine.walkcache;

import java.util.Arrays;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;

/**
 * Paging-structure caches: by the upper bits of the input address, the table at which a walk goes on, with its place in
 * host memory (a combined mapping: Intel SDM vol. 3, "Caching Translation Information"). The array nearest to the leaf is
 * asked first, and the search ends at its hit. An entry holds what reaching its table costs without caches, so that what a
 * hit saves is exact.
 */
public final class WalkCache {
    private final Array[] byLevel = new Array[Walk.LEVELS];
    private final long[] counts = new long[Walk.LEVELS];
    // Of the walks that are taken through: all, and by level how many went on there.
    private int levels;
    private int lowest = 1;
    private final int[] all = new int[WalkBatch.CAPACITY];
    private final int[] resumed = new int[Walk.LEVELS];

    public WalkCache(WalkCachePreset preset) {
        if (preset.kind() != WalkCachePreset.Kind.PREFIX) {
            throw new IllegalArgumentException("walk cache '" + preset.name() + "' is not looked up by prefix");
        }
        for (WalkCachePreset.Array array : preset.arrays()) {
            byLevel[array.level()] = new Array(array);
        }
        Arrays.setAll(all, i -> i);
    }

    private static final class Array {
        final AssociativeCache places;
        final long[] kept;
        final LruReplay run;

        // Of the walks that are taken through, those that ask, and those that do not find their table, in order.
        int[] asking = {};
        int count;
        final int[] missing = new int[WalkBatch.CAPACITY];

        // See WalkBatch.
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
            kept = places.words;
            run = new LruReplay(places, described.sets(), described.ways(), WalkBatch.CAPACITY);
        }

        /**
         * Notes what a slot keeps of its table: the address, the place in host memory, what is above it; and in one word what
         * it costs and, above that, the state of the port, which is 0 in walks that are made side by side.
         */
        void keep(int slot, long table, long place, long above, long toReach) {
            int at = slot + AssociativeCache.CONTENT;
            kept[at] = table;
            kept[at + 1] = place;
            kept[at + 2] = above;
            kept[at + 3] = toReach;
        }

        void begin(WalkBatch walks, int level, int coverShift) {
            count = 0;
            shift = coverShift;
            input = walks.input;
            entries = walks.entries(level);
            located = walks.hostAddresses(level);
            attributes = walks.attributes(level);
            offsetShift = walks.offsetShift(level);
            offsetMask = walks.offsetMask(level);
            cost = walks.cost(level);
        }

        /**
         * Looks walks up, one after another, each of which would then learn its table if it is not there.
         *
         * @return how many did not find their table; or, for one that found another than its own, that walk, inverted
         */
        int replay(int[] walks, int number, int space) {
            asking = walks;
            count = number;
            if (count == 0) {
                return 0;
            }
            long[] numbers = run.numbers();
            int first = run.first();
            for (int i = 0; i < count; i++) {
                numbers[first + i] = input[asking[i]] >> shift;
            }
            boolean all = run.replay(count, space);
            int agreed = agreed();
            if (agreed < count) {
                return ~asking[agreed];
            }
            int missed = 0;
            for (int i = 0; !all && i < count; i++) {
                missing[missed] = asking[i];
                missed += run.missed(i) ? 1 : 0;
            }
            return missed;
        }

        /** The first walk for whose address there is a table; {@code count}, if there is none. */
        int known(int ofWalks, int space) {
            int walk = 0;
            while (walk < ofWalks) {
                long prefix = input[walk] >> shift;
                if (places.peek(prefix, space) != AssociativeCache.NONE) {
                    return walk;
                }
                walk++;
            }
            return walk;
        }

        /** The first look-up that found another table than its walk's; the count of all, if none did. */
        private int agreed() {
            int agreed = count;
            for (int age = 0; age < run.slots(); age++) {
                int found = run.found(age);
                if (found >= 0 && found < agreed && !agrees(run.slot(age) + AssociativeCache.CONTENT, asking[found])) {
                    agreed = found;
                }
            }
            return agreed;
        }

        /** Keeps what those that were taken last learned. */
        void commit() {
            if (count == 0) {
                return;
            }
            int learned = run.commit();
            for (int i = 0; i < learned; i++) {
                int walk = asking[run.committedUse(i)];
                long offset = offset(walk);
                keep(run.committedSlot(i), entries[walk] - offset, located[walk] - offset, attributes[walk], cost);
            }
        }

        private boolean agrees(int at, int walk) {
            return kept[at] + offset(walk) == entries[walk]
                    && kept[at + 1] + offset(walk) == located[walk]
                    && kept[at + 2] == attributes[walk]
                    && kept[at + 3] == cost;
        }

        /** Where in its table the walk's entry lies. */
        private long offset(int walk) {
            return input[walk] >>> offsetShift & offsetMask;
        }
    }

    /**
     * Has the walk begin at the lowest table that is known for its address, and counts the look-up. A format without tables
     * that could be known is not looked up.
     */
    public void resume(Walk walk, PageTableFormat format, int space) {
        if (format.coverShift(1) == 0) {
            return;
        }
        for (int level = 1; level < format.levels(); level++) {
            Array array = byLevel[level];
            if (array != null) {
                long prefix = walk.inputAddress >> format.coverShift(level);
                int slot = array.places.find(array.places.setOf(prefix), prefix, space);
                if (slot != AssociativeCache.NONE) {
                    counts[level]++;
                    walk.resumeLevel = level;
                    int at = slot + AssociativeCache.CONTENT;
                    walk.resumeTable = array.kept[at];
                    walk.resumeHostAddress = array.kept[at + 1];
                    walk.resumeAttributes = array.kept[at + 2];
                    walk.resumePortState((int) (array.kept[at + 3] >>> Integer.SIZE));
                    walk.trail.skip((int) array.kept[at + 3]);
                    return;
                }
            }
        }
        counts[0]++;
    }

    /** Keeps the tables that the walk came to through entries it read. */
    public void learn(Walk walk, PageTableFormat format, int space) {
        for (int level = walk.highestVisited - 1; level >= walk.lowestVisited && level > 0; level--) {
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
                        walk.tableHostAddress[level],
                        walk.tableAttributes[level],
                        (long) walk.tablePortState[level] << Integer.SIZE | walk.tableCost[level]);
            }
        }
    }

    // The same for walks that were made side by side without this cache.

    /** Prepares for walks whose way was kept. */
    public void begin(WalkBatch walks, PageTableFormat format) {
        levels = format.levels();
        lowest = walks.leafLevel;
        for (int level = 1; level < levels; level++) {
            Array array = byLevel[level];
            if (array != null) {
                array.begin(walks, level, format.coverShift(level));
            }
        }
    }

    /**
     * Takes the first walks through, as {@link #resume} and {@link #learn} would each, but without effect before {@link
     * #commit}. Array by array, because none depends on those asked after it.
     *
     * @param count of the walks
     * @param resumeLevel is told by walk the level at which it would have gone on, 0 for the top; null if nobody asks
     * @return {@code count}; or less, when a cache holds another table than a walk found: then no more than those before it
     *     are to be taken through
     */
    public int replay(int count, int space, byte @Nullable [] resumeLevel) {
        Arrays.fill(resumed, 0);
        if (resumeLevel != null) {
            Arrays.fill(resumeLevel, 0, count, (byte) 0);
        }
        int[] asking = all;
        int left = count;
        for (int level = 1; level < levels; level++) {
            Array array = byLevel[level];
            if (array == null) {
                continue;
            }
            if (level < lowest) {
                // The walks end above tables of this level.
                int known = array.known(count, space);
                if (known < count) {
                    return known;
                }
                continue;
            }
            int missed = array.replay(asking, left, space);
            if (missed < 0) {
                return ~missed;
            }
            resumed[level] = left - missed;
            if (resumeLevel != null && missed < left) {
                noteFound(asking, left, array.missing, missed, (byte) level, resumeLevel);
            }
            left = missed;
            asking = array.missing;
        }
        resumed[0] = left;
        return count;
    }

    /** Notes the level for those that asked and are not missing. */
    private static void noteFound(int[] asking, int asked, int[] missing, int missed, byte level, byte[] resumeLevel) {
        int next = 0;
        for (int i = 0; i < asked; i++) {
            int walk = asking[i];
            if (next < missed && missing[next] == walk) {
                next++;
            } else {
                resumeLevel[walk] = level;
            }
        }
    }

    /** How many of the walks taken last went on at that level; 0 for the top. */
    public int resumed(int level) {
        return resumed[level];
    }

    /** Keeps what the walks taken last learned, and counts them. */
    public void commit() {
        for (int level = 0; level < levels; level++) {
            Array array = byLevel[level];
            if (array != null) {
                array.commit();
            }
            counts[level] += resumed[level];
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

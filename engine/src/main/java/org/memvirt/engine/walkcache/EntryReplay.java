package org.memvirt.engine.walkcache;

import java.util.Arrays;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;

/**
 * The entries that walks made side by side have read through an {@link EntryCachePort}, and their replay on its cache: which of
 * these reads each walk saves when it is made alone, one after another. Every one of the walks goes on from each entry.
 */
public final class EntryReplay {
    private static final int CELLS = Walk.LEVELS * Walk.LEVELS;
    private static final int WORD = 1;

    private final AssociativeCache places;
    private final int sets;
    private final int ways;
    private final long[] counts;

    // By read, in order: its cell, and by walk where the entry lies and what it is.
    private int reads;
    private int[] cells = {};
    private long[][] numbers = {};
    private long[][] words = {};

    // Of the walks that are taken through: by use of the cache, which read it is, and whose; what was found there, by cell and
    // by walk.
    private LruReplay run;
    private int capacity;
    private int[] using = {};
    private int uses;
    private final int[] hits = new int[CELLS];
    private final int[] saved = new int[WalkBatch.CAPACITY];

    /** Which reads the walks make: none where another cache spares them that. */
    public interface Reads {
        /**
         * Whether a walk makes a read.
         *
         * @param walk its number in the batch
         * @param cell of the entry, as in {@link org.memvirt.api.walk.Trail}
         */
        boolean makes(int walk, int cell);
    }

    EntryReplay(AssociativeCache places, int sets, int ways, long[] counts) {
        this.places = places;
        this.sets = sets;
        this.ways = ways;
        this.counts = counts;
        run = new LruReplay(places, sets, ways, capacity);
    }

    /** Forgets the reads: others follow. */
    public void begin() {
        reads = 0;
    }

    /** The level, in its own table, of the entry that is read in a cell. */
    static int level(int cell) {
        int inner = cell & Walk.LEVELS - 1;
        return inner != 0 ? inner : cell >>> 3;
    }

    /** Notes that each walk reads an entry. */
    void note(int cell, long[] addresses, long[] entries, int count) {
        if (reads == cells.length) {
            cells = Arrays.copyOf(cells, reads + 1);
            numbers = Arrays.copyOf(numbers, reads + 1);
            words = Arrays.copyOf(words, reads + 1);
            numbers[reads] = new long[WalkBatch.CAPACITY];
            words[reads] = new long[WalkBatch.CAPACITY];
        }
        cells[reads] = cell;
        long[] at = numbers[reads];
        for (int walk = 0; walk < count; walk++) {
            at[walk] = addresses[walk] >>> 3;
        }
        System.arraycopy(entries, 0, words[reads++], 0, count);
    }

    /**
     * Takes the first walks through, without effect before {@link #commit}.
     *
     * @param count of the walks
     * @param reads those that they make
     * @return {@code count}; or less, when the cache holds another entry than a walk has read: then no more than those before
     *     it are to be taken through
     */
    public int replay(int count, Reads reads) {
        order(count, reads);
        run.replay(uses, WORD);
        int agreed = agreed(count);
        if (agreed == count) {
            note(count);
        }
        return agreed;
    }

    /** Puts the reads in the order in which the walks make them, one walk after another. */
    private void order(int count, Reads made) {
        int most = reads * WalkBatch.CAPACITY;
        if (most > capacity) {
            capacity = most;
            run = new LruReplay(places, sets, ways, most);
            using = new int[most];
        }
        long[] keys = run.numbers();
        int first = run.first();
        uses = 0;
        for (int walk = 0; walk < count; walk++) {
            for (int read = 0; read < reads; read++) {
                if (made.makes(walk, cells[read])) {
                    keys[first + uses] = numbers[read][walk];
                    using[uses++] = read * WalkBatch.CAPACITY + walk;
                }
            }
        }
    }

    private int walk(int use) {
        return using[use] % WalkBatch.CAPACITY;
    }

    private int read(int use) {
        return using[use] / WalkBatch.CAPACITY;
    }

    /** The first walk that finds another entry than it has read; or the count of all. */
    private int agreed(int count) {
        int agreed = count;
        for (int age = 0; age < run.slots(); age++) {
            int use = run.found(age);
            if (use >= 0 && walk(use) < agreed && entry(run.slot(age)) != words[read(use)][walk(use)]) {
                agreed = walk(use);
            }
        }
        return agreed;
    }

    private long entry(int slot) {
        return places.words[slot + AssociativeCache.CONTENT];
    }

    private void note(int count) {
        Arrays.fill(hits, 0);
        Arrays.fill(saved, 0, count, 0);
        for (int use = 0; use < uses; use++) {
            if (!run.missed(use)) {
                hits[cells[read(use)]]++;
                saved[walk(use)]++;
            }
        }
    }

    /** How many of the walks taken last found the entry of a cell. */
    public int hits(int cell) {
        return hits[cell];
    }

    /** The references that a walk is saved. */
    public int saved(int walk) {
        return saved[walk];
    }

    /** Keeps what the walks taken last have read, and counts them. */
    public void commit() {
        int kept = run.commit();
        for (int i = 0; i < kept; i++) {
            int use = run.committedUse(i);
            places.words[run.committedSlot(i) + AssociativeCache.CONTENT] = words[read(use)][walk(use)];
        }
        int found = 0;
        for (int read = 0; read < reads; read++) {
            counts[level(cells[read])] += hits[cells[read]];
            found += hits[cells[read]];
        }
        counts[0] += uses - found;
    }
}

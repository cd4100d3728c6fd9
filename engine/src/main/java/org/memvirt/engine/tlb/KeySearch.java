package org.memvirt.engine.tlb;

import org.jspecify.annotations.Nullable;

/**
 * Finds the entries of a TLB array by their keys: in sets of few ways by fingerprints that lie in the heads of the sets, in
 * others by an {@link EntryIndex}.
 */
final class KeySearch {
    static final int NONE = EntryIndex.NONE;

    /** Words of a head: the first is not of the search, the fourth is not used. */
    static final int HEAD = 4;

    private static final int PRINTS = 1;

    private final long[] words;
    private final TlbKeys keys;
    private final int strideShift;
    private final long printsOfWays;
    private final @Nullable EntryIndex index;

    /**
     * @param words those of the array: by set a head and then, of each way, key and value
     * @param strideShift the distance of sets in them, as a power of two
     */
    KeySearch(long[] words, TlbKeys keys, int sets, int ways, int strideShift) {
        this.words = words;
        this.keys = keys;
        this.strideShift = strideShift;
        printsOfWays = Fingerprints.ofWays(Math.min(ways, Fingerprints.MOST_WAYS));
        index = ways <= Fingerprints.MOST_WAYS ? null : new EntryIndex(sets * ways, words.length);
    }

    boolean isByPrints() {
        return index == null;
    }

    /** The entry of a set, named by its head, that has this key of a page of the smallest size; not for wide tags. */
    int small(int head, long key) {
        long[] all = words;
        if (index != null) {
            int entry = index.first(key);
            while (entry != EntryIndex.NONE && all[entry] != key) {
                entry = index.after(entry);
            }
            return entry;
        }
        long candidates = Fingerprints.candidates(all, head + PRINTS, keys.smallPrintOf(key) & 0xff, printsOfWays);
        while (candidates != 0) {
            int entry = head + HEAD + 2 * Fingerprints.wayOf(Long.numberOfTrailingZeros(candidates));
            if (all[entry] == key) {
                return entry;
            }
            candidates &= candidates - 1;
        }
        return NONE;
    }

    /** The entry of a set that has this key, and the whole of this tag. */
    int any(int head, long key, int tag) {
        long[] all = words;
        if (index != null) {
            int entry = index.first(key);
            while (entry != EntryIndex.NONE && (all[entry] != key || TlbKeys.tag(key, all[entry + 1]) != tag)) {
                entry = index.after(entry);
            }
            return entry;
        }
        long candidates = Fingerprints.candidates(all, head + PRINTS, keys.printOf(key) & 0xff, printsOfWays);
        while (candidates != 0) {
            int entry = head + HEAD + 2 * Fingerprints.wayOf(Long.numberOfTrailingZeros(candidates));
            if (all[entry] == key && TlbKeys.tag(key, all[entry + 1]) == tag) {
                return entry;
            }
            candidates &= candidates - 1;
        }
        return NONE;
    }

    /** The entry of this set and way is about to have another key than {@code old}. */
    void change(int set, int way, long old, long key) {
        if (index == null) {
            Fingerprints.put(words, (set << strideShift) + PRINTS, way, keys.printOf(key));
            return;
        }
        int entry = (set << strideShift) + HEAD + 2 * way;
        if (old != TlbKeys.INVALID) {
            index.remove(entry, old);
        }
        if (key != TlbKeys.INVALID) {
            index.add(entry, key);
        }
    }

    /** The same for small pages, by fingerprints. */
    void changeSmall(int head, int way, long key) {
        Fingerprints.put(words, head + PRINTS, way, keys.smallPrintOf(key));
    }

    /** Keeps what does not lie in the words, for {@link #restore}. */
    void save() {
        if (index != null) {
            index.save();
        }
    }

    void restore() {
        if (index != null) {
            index.restore();
        }
    }
}

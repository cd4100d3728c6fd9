package org.memvirt.engine.tlb;

import java.util.Arrays;

/** Finds the entries of a TLB array by their keys: for sets of too many ways to be searched. Chains of entries by hash. */
final class EntryIndex {
    static final int NONE = -1;

    private final int[] heads;
    private final int[] next;
    private final int[] savedHeads;
    private final int[] savedNext;
    private final int hashShift;

    /**
     * @param entries how many there are
     * @param bound above the number of each, which is even
     */
    EntryIndex(int entries, int bound) {
        int bits = Integer.SIZE + 1 - Integer.numberOfLeadingZeros(entries);
        hashShift = Long.SIZE - bits;
        heads = new int[1 << bits];
        Arrays.fill(heads, NONE);
        next = new int[bound / 2];
        savedHeads = heads.clone();
        savedNext = next.clone();
    }

    private int row(long key) {
        return (int) ((key ^ key >>> 29) * 0x9E3779B97F4A7C15L >>> hashShift);
    }

    /** The first entry that may have this key, or {@link #NONE}. */
    int first(long key) {
        return heads[row(key)];
    }

    /** The entry to look at after another. */
    int after(int entry) {
        return next[entry >> 1];
    }

    void add(int entry, long key) {
        int row = row(key);
        next[entry >> 1] = heads[row];
        heads[row] = entry;
    }

    void remove(int entry, long key) {
        int row = row(key);
        if (heads[row] == entry) {
            heads[row] = next[entry >> 1];
            return;
        }
        int before = heads[row];
        while (next[before >> 1] != entry) {
            before = next[before >> 1];
        }
        next[before >> 1] = next[entry >> 1];
    }

    void save() {
        System.arraycopy(heads, 0, savedHeads, 0, heads.length);
        System.arraycopy(next, 0, savedNext, 0, next.length);
    }

    void restore() {
        System.arraycopy(savedHeads, 0, heads, 0, heads.length);
        System.arraycopy(savedNext, 0, next, 0, next.length);
    }
}

package org.memvirt.engine.tlb;

import java.util.Arrays;

/** Finds the entries of a TLB array by their keys: for sets of too many ways to be searched. Chains of places by hash. */
final class EntryIndex {
    static final int NONE = -1;

    private final int[] heads;
    private final int[] next;
    private final int[] savedHeads;
    private final int[] savedNext;
    private final int hashShift;

    /** @param places how many there are, numbered from 0 */
    EntryIndex(int places) {
        int bits = Integer.SIZE + 1 - Integer.numberOfLeadingZeros(places);
        hashShift = Long.SIZE - bits;
        heads = new int[1 << bits];
        Arrays.fill(heads, NONE);
        next = new int[places];
        savedHeads = heads.clone();
        savedNext = next.clone();
    }

    private int row(long key) {
        return (int) ((key ^ key >>> 29) * 0x9E3779B97F4A7C15L >>> hashShift);
    }

    /** The first place that may have this key, or {@link #NONE}. */
    int first(long key) {
        return heads[row(key)];
    }

    /** The place to look at after another. */
    int after(int place) {
        return next[place];
    }

    void add(int place, long key) {
        int row = row(key);
        next[place] = heads[row];
        heads[row] = place;
    }

    void remove(int place, long key) {
        int row = row(key);
        if (heads[row] == place) {
            heads[row] = next[place];
            return;
        }
        int before = heads[row];
        while (next[before] != place) {
            before = next[before];
        }
        next[before] = next[place];
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

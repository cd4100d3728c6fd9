package org.memvirt.engine.cache;

import java.util.Arrays;

/**
 * The places of a set-associative cache with true LRU: says at which slot a key lies and which slot a new key takes. What
 * is cached lies in arrays of the owner, indexed by slot. Search is by an exact hash index, so its cost does not grow with
 * the ways. A key is a pair: a number and a tag. Nothing allocates after construction.
 */
final class AssociativeCache {
    /** No slot. */
    static final int NONE = -1;

    private final int sets;
    private final int ways;
    private final long[] key;
    private final int[] tag;
    private final boolean[] valid;
    // A list of each set's ways, the most recently used first; slots that are not valid are last.
    private final int[] next;
    private final int[] previous;
    private final int[] newest;
    // The hash index: chains of slots.
    private final int[] bucket;
    private final int[] chain;
    private final int hashShift;

    AssociativeCache(int sets, int ways) {
        this.sets = sets;
        this.ways = ways;
        int slots = sets * ways;
        key = new long[slots];
        tag = new int[slots];
        valid = new boolean[slots];
        next = new int[slots];
        previous = new int[slots];
        newest = new int[sets];
        for (int set = 0; set < sets; set++) {
            for (int way = 0; way < ways; way++) {
                next[set * ways + way] = set * ways + (way + 1) % ways;
                previous[set * ways + way] = set * ways + (way + ways - 1) % ways;
            }
            newest[set] = set * ways;
        }
        int buckets = Integer.highestOneBit(Math.max(2, slots * 2 - 1)) * 2;
        bucket = new int[buckets];
        Arrays.fill(bucket, NONE);
        chain = new int[slots];
        hashShift = 64 - Integer.numberOfTrailingZeros(buckets);
    }

    int slots() {
        return key.length;
    }

    /** The set of a number; owners choose what part of their key that is. */
    int setOf(long number) {
        return sets == 1 ? 0 : (int) Long.remainderUnsigned(number, sets);
    }

    /** The slot that holds the key, made the most recently used of its set; or {@link #NONE}. */
    int find(int set, long wantedKey, int wantedTag) {
        int head = newest[set];
        if (key[head] == wantedKey && tag[head] == wantedTag && valid[head]) {
            return head;
        }
        int slot = peek(wantedKey, wantedTag);
        if (slot != NONE) {
            touch(set, slot);
        }
        return slot;
    }

    /** Like {@link #find}, without any effect. */
    int peek(long wantedKey, int wantedTag) {
        int slot = bucket[hash(wantedKey, wantedTag)];
        while (slot != NONE && (key[slot] != wantedKey || tag[slot] != wantedTag)) {
            slot = chain[slot];
        }
        return slot;
    }

    /** The slot for a key that is not in the cache: the least recently used of its set, now the most recently used. */
    int insert(int set, long newKey, int newTag) {
        int slot = previous[newest[set]];
        if (valid[slot]) {
            unlink(slot);
        }
        newest[set] = slot;
        key[slot] = newKey;
        tag[slot] = newTag;
        valid[slot] = true;
        int at = hash(newKey, newTag);
        chain[slot] = bucket[at];
        bucket[at] = slot;
        return slot;
    }

    boolean isValid(int slot) {
        return valid[slot];
    }

    long key(int slot) {
        return key[slot];
    }

    int tag(int slot) {
        return tag[slot];
    }

    /** Empties one valid slot, which is then the first of its set to be taken. */
    void remove(int slot) {
        unlink(slot);
        valid[slot] = false;
        int set = slot / ways;
        if (newest[set] == slot) {
            newest[set] = next[slot];
        } else {
            move(slot, newest[set]);
        }
    }

    void clear() {
        for (int slot = 0; slot < valid.length; slot++) {
            if (valid[slot]) {
                remove(slot);
            }
        }
    }

    private void touch(int set, int slot) {
        int head = newest[set];
        if (slot != head) {
            move(slot, head);
            newest[set] = slot;
        }
    }

    /** Moves a slot to the place before {@code head}, which is the end of the circle. */
    private void move(int slot, int head) {
        if (next[slot] == head) {
            return;
        }
        next[previous[slot]] = next[slot];
        previous[next[slot]] = previous[slot];
        int last = previous[head];
        next[last] = slot;
        previous[slot] = last;
        next[slot] = head;
        previous[head] = slot;
    }

    private void unlink(int slot) {
        int at = hash(key[slot], tag[slot]);
        int seen = bucket[at];
        if (seen == slot) {
            bucket[at] = chain[slot];
            return;
        }
        while (chain[seen] != slot) {
            seen = chain[seen];
        }
        chain[seen] = chain[slot];
    }

    private int hash(long number, int with) {
        return (int) ((number * 0x9E3779B97F4A7C15L + with * 0xC2B2AE3D27D4EB4FL) >>> hashShift);
    }

    /** Which keys {@link #removeIf} removes. */
    interface Choice {
        boolean chooses(long key, int tag);
    }

    /** Empties every slot whose key is chosen. */
    void removeIf(Choice choice) {
        for (int slot = 0; slot < valid.length; slot++) {
            if (valid[slot] && choice.chooses(key[slot], tag[slot])) {
                remove(slot);
            }
        }
    }
}

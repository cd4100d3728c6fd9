package org.memvirt.engine.cache;

import java.util.Arrays;

/**
 * The places of a set-associative cache with true LRU: says at which slot a key lies and which slot a new key takes. What
 * is cached lies in arrays of the owner, indexed by slot. Search is by an exact hash index, so its cost does not grow with
 * the ways. A key is a pair: a number and a tag that is not negative. Nothing allocates after construction.
 */
final class AssociativeCache {
    /** No slot. */
    static final int NONE = -1;

    /** The tag of an empty slot. */
    private static final int EMPTY = -1;

    /** Buckets of the hash index for each slot: so many that a key which is not there most often finds an empty one. */
    private static final int BUCKETS = 16;

    private final int sets;
    private final int ways;
    private final long[] key;
    private final int[] tag;
    // The order of use of each set's ways, empty ones last: as a word where they are few, else as a circular list.
    private final boolean few;
    private final long[] order;
    private final int[] next;
    private final int[] previous;
    private final int[] newest;
    // The hash index: chains of slots, each with its bucket.
    private final int[] bucket;
    private final int[] chain;
    private final int[] home;
    private final int hashShift;

    AssociativeCache(int sets, int ways) {
        this.sets = sets;
        this.ways = ways;
        int slots = sets * ways;
        key = new long[slots];
        tag = new int[slots];
        Arrays.fill(tag, EMPTY);
        few = ways <= NibbleOrder.MOST_WAYS;
        order = new long[few ? sets : 0];
        Arrays.fill(order, NibbleOrder.START);
        next = new int[few ? 0 : slots];
        previous = new int[few ? 0 : slots];
        newest = new int[few ? 0 : sets];
        for (int set = 0; set < newest.length; set++) {
            for (int way = 0; way < ways; way++) {
                next[set * ways + way] = set * ways + (way + 1) % ways;
                previous[set * ways + way] = set * ways + (way + ways - 1) % ways;
            }
            newest[set] = set * ways;
        }
        int buckets = Integer.highestOneBit(slots) * BUCKETS;
        bucket = new int[buckets];
        Arrays.fill(bucket, NONE);
        chain = new int[slots];
        home = new int[slots];
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
        int slot = takeOldest(set);
        if (isValid(slot)) {
            unlink(slot);
        }
        key[slot] = newKey;
        tag[slot] = newTag;
        int at = hash(newKey, newTag);
        home[slot] = at;
        chain[slot] = bucket[at];
        bucket[at] = slot;
        return slot;
    }

    private int takeOldest(int set) {
        if (few) {
            long before = order[set];
            int oldestShift = 4 * (ways - 1);
            order[set] = NibbleOrder.rotate(before, oldestShift);
            return set * ways + ((int) (before >>> oldestShift) & 15);
        }
        newest[set] = previous[newest[set]];
        return newest[set];
    }

    boolean isValid(int slot) {
        return tag[slot] != EMPTY;
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
        tag[slot] = EMPTY;
        int set = slot / ways;
        if (few) {
            order[set] = NibbleOrder.free(order[set], slot - set * ways, ways);
        } else if (newest[set] == slot) {
            newest[set] = next[slot];
        } else {
            move(slot, newest[set]);
        }
    }

    void clear() {
        for (int slot = 0; slot < tag.length; slot++) {
            if (isValid(slot)) {
                remove(slot);
            }
        }
    }

    private void touch(int set, int slot) {
        if (few) {
            order[set] = NibbleOrder.touch(order[set], slot - set * ways);
            return;
        }
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
        int at = home[slot];
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
        for (int slot = 0; slot < tag.length; slot++) {
            if (isValid(slot) && choice.chooses(key[slot], tag[slot])) {
                remove(slot);
            }
        }
    }
}

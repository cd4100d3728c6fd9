package org.memvirt.engine.walkcache;

import java.util.Arrays;

/**
 * A set-associative cache with true LRU. A key is a pair: a number and a tag that is not negative. Search is by an exact hash
 * index, so its cost does not grow with the ways. Nothing allocates after construction.
 *
 * <p>A slot is a stretch of {@link #words}, by whose first it is named; {@link #CONTENT} words into it lie
 * {@link #CONTENT_WORDS} for its owner's use, which stay as they are until the owner writes them for another key.
 */
final class AssociativeCache {
    /** No slot. */
    static final int NONE = -1;

    static final int CONTENT = 4;
    static final int CONTENT_WORDS = 4;

    // Of a slot: its key, the place of its last use in its set's log, and the next slot of its chain with the bucket of that.
    private static final int NUMBER = 0;
    private static final int TAG = 1;
    private static final int STAMP = 2;
    private static final int CHAIN = 3;
    private static final int WORDS = CONTENT + CONTENT_WORDS;

    /** The tag of an empty slot. */
    private static final int EMPTY = -1;

    /** Buckets of the hash index for each slot: so many that a key which is not there most often finds an empty one. */
    private static final int BUCKETS = 16;

    /** Places in a log for each way, and in all logs, at least: so many that they are seldom full of what does not count. */
    private static final int USES = 16;

    private static final int LEAST_USES = 512;

    /** All slots, set by set. */
    final long[] words;

    private final int sets;
    private final int ways;
    // The order of use of each set's slots, empty ones first, as a log, because one use need not wait for the one before: what
    // a place says of a slot counts if it is the slot's stamp. A set's log is a ring, in use from its tail to its head.
    private final int[] log;
    private final int logMask;
    private final int[] head;
    private final int[] tail;
    // The hash index: chains of slots.
    private final int[] bucket;
    private final int hashShift;
    private boolean indexed = true;

    AssociativeCache(int sets, int ways) {
        this.sets = sets;
        this.ways = ways;
        words = new long[sets * ways * WORDS];
        int uses = Math.max(USES * Integer.highestOneBit(ways), LEAST_USES / Integer.highestOneBit(sets));
        log = new int[sets * uses];
        logMask = uses - 1;
        head = new int[sets];
        tail = new int[sets];
        for (int set = 0; set < sets; set++) {
            for (int way = 0; way < ways; way++) {
                int slot = (set * ways + way) * WORDS;
                words[slot + TAG] = EMPTY;
                append(set, slot);
            }
        }
        int buckets = Integer.highestOneBit(sets * ways) * BUCKETS;
        bucket = new int[buckets];
        Arrays.fill(bucket, NONE);
        hashShift = 64 - Integer.numberOfTrailingZeros(buckets);
    }

    int slots() {
        return sets * ways;
    }

    /** The slot at the {@code index}-th place of all. */
    int slotAt(int index) {
        return index * WORDS;
    }

    /** The set of a number; owners choose what part of their key that is. */
    int setOf(long number) {
        return sets == 1 ? 0 : (int) Long.remainderUnsigned(number, sets);
    }

    private int setOfSlot(int slot) {
        return slot / (WORDS * ways);
    }

    /** The slot that holds the key, made the most recently used of its set; or {@link #NONE}. */
    int find(int set, long number, int tag) {
        int slot = peek(number, tag);
        if (slot != NONE) {
            append(set, slot);
        }
        return slot;
    }

    /** Like {@link #find}, without any effect. */
    int peek(long number, int tag) {
        index();
        long[] all = words;
        int slot = bucket[bucketOf(number, tag)];
        while (slot != NONE && (all[slot + NUMBER] ^ number | all[slot + TAG] ^ tag) != 0) {
            slot = (int) all[slot + CHAIN];
        }
        return slot;
    }

    /** The slot for a key that is not in the cache: the least recently used of its set, now the most recently used. */
    int insert(int set, long number, int tag) {
        int slot = takeOldest(set);
        index();
        if (words[slot + TAG] != EMPTY) {
            unlink(slot);
        }
        words[slot + NUMBER] = number;
        words[slot + TAG] = tag;
        link(slot, bucketOf(number, tag));
        append(set, slot);
        return slot;
    }

    /** Takes the slot that was not used for longest out of the log of its set. */
    private int takeOldest(int set) {
        long[] all = words;
        int[] uses = log;
        int mask = logMask;
        int first = set * (mask + 1);
        int place = tail[set];
        int slot = uses[first + (place & mask)];
        while (all[slot + STAMP] != place) {
            place++;
            slot = uses[first + (place & mask)];
        }
        tail[set] = place + 1;
        return slot;
    }

    /** Notes a use of a slot. */
    private void append(int set, int slot) {
        int place = head[set];
        log[set * (logMask + 1) + (place & logMask)] = slot;
        words[slot + STAMP] = place;
        head[set] = place + 1;
        if (place - tail[set] == logMask) {
            shorten(set);
        }
    }

    /** Drops from a log what does not count any more: moves what does to its end. */
    private void shorten(int set) {
        int first = set * (logMask + 1);
        int begin = head[set];
        int end = begin - ways;
        for (int place = begin - 1; begin != end; place--) {
            int slot = log[first + (place & logMask)];
            if (words[slot + STAMP] == place) {
                begin--;
                log[first + (begin & logMask)] = slot;
                words[slot + STAMP] = begin;
            }
        }
        tail[set] = end;
    }

    // For whoever changes many keys at a time: see LruRun.

    /** Puts a set's slots, the least recently used first, at the places that the set has among all. */
    void copyByAge(int set, int[] into) {
        if (head[set] - tail[set] != ways) {
            shorten(set);
        }
        int first = set * (logMask + 1);
        int from = tail[set];
        for (int age = 0; age < ways; age++) {
            into[set * ways + age] = log[first + (from + age & logMask)];
        }
    }

    /** Makes this the order of a set's slots, as {@link #copyByAge} tells it. */
    void order(int set, int[] slots) {
        int first = set * (logMask + 1);
        for (int age = 0; age < ways; age++) {
            int slot = slots[set * ways + age];
            log[first + age] = slot;
            words[slot + STAMP] = age;
        }
        tail[set] = 0;
        head[set] = ways;
    }

    /** Gives a slot, which may be empty, to another key that is in no other when all are given; the order stays. */
    void give(int slot, long number, int tag) {
        words[slot + NUMBER] = number;
        words[slot + TAG] = tag;
        indexed = false;
    }

    boolean isValid(int slot) {
        return words[slot + TAG] != EMPTY;
    }

    long number(int slot) {
        return words[slot + NUMBER];
    }

    int tag(int slot) {
        return (int) words[slot + TAG];
    }

    /** Empties one valid slot, which is then the first of its set to be taken. */
    void remove(int slot) {
        index();
        unlink(slot);
        words[slot + TAG] = EMPTY;
        int set = setOfSlot(slot);
        int place = --tail[set];
        log[set * (logMask + 1) + (place & logMask)] = slot;
        words[slot + STAMP] = place;
        if (head[set] - place > logMask) {
            shorten(set);
        }
    }

    void clear() {
        removeIf((number, tag) -> true);
    }

    /** Which keys {@link #removeIf} removes. */
    interface Choice {
        boolean chooses(long number, int tag);
    }

    /** Empties every slot whose key is chosen. */
    void removeIf(Choice choice) {
        for (int slot = 0; slot < words.length; slot += WORDS) {
            if (isValid(slot) && choice.chooses(number(slot), tag(slot))) {
                remove(slot);
            }
        }
    }

    // The hash index.

    /** Makes the index anew if keys were given. */
    private void index() {
        if (!indexed) {
            indexed = true;
            Arrays.fill(bucket, NONE);
            for (int slot = 0; slot < words.length; slot += WORDS) {
                if (isValid(slot)) {
                    link(slot, bucketOf(number(slot), tag(slot)));
                }
            }
        }
    }

    private int bucketOf(long number, int tag) {
        return (int) ((number ^ (long) tag << 40) * 0x9E3779B97F4A7C15L >>> hashShift);
    }

    private void link(int slot, int in) {
        words[slot + CHAIN] = (long) in << Integer.SIZE | bucket[in] & 0xffff_ffffL;
        bucket[in] = slot;
    }

    private void unlink(int slot) {
        long[] all = words;
        int next = (int) all[slot + CHAIN];
        int in = (int) (all[slot + CHAIN] >>> Integer.SIZE);
        int seen = bucket[in];
        if (seen == slot) {
            bucket[in] = next;
            return;
        }
        while ((int) all[seen + CHAIN] != slot) {
            seen = (int) all[seen + CHAIN];
        }
        all[seen + CHAIN] = (long) in << Integer.SIZE | next & 0xffff_ffffL;
    }
}

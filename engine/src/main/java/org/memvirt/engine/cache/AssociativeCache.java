package org.memvirt.engine.cache;

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
    // For restore.
    private final long[] savedWords;
    private final int[] savedTail;

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
        savedWords = words.clone();
        savedTail = tail.clone();
    }

    int slots() {
        return sets * ways;
    }

    /** The slot at the {@code index}-th place of all. */
    int slotAt(int index) {
        return index * WORDS;
    }

    /** The place of a slot among all. */
    static int indexOf(int slot) {
        return slot / WORDS;
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
        return search(bucketOf(number, tag), number, tag);
    }

    private int search(int in, long number, int tag) {
        long[] all = words;
        int slot = bucket[in];
        while (slot != NONE && (all[slot + NUMBER] ^ number | all[slot + TAG] ^ tag) != 0) {
            slot = (int) all[slot + CHAIN];
        }
        return slot;
    }

    /** The slot for a key that is not in the cache: the least recently used of its set, now the most recently used. */
    int insert(int set, long number, int tag) {
        return insert(set, number, tag, bucketOf(number, tag));
    }

    /**
     * Uses keys with one tag, one after another: {@link #find}, and if a key is not there, {@link #insert}.
     *
     * @param numbers the keys' numbers, which are in the set of {@link #setOf}
     * @param slots where their slots are put, inverted if the key was not there
     */
    void useAll(long[] numbers, int count, int tag, int[] slots) {
        if (sets == 1) {
            useAllOfOneSet(numbers, count, tag, slots);
            return;
        }
        for (int i = 0; i < count; i++) {
            int in = bucketOf(numbers[i], tag);
            int slot = search(in, numbers[i], tag);
            if (slot == NONE) {
                slots[i] = ~insert(setOf(numbers[i]), numbers[i], tag, in);
            } else {
                append(setOf(numbers[i]), slot);
                slots[i] = slot;
            }
        }
    }

    /** The same with the ends of the log in locals: half the time. */
    private void useAllOfOneSet(long[] numbers, int count, int tag, int[] slots) {
        long[] all = words;
        int[] uses = log;
        int newest = head[0];
        int oldest = tail[0];
        for (int i = 0; i < count; i++) {
            long number = numbers[i];
            int in = bucketOf(number, tag);
            int slot = search(in, number, tag);
            slots[i] = slot;
            if (slot == NONE) {
                slot = uses[oldest & uses.length - 1];
                while (all[slot + STAMP] != oldest) {
                    oldest++;
                    slot = uses[oldest & uses.length - 1];
                }
                oldest++;
                rename(slot, number, tag, in);
                slots[i] = ~slot;
            }
            uses[newest & uses.length - 1] = slot;
            all[slot + STAMP] = newest++;
            if (newest - oldest == uses.length) {
                head[0] = newest;
                tail[0] = oldest;
                shorten(0);
                oldest = tail[0];
            }
        }
        head[0] = newest;
        tail[0] = oldest;
    }

    private int insert(int set, long number, int tag, int in) {
        int slot = takeOldest(set);
        rename(slot, number, tag, in);
        append(set, slot);
        return slot;
    }

    /** Gives a slot, which may be empty, to another key. */
    private void rename(int slot, long number, int tag, int in) {
        long[] all = words;
        if (all[slot + TAG] != EMPTY) {
            unlink(slot);
        }
        all[slot + NUMBER] = number;
        all[slot + TAG] = tag;
        link(slot, in);
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

    // A state to return to.

    /** Keeps what the cache holds, with the owner's words, for {@link #restore}. */
    void save() {
        System.arraycopy(words, 0, savedWords, 0, words.length);
        System.arraycopy(tail, 0, savedTail, 0, tail.length);
    }

    /** Makes the cache what it was at {@link #save}. */
    void restore() {
        System.arraycopy(savedWords, 0, words, 0, words.length);
        Arrays.fill(bucket, NONE);
        for (int slot = 0; slot < words.length; slot += WORDS) {
            if (isValid(slot)) {
                link(slot, bucketOf(number(slot), tag(slot)));
            }
        }
        for (int set = 0; set < sets; set++) {
            restoreLog(set);
        }
    }

    /** Writes a set's log anew: its slots in the order of their stamps, which are counted from the tail of then. */
    private void restoreLog(int set) {
        int since = savedTail[set];
        head[set] = 0;
        tail[set] = 0;
        int last = -1;
        for (int way = 0; way < ways; way++) {
            int oldest = NONE;
            int least = Integer.MAX_VALUE;
            for (int slot = set * ways * WORDS; slot < (set + 1) * ways * WORDS; slot += WORDS) {
                int age = (int) savedWords[slot + STAMP] - since;
                if (age > last && age < least) {
                    oldest = slot;
                    least = age;
                }
            }
            last = least;
            append(set, oldest);
        }
    }
}

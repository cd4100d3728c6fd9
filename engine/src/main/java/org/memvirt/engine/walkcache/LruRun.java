package org.memvirt.engine.walkcache;

import java.util.Arrays;

/**
 * A run of uses of an {@link AssociativeCache}: of each key, one after another, {@link AssociativeCache#find}, and if it is
 * not there, {@link AssociativeCache#insert}. The cache knows nothing of it before {@link #keep}, so that a run that ought
 * not to be is just left.
 *
 * <p>The uses are places in an order, behind one place for each slot of the cache, by age. A place counts as long as its key
 * was not used again; so a key is in the cache if its last place is not before the oldest that does. To use a key is to
 * replace its last place, and to make room is to go on from the oldest.
 */
final class LruRun {
    private static final int FREE = -1;

    /** With the bucket of a use that does not find its key. */
    private static final int MISS = Integer.MIN_VALUE;

    /** What no key has for a number, because numbers are addresses without their lowest bits. */
    private static final long NOBODY = Long.MIN_VALUE;

    /** Buckets of the hash index for each place: so many that a key most often finds its own, or a free one, at once. */
    private static final int BUCKETS = 8;

    /** Ways of which each key is compared with all uses, to see whether these find all theirs. */
    private static final int FEW = 8;

    private final AssociativeCache cache;
    private final int sets;
    private final int ways;
    private final int first;
    private int end;
    private int tag;

    // By place, its key's number and its bucket; of the places of slots, the slot, and the first use that found its key.
    private final long[] numbers;
    private final int[] buckets;
    private final int[] slots;
    private final int[] found;
    private final long[] differs;
    // The hash index: by bucket, the last place of a key, or FREE.
    private final int[] last;
    // By set, the oldest place that may count.
    private final int[] oldest;

    // For keep: slots by age, those to be given to other keys, and which were given with the last uses of their keys.
    private final int[] order;
    private final int[] given;
    private final int[] keptSlots;
    private final int[] keptUses;

    /** @param most uses at a time */
    LruRun(AssociativeCache cache, int sets, int ways, int most) {
        this.cache = cache;
        this.sets = sets;
        this.ways = ways;
        first = sets * ways;
        numbers = new long[first + most];
        buckets = new int[first + most];
        slots = new int[first];
        found = new int[first];
        differs = new long[first + most];
        last = new int[BUCKETS * (first + most)];
        oldest = new int[sets];
        order = new int[first];
        given = new int[ways];
        keptSlots = new int[first];
        keptUses = new int[first];
    }

    /** By place, the numbers of the keys to use, from {@link #first} on; to be set before {@link #use}. */
    long[] numbers() {
        return numbers;
    }

    /** The place of the first use. */
    int first() {
        return first;
    }

    /**
     * Makes uses, beginning with what the cache holds, of keys with one tag.
     *
     * @return whether all find their keys
     */
    boolean use(int count, int ofTag) {
        end = first + count;
        tag = ofTag;
        Arrays.fill(found, FREE);
        for (int set = 0; set < sets; set++) {
            oldest[set] = set * ways;
            cache.copyByAge(set, slots);
        }
        for (int place = 0; place < first; place++) {
            int slot = slots[place];
            numbers[place] = cache.isValid(slot) && cache.tag(slot) == tag ? cache.number(slot) : NOBODY;
        }
        if (first <= FEW && findAll()) {
            orderFew();
            return true;
        }
        useAny();
        return false;
    }

    /** Whether all uses find their keys, so that nothing changes but the order. */
    private boolean findAll() {
        long[] keys = numbers;
        long[] differ = differs;
        Arrays.fill(differ, first, end, -1);
        for (int slot = 0; slot < first; slot++) {
            long key = keys[slot];
            for (int place = first; place < end; place++) {
                long difference = keys[place] ^ key;
                differ[place] &= difference | -difference;
            }
        }
        long any = 0;
        for (int place = first; place < end; place++) {
            any |= differ[place];
        }
        return any >= 0;
    }

    /** Notes the last uses, and the first, where all find their keys: a bucket for each slot, and one for what does not count. */
    private void orderFew() {
        int from = end;
        Arrays.fill(buckets, first, end, first);
        last[first] = FREE;
        for (int slot = 0; slot < first; slot++) {
            int place = end - 1;
            while (place >= first && numbers[place] != numbers[slot]) {
                place--;
            }
            last[slot] = place < first ? slot : place;
            buckets[slot] = slot;
            buckets[last[slot]] = slot;
            if (place >= first) {
                place = first;
                while (numbers[place] != numbers[slot]) {
                    place++;
                }
                found[slot] = place - first;
            }
            from = Math.min(from, last[slot]);
        }
        Arrays.fill(oldest, from);
    }

    /** Makes the uses, where not all find their keys, by a hash index of what the cache holds. */
    private void useAny() {
        long[] keys = numbers;
        int[] index = last;
        int[] in = buckets;
        int begin = first;
        int size = BUCKETS * Integer.highestOneBit(end);
        int mask = size - 1;
        int shift = Integer.SIZE - Integer.numberOfTrailingZeros(size);
        Arrays.fill(index, 0, size, FREE);
        for (int place = 0; place < begin; place++) {
            int bucket = bucketOf(keys[place], shift);
            while (index[bucket] != FREE) {
                bucket = bucket + 1 & mask;
            }
            index[bucket] = place;
            in[place] = bucket;
        }
        if (sets > 1) {
            useSets(mask, shift);
            return;
        }
        int old = 0;
        for (int place = begin; place < end; place++) {
            long number = keys[place];
            int bucket = bucketOf(number, shift);
            int before = index[bucket];
            while (before != FREE && keys[before] != number) {
                bucket = bucket + 1 & mask;
                before = index[bucket];
            }
            index[bucket] = place;
            in[place] = bucket;
            if (before < old) {
                in[place] = bucket | MISS;
                while (index[in[old] & ~MISS] != old) {
                    old++;
                }
                old++;
            } else if (before < begin) {
                found[before] = place - begin;
            }
        }
        oldest[0] = old;
    }

    private void useSets(int mask, int shift) {
        for (int place = first; place < end; place++) {
            int set = setOf(place);
            int bucket = bucketOf(numbers[place], shift);
            while (last[bucket] != FREE && numbers[last[bucket]] != numbers[place]) {
                bucket = bucket + 1 & mask;
            }
            int before = last[bucket];
            last[bucket] = place;
            buckets[place] = bucket;
            if (before < oldest[set]) {
                buckets[place] = bucket | MISS;
                while (!counts(oldest[set]) || setOf(oldest[set]) != set) {
                    oldest[set]++;
                }
                oldest[set]++;
            } else if (before < first) {
                found[before] = place - first;
            }
        }
    }

    private static int bucketOf(long number, int shift) {
        return (int) number * 0x9E3779B1 >>> shift;
    }

    /** Whether a use did not find its key. */
    boolean missed(int use) {
        return buckets[first + use] < 0;
    }

    private int setOf(int place) {
        return place < first ? place / ways : cache.setOf(numbers[place]);
    }

    private boolean counts(int place) {
        return last[buckets[place] & ~MISS] == place;
    }

    // What the cache held before: by age.

    /** How many slots were there to be found. */
    int slots() {
        return first;
    }

    int slot(int age) {
        return slots[age];
    }

    /** The first use that found what this slot held; or below 0, if none did. */
    int found(int age) {
        return found[age];
    }

    /**
     * Has the cache hold what it would after these uses, one after another.
     *
     * @return how many slots hold other keys now, or such as were used; their owner has to write what they are to hold
     */
    int keep() {
        int kept = 0;
        for (int set = 0; set < sets; set++) {
            kept = keep(set, kept);
        }
        return kept;
    }

    private int keep(int set, int from) {
        int at = set * ways;
        int free = 0;
        for (int place = set * ways; place < (set + 1) * ways; place++) {
            if (counts(place) && place >= oldest[set]) {
                order[at++] = slots[place];
            } else {
                given[free++] = slots[place];
            }
        }
        int kept = from;
        int next = 0;
        for (int place = Math.max(first, oldest[set]); next < free; place++) {
            if (counts(place) && (sets == 1 || setOf(place) == set)) {
                int slot = given[next++];
                cache.give(slot, numbers[place], tag);
                order[at++] = slot;
                keptSlots[kept] = slot;
                keptUses[kept++] = place - first;
            }
        }
        cache.order(set, order);
        return kept;
    }

    /** Of those that were kept. */
    int keptSlot(int kept) {
        return keptSlots[kept];
    }

    /** The last use of its key. */
    int keptUse(int kept) {
        return keptUses[kept];
    }
}

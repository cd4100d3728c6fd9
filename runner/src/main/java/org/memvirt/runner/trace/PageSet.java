package org.memvirt.runner.trace;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Distinct numbers that are not -1, in a hash table with open addressing. */
final class PageSet {
    private static final long FREE = -1;
    private static final long SCATTER = 0x9e37_79b9_7f4a_7c15L;

    /** Differs from run to run, so that no trace can have all its pages fall on one place; no result depends on it. */
    private static final long SALT = new SplittableRandom().nextLong();
    private static final int SMALLEST = 1 << 10;

    private long[] slots = free(SMALLEST);
    private int size;

    private static long[] free(int length) {
        long[] slots = new long[length];
        Arrays.fill(slots, FREE);
        return slots;
    }

    void add(long number) {
        if (size * 2 >= slots.length) {
            grow();
        }
        if (put(slots, number)) {
            size++;
        }
    }

    private static boolean put(long[] slots, long number) {
        int mask = slots.length - 1;
        long mixed = (number ^ SALT) * SCATTER;
        int at = (int) ((mixed ^ mixed >>> 32) * SCATTER >>> 32) & mask;
        while (slots[at] != number) {
            if (slots[at] == FREE) {
                slots[at] = number;
                return true;
            }
            at = at + 1 & mask;
        }
        return false;
    }

    private void grow() {
        long[] larger = free(slots.length * 2);
        for (long number : slots) {
            if (number != FREE) {
                put(larger, number);
            }
        }
        slots = larger;
    }

    int size() {
        return size;
    }
}

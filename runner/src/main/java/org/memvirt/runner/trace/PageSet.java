package org.memvirt.runner.trace;

import java.util.Arrays;

/** Distinct numbers that are not -1, in a hash table with open addressing. */
final class PageSet {
    private static final long FREE = -1;
    private static final long SCATTER = 0x9e37_79b9_7f4a_7c15L;
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
        int at = (int) (number * SCATTER >>> 32) & mask;
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

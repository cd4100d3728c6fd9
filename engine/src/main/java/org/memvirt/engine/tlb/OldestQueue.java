package org.memvirt.engine.tlb;

import java.util.Arrays;

/**
 * The entries of one set from the oldest on, as of some time: those that were not used since are still in their order, and
 * older than all others. So the entries of a large set are put in order once for many that make room.
 */
final class OldestQueue {
    private static final int WAY_BITS = 12;
    static final int MOST_WAYS = 1 << WAY_BITS;

    // The time of an entry's last use, and its way in the low bits; ascending.
    private final long[] queue;
    private int at;

    OldestQueue(int ways) {
        queue = new long[ways];
        at = ways;
    }

    /**
     * The way that was not used for longest.
     *
     * @param last by slot the time of the last use
     * @param first the slot of way 0
     */
    int oldest(long[] last, int first) {
        while (at < queue.length) {
            long entry = queue[at++];
            int way = (int) entry & MOST_WAYS - 1;
            if (last[first + way] == entry >>> WAY_BITS) {
                return way;
            }
        }
        for (int way = 0; way < queue.length; way++) {
            queue[way] = last[first + way] << WAY_BITS | way;
        }
        Arrays.sort(queue);
        at = 1;
        return (int) queue[0] & MOST_WAYS - 1;
    }

    /** An entry has become older than it was, or all may have. */
    void forget() {
        at = queue.length;
    }
}

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
    // When they were put in order.
    private long asOf;

    OldestQueue(int ways) {
        queue = new long[ways];
        at = ways;
    }

    /**
     * The way that was not used for longest.
     *
     * @param last by slot the time of the last use
     * @param first the slot of way 0
     * @param now a time may lie behind it where uses to come are known; such an entry is not the oldest
     */
    int oldest(long[] last, int first, long now) {
        while (at < queue.length) {
            long entry = queue[at++];
            if (entry >>> WAY_BITS > asOf) {
                break;
            }
            int way = (int) entry & MOST_WAYS - 1;
            if (last[first + way] == entry >>> WAY_BITS) {
                return way;
            }
        }
        for (int way = 0; way < queue.length; way++) {
            queue[way] = last[first + way] << WAY_BITS | way;
        }
        Arrays.sort(queue);
        asOf = now;
        at = 1;
        return (int) queue[0] & MOST_WAYS - 1;
    }

    /** An entry has become older than it was, or all may have. */
    void forget() {
        at = queue.length;
    }
}

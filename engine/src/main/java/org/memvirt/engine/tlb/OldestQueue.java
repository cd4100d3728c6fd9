package org.memvirt.engine.tlb;

import java.util.Arrays;

/**
 * The entries of one set from the oldest on, as of some time: those that were not used since are still in their order, and
 * older than all others. So the entries of a large set are put in order once for many that make room.
 */
final class OldestQueue {
    private static final int WAY_BITS = 12;
    static final int MOST_WAYS = 1 << WAY_BITS;

    /** Entries up to which a sort by insertion is quickest. */
    private static final int MOST_INSERTED = 128;

    // The time of an entry's last use, and its way in the low bits; ascending.
    private final long[] queue;
    private int at;
    // When they were put in order.
    private long asOf;

    OldestQueue(int ways) {
        queue = new long[ways];
        for (int way = 0; way < ways; way++) {
            queue[way] = way;
        }
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
        for (int i = 0; i < queue.length; i++) {
            int way = (int) queue[i] & MOST_WAYS - 1;
            queue[i] = last[first + way] << WAY_BITS | way;
        }
        sort();
        asOf = now;
        at = 1;
        return (int) queue[0] & MOST_WAYS - 1;
    }

    /** Those that made room since they were in order are in order still: to insert the others among them is quick. */
    private void sort() {
        if (queue.length > MOST_INSERTED) {
            Arrays.sort(queue);
            return;
        }
        for (int i = 1; i < queue.length; i++) {
            long entry = queue[i];
            int to = i;
            for (; to > 0 && queue[to - 1] > entry; to--) {
                queue[to] = queue[to - 1];
            }
            queue[to] = entry;
        }
    }

    /** An entry has become older than it was, or all may have. */
    void forget() {
        at = queue.length;
    }
}

package org.memvirt.engine.tlb;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.tlb.TlbPreset;

/**
 * The order in which the entries of each set of a TLB array were used, as its replacement policy keeps it: in the times of
 * {@link Uses}, by a {@link Replacer}, or, for LRU of few ways, in the first word of each set ({@link NibbleOrder}).
 */
final class UseOrder {
    static final int NONE = -1;

    /** Ways that are looked at one by one. */
    private static final int FEW = 8;

    private final int ways;
    private final int oldestShift;
    private final long[] words;
    private final int strideShift;
    private final @Nullable Uses uses;
    private final int firstUse;
    private final @Nullable Replacer replacer;
    // By set, where there are so many ways that to look at all for one that makes room is slow; else empty.
    private final OldestQueue[] queues;
    // By set, the way that was used last, or NONE; kept up by the array's owner, where it needs it.
    private final int[] latest;
    private final int[] savedLatest;

    /**
     * @param times where those of LRU's uses are kept; null for none
     * @param words those of the array, of which each set's first is this order's
     * @param strideShift the distance of sets in them, as a power of two
     */
    UseOrder(TlbPreset.Array geometry, long seed, @Nullable Uses times, long[] words, int strideShift) {
        this.words = words;
        this.strideShift = strideShift;
        int sets = geometry.sets();
        ways = geometry.ways();
        oldestShift = 4 * (ways - 1);
        boolean lru = geometry.replacement() == TlbPreset.Replacement.LRU;
        uses = lru ? times : null;
        firstUse = uses == null ? Uses.NOBODYS : uses.allot(sets * ways);
        boolean inWords = lru && ways <= NibbleOrder.MOST_WAYS;
        replacer = uses != null || inWords ? null : Replacer.of(geometry.replacement(), sets, ways, seed);
        boolean many = uses != null && ways > FEW && ways <= OldestQueue.MOST_WAYS;
        queues = new OldestQueue[many ? sets : 0];
        Arrays.setAll(queues, set -> new OldestQueue(ways));
        for (int set = 0; set < sets; set++) {
            words[set << strideShift] = NibbleOrder.START;
        }
        latest = new int[sets];
        Arrays.fill(latest, NONE);
        savedLatest = latest.clone();
    }

    /** Whether it is true LRU's, and there are few enough ways to give it as a {@link NibbleOrder}. */
    boolean isOfNibbles() {
        return replacer == null && ways <= NibbleOrder.MOST_WAYS;
    }

    /** Whether each entry has the time of its last use. */
    boolean isOfTimes() {
        return uses != null;
    }

    /** When the entry was used last, where entries have times. */
    long time(int set, int way) {
        return times().last[firstUse + set * ways + way];
    }

    /** It is used at this time. */
    void setTime(int set, int way, long time) {
        times().last[firstUse + set * ways + way] = time;
    }

    private Uses times() {
        return Objects.requireNonNull(uses, "an order without times");
    }

    /** Whether each use of an entry that is not the latest of its set changes more than the time of its use. */
    boolean needsLatest() {
        return uses == null && !(replacer != null && replacer.ignoresUses());
    }

    /** Whether each use of an entry changes its order, even if it was the latest of its set before. */
    boolean countsUses() {
        return replacer != null && replacer.countsUses();
    }

    /** Where among {@link Uses} the time of the entry's last use is. */
    int useOf(int set, int way) {
        return uses == null ? Uses.NOBODYS : firstUse + set * ways + way;
    }

    void touch(int set, int way) {
        if (uses != null) {
            uses.last[useOf(set, way)] = uses.now();
        } else if (replacer == null) {
            renew(set << strideShift, way);
        } else {
            replacer.touch(set, way);
        }
    }

    /** The way of a set is the newest now, by the place of its first word, where the order lies there. */
    void renew(int head, int way) {
        words[head] = NibbleOrder.touch(words[head], way);
    }

    /** The way of an empty entry, else of the policy's choice, whose use is noted. */
    int take(int set) {
        if (uses != null) {
            return takeOldest(set, uses);
        }
        return replacer != null ? replacer.take(set) : rotate(set << strideShift);
    }

    private int takeOldest(int set, Uses times) {
        long[] last = times.last;
        int first = firstUse + set * ways;
        if (queues.length != 0) {
            int way = queues[set].oldest(last, first, times.now());
            last[first + way] = times.now();
            return way;
        }
        int oldest = first;
        long time = last[first];
        for (int slot = first + 1; slot < first + ways; slot++) {
            if (last[slot] < time) {
                time = last[slot];
                oldest = slot;
            }
        }
        last[oldest] = times.now();
        return oldest - first;
    }

    /** The oldest way of a set, by the place of its first word, where the order lies there; it is the newest now. */
    int rotate(int head) {
        long order = words[head];
        words[head] = NibbleOrder.rotate(order, oldestShift);
        return (int) (order >>> oldestShift) & 15;
    }

    /** The entry is empty, and the first of its set to be taken. */
    void free(int set, int way) {
        if (uses != null) {
            uses.last[useOf(set, way)] = 0;
            forgetQueue(set);
        } else if (replacer == null) {
            int head = set << strideShift;
            words[head] = NibbleOrder.free(words[head], way, ways);
        } else {
            replacer.free(set, way);
        }
        if (latest[set] == way) {
            latest[set] = NONE;
        }
    }

    /** A time of the set is now before what it was. */
    void forgetQueue(int set) {
        if (queues.length != 0) {
            queues[set].forget();
        }
    }

    /** The way of this one's set that was the latest before; from now on it is this one. */
    int makeLatest(int set, int way) {
        int before = latest[set];
        latest[set] = way;
        return before;
    }

    /** The ways of a set from the newest to the oldest, as {@link NibbleOrder}. */
    long order(int set) {
        if (uses == null) {
            return words[set << strideShift];
        }
        long[] last = uses.last;
        int first = firstUse + set * ways;
        long order = 0;
        for (int way = 0; way < ways; way++) {
            int newer = 0;
            for (int other = 0; other < ways; other++) {
                boolean later = last[first + other] > last[first + way];
                newer += later || last[first + other] == last[first + way] && other < way ? 1 : 0;
            }
            order |= (long) way << 4 * newer;
        }
        return order;
    }

    /** Gives each way the age of its number, or none where it is empty; whoever calls it does so for all ways of the set. */
    void setAge(int set, int way, boolean empty) {
        words[set << strideShift] = NibbleOrder.START;
        if (uses != null) {
            uses.last[useOf(set, way)] = empty ? 0 : uses.now() - way;
            forgetQueue(set);
        }
    }

    /** Keeps what lies neither in the words nor in the times, for {@link #restore}. */
    void save() {
        System.arraycopy(latest, 0, savedLatest, 0, latest.length);
        if (replacer != null) {
            replacer.save();
        }
    }

    /** Makes it what it was at {@link #save}. */
    void restore() {
        System.arraycopy(savedLatest, 0, latest, 0, latest.length);
        for (OldestQueue queue : queues) {
            queue.forget();
        }
        if (replacer != null) {
            replacer.restore();
        }
    }
}

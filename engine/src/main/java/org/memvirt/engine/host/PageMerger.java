package org.memvirt.engine.host;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.memvirt.engine.memory.Backing;
import org.memvirt.engine.memory.HostMemory;

/**
 * Lets granules that hold the same share a frame, of one guest or several; a store to one breaks that (as Linux's KSM and VMware's
 * content-based sharing do). It goes round all guests' memory, some granules a turn, and leaves alone what has changed since it
 * last came by.
 */
final class PageMerger {
    private static final int WORD_BYTES = Long.BYTES;
    private static final int FRAME = 4096;

    private final HostMemory host;
    private final int perTurn;
    private int guest;
    private long hand;
    // By guest and granule: the sum of what it held at the last visit.
    private final Map<Place, Long> sums = new HashMap<>();
    // By sum: one that holds such.
    private final Map<Long, Place> candidates = new HashMap<>();

    // A backing is itself alone, so that it tells guests apart.
    private record Place(Backing guest, long gpa) {}

    /** @param perTurn granules that it looks at in one turn */
    PageMerger(HostMemory host, int perTurn) {
        this.host = host;
        this.perTurn = perTurn;
    }

    /** A guest is gone. */
    void remove(Backing backing) {
        sums.keySet().removeIf(place -> place.guest == backing);
        candidates.values().removeIf(place -> place.guest == backing);
        guest = 0;
        hand = 0;
    }

    /** Goes twice round all memory, so that whatever holds the same and does not change is merged. */
    void scanAll() {
        // The first ends the round that is under way.
        for (int rounds = 0; rounds < 3;) {
            rounds += scan() ? 1 : 0;
        }
    }

    /**
     * One turn.
     *
     * @return whether it came to the end of a round
     */
    boolean scan() {
        for (int looked = 0; looked < perTurn; looked++) {
            Backing backing = host.backings().get(guest);
            hand = backing.next(hand);
            if (hand < 0) {
                hand = 0;
                guest = (guest + 1) % host.backings().size();
                if (guest == 0) {
                    candidates.clear();
                    return true;
                }
            } else {
                visit(backing, hand);
                hand += 1L << backing.granuleShift();
            }
        }
        return false;
    }

    private void visit(Backing backing, long gpa) {
        if (!backing.pieces().isPlain(gpa) && !backing.pieces().isShared(gpa)) {
            return;
        }
        Place place = new Place(backing, gpa);
        long sum = sum(backing, gpa);
        Long before = sums.put(place, sum);
        if (before == null || before != sum) {
            return;
        }
        Place candidate = candidates.putIfAbsent(sum, place);
        if (candidate == null || candidate.equals(place)) {
            return;
        }
        Backing other = candidate.guest;
        if (other.granuleShift() != backing.granuleShift() || other.find(candidate.gpa) == backing.find(gpa)) {
            return;
        }
        if (isSame(backing, gpa, other, candidate.gpa)) {
            backing.share(gpa, backing.granuleShift(), other, candidate.gpa);
        } else {
            candidates.put(sum, place);
        }
    }

    private static long sum(Backing backing, long gpa) {
        long sum = 1;
        for (long at = gpa; at < gpa + (1L << backing.granuleShift()); at += FRAME) {
            long[] words = backing.words(at);
            for (int i = 0; words != null && i < words.length; i++) {
                sum += words[i] * (2L * ((at - gpa) / WORD_BYTES + i) + 1) * 0x9e3779b97f4a7c15L;
            }
        }
        return sum;
    }

    private static boolean isSame(Backing one, long gpa, Backing other, long otherGpa) {
        boolean there = other.find(otherGpa) >= 0;
        for (long at = 0; there && at < 1L << one.granuleShift(); at += FRAME) {
            there = Arrays.equals(one.words(gpa + at), other.words(otherGpa + at));
        }
        return there;
    }
}

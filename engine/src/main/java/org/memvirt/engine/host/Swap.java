package org.memvirt.engine.host;

import org.memvirt.engine.memory.Backing;
import org.memvirt.engine.memory.HostMemory;

/**
 * Takes away what guests have not used for long, by second chance: a hand goes round all guests' memory, clears the accessed
 * bit of what was used, and takes what was not since it last came by (Corbató, 1968: "clock"). A large page that was not used is
 * dissolved, and only as much of it taken as is needed; a large piece that was chosen for the guest is taken whole.
 */
final class Swap {
    private final HostMemory host;
    private int guest;
    private long hand;
    // What the last look at a page found.
    private boolean accessed;
    private long pageFirst;
    private long pageEnd;

    Swap(HostMemory host) {
        this.host = host;
    }

    /** The guests are not those that they were. */
    void restart() {
        guest = 0;
        hand = 0;
    }

    /** Takes memory away until so many bytes are free, or nothing is left that may be taken. */
    void reclaim(long free) {
        // A first turn may find that all was used; then a second one takes what it likes.
        int turns = 2 * host.backings().size() + 1;
        while (turns > 0 && host.frames().free() < free) {
            Backing backing = host.backings().get(guest);
            hand = backing.next(hand);
            if (hand < 0) {
                hand = 0;
                guest = (guest + 1) % host.backings().size();
                turns--;
            } else {
                visit(backing, free);
            }
        }
    }

    private void visit(Backing backing, long free) {
        int shift = pieceShift(backing, hand);
        long piece = hand & -1L << shift;
        look(backing, piece, 1L << shift);
        hand = pageEnd;
        if (accessed) {
            age(backing, shift);
            return;
        }
        for (long at = pageFirst; at < pageEnd && host.frames().free() < free; at += 1L << shift) {
            backing.evict(at, shift);
            hand = at + (1L << shift);
        }
    }

    /** What is taken at a time. */
    private static int pieceShift(Backing backing, long gpa) {
        int largest = backing.pieces().largestShift();
        boolean whole = !backing.pieces().isTransparent() && backing.contiguousShift(gpa) >= largest;
        return whole ? largest : backing.granuleShift();
    }

    /** Finds the pages that map some part of a piece, and whether one of them was used. */
    private void look(Backing backing, long piece, long bytes) {
        accessed = false;
        pageFirst = piece;
        pageEnd = piece + bytes;
        backing.owner().forEachMapped(piece, bytes, (page, shift, used, dirty) -> {
            accessed |= used;
            pageFirst = Math.min(pageFirst, page);
            pageEnd = Math.max(pageEnd, page + (1L << shift));
        });
    }

    private void age(Backing backing, int shift) {
        for (long at = pageFirst; at < pageEnd; at += 1L << shift) {
            if (backing.find(at) >= 0) {
                // The bit of a page that is larger is one for all of it.
                backing.age(at, shift);
                return;
            }
        }
    }
}

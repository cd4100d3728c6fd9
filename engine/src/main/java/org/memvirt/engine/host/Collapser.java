package org.memvirt.engine.host;

import org.memvirt.engine.memory.Backing;
import org.memvirt.engine.memory.HostMemory;
import org.memvirt.engine.memory.Pieces;

/**
 * Makes large pieces of small ones in the background, as Linux's khugepaged does: of those of which half is there and nothing
 * is said. It goes round all guests' memory, some pieces a turn.
 */
final class Collapser {
    private final HostMemory host;
    private final Compactor compactor;
    private final int perTurn;
    private int guest;
    private long hand;
    private int smallest;

    /** @param perTurn large pieces that it looks at in one turn */
    Collapser(HostMemory host, Compactor compactor, int perTurn) {
        this.host = host;
        this.compactor = compactor;
        this.perTurn = perTurn;
    }

    /** The guests are not those that they were. */
    void restart() {
        guest = 0;
        hand = 0;
    }

    /** Makes large pieces of all that can be of one guest's memory. */
    void collapse(Backing backing) {
        int shift = backing.pieces().largestShift();
        if (shift == backing.granuleShift()) {
            return;
        }
        for (long at = backing.next(0); at >= 0; at = backing.next((at | (1L << shift) - 1) + 1)) {
            long piece = at & -1L << shift;
            if (piece + (1L << shift) <= backing.size()) {
                visit(backing, piece, shift, 0);
            }
        }
    }

    /** One turn; {@code keepFree} bytes of the host's stay free. */
    void scan(long keepFree) {
        int turns = host.backings().size();
        for (int looked = 0; looked < perTurn && turns > 0; looked++) {
            Backing backing = host.backings().get(guest);
            int shift = backing.pieces().largestShift();
            hand = backing.pieces().isTransparent() ? backing.next(hand) : -1;
            if (hand < 0) {
                hand = 0;
                guest = (guest + 1) % host.backings().size();
                turns--;
            } else {
                long piece = hand & -1L << shift;
                hand = piece + (1L << shift);
                if (hand <= backing.size()) {
                    visit(backing, piece, shift, keepFree);
                }
            }
        }
    }

    private void visit(Backing backing, long piece, int shift, long keepFree) {
        Pieces pieces = backing.pieces();
        if (backing.logged().isSplit()) {
            return;
        }
        if (backing.contiguousShift(piece) >= shift) {
            if (isMappedSmaller(backing, piece, shift)) {
                pieces.join(piece, shift);
            }
            return;
        }
        int granules = pieces.plainGranules(piece, shift);
        long bytes = 1L << shift;
        boolean worth = granules >= 1 << shift - backing.granuleShift() - 1;
        if (worth && host.frames().free() - 2 * bytes >= keepFree && compactor.clear(shift)) {
            pieces.collapse(piece, shift);
        }
    }

    private boolean isMappedSmaller(Backing backing, long piece, int shift) {
        smallest = shift;
        backing.owner().forEachMapped(piece, 1L << shift,
                (gpa, pageShift, accessed, dirty) -> smallest = Math.min(smallest, pageShift));
        return smallest < shift;
    }
}

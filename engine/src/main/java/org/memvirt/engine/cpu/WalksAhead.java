package org.memvirt.engine.cpu;

import org.memvirt.api.mmu.PageTableFormat;
import org.memvirt.api.mmu.PlainWalks;
import org.memvirt.api.mmu.Tlb;
import org.memvirt.api.mmu.WalkPort;

/** Makes the walks of the accesses that a TLB knows will miss side by side, as far as they are plain, and gives it their answers. */
final class WalksAhead {
    private static final long PAGE = -4096;
    private static final int PAGE_SHIFT = 12;

    /** Walks from which on it pays to make them together. */
    private static final int WORTHWHILE = 8;

    /** Accesses that walk alone after too few walks were plain. */
    private static final int REST = 256;

    private final Tlb tlb;
    private final Tally tally;
    private final PlainWalks walks = PlainWalks.outer(false);
    private final long[] asked = new long[PlainWalks.CAPACITY];
    private int rest;

    WalksAhead(Tlb tlb, Tally tally) {
        this.tlb = tlb;
        this.tally = tally;
    }

    /**
     * Answers the access of the batch that has missed, and those that will miss after it, as far as that pays.
     *
     * @param at the index of the access
     * @return the index of the first access that is not done; {@code at}, if it must be made alone
     */
    int answer(int at, PageTableFormat format, long root, WalkPort port) {
        if (rest > 0) {
            rest--;
            return at;
        }
        int known = tlb.foresee(asked);
        if (known < WORTHWHILE) {
            return at;
        }
        for (int i = 0; i < known; i++) {
            walks.input[i] = asked[i] & PAGE;
            walks.access[i] = (int) (asked[i] & ~PAGE);
        }
        walks.start(root);
        int plain = format.walkPlain(walks, known, port);
        boolean fits = walks.pageShift == PAGE_SHIFT && walks.stage1Shift == PAGE_SHIFT;
        if (plain < WORTHWHILE || !fits) {
            rest = REST;
        }
        if (plain == 0 || !fits) {
            return at;
        }
        tally.count(walks, plain);
        return tlb.insertForeseen(walks, plain);
    }
}

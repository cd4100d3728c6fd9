package org.memvirt.engine.cpu;

import org.memvirt.api.mmu.Fault;
import org.memvirt.api.mmu.PageTableFormat;
import org.memvirt.api.mmu.PlainWalks;
import org.memvirt.api.mmu.Tlb;
import org.memvirt.api.mmu.Walk;
import org.memvirt.api.mmu.WalkPort;

/**
 * Makes the walks of the accesses that a TLB knows will miss side by side, as far as they are plain, and hands their answers
 * out when the accesses come. Nothing may change a table in between, which {@link #end} is called for. Each walk counts
 * when its access takes it.
 */
final class WalksAhead {
    private static final long PAGE = -4096;

    /** Walks from which on it pays to make them together. */
    private static final int WORTHWHILE = 8;

    /** Accesses that walk alone after too few walks were plain. */
    private static final int REST = 256;

    private final Tlb tlb;
    private final Tally tally;
    private final PlainWalks walks = PlainWalks.outer();
    private final long[] asked = new long[PlainWalks.CAPACITY];
    private int count;
    private int next;
    private int rest;

    WalksAhead(Tlb tlb, Tally tally) {
        this.tlb = tlb;
        this.tally = tally;
    }

    /** Answers the access that missed, if its walk is plain; else it must be made alone. */
    boolean answer(Walk walk, long address, int needed, PageTableFormat format, long root, WalkPort port) {
        long wanted = address & PAGE | needed;
        if (next == count || asked[next] != wanted) {
            end();
            if (rest > 0) {
                rest--;
                return false;
            }
            make(format, root, port);
            if (count == 0 || asked[0] != wanted) {
                return false;
            }
        }
        int at = next++;
        walk.inputAddress = address;
        walk.access = needed;
        walk.outputAddress = walks.output[at] + (address & ~PAGE);
        walk.pageShift = walks.pageShift;
        walk.stage1Shift = walks.stage1Shift;
        walk.stage2Shift = walks.stage2Shift;
        walk.allowed = walks.allowed[at];
        walk.global = false;
        walk.fault = Fault.NONE;
        return true;
    }

    private void make(PageTableFormat format, long root, WalkPort port) {
        int known = tlb.foresee(asked);
        if (known < WORTHWHILE) {
            return;
        }
        for (int i = 0; i < known; i++) {
            walks.input[i] = asked[i] & PAGE;
            walks.access[i] = (int) (asked[i] & ~PAGE);
        }
        walks.start(root);
        count = format.walkPlain(walks, known, port);
        if (count < WORTHWHILE) {
            rest = REST;
        }
    }

    /** Forgets the walks that were not taken, and counts those that were. */
    void end() {
        if (next > 0) {
            tally.count(walks, next);
        }
        next = 0;
        count = 0;
    }
}

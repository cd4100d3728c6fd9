package org.memvirt.engine.block;

import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.engine.tlb.TlbGroup;

/** The first pass of a {@link LookupBlock}: looks runs up among the small pages of level 1, data's and code's. */
abstract sealed class L1Pass permits L1SetsPass, L1TimesPass {
    static final long PAGE = -4096;

    final TlbGroup data;
    final TlbGroup code;

    // By number of a miss: its run, and the page with the rights that were needed while its entry was there.
    int misses;
    int codeMisses;
    final int[] run = new int[LookupBlock.RUNS];
    final long[] missed = new long[LookupBlock.RUNS];
    // Those of all blocks before.
    long missesBefore;

    L1Pass(TlbGroup data, TlbGroup code) {
        this.data = data;
        this.code = code;
    }

    /**
     * Prepares for a block.
     *
     * @param tag of the space
     * @param start the index of its first access in the batch
     */
    abstract void begin(int tag, int start);

    /**
     * Looks runs up. Ends before one that finds something else than a small page of the space, or a page that lacks a
     * right.
     *
     * @param globalTag of the space's VM
     * @return the first run that was not looked up; {@code to}, if all were
     */
    abstract int look(L1Filter runs, int from, int to, int globalTag);

    /** Makes everything what it was at {@link #begin}. */
    abstract void undo();

    /**
     * Ends the block: gives the entries that were taken in it what the last miss of each was answered.
     *
     * @param end the index in the batch behind its last access
     */
    abstract void settle(L2Pass second, long[] walked, int end);

    /**
     * Makes the arrays true for others; false if they were.
     *
     * @param at how far the batch is played
     */
    abstract boolean release(AccessBatch batch, int at);

    /** The kind of runs that it looks up. */
    abstract L1Filter.Kind filter();

    /** Whether accesses that go on with a run change the order of entries, too, as when each use has its time. */
    final boolean countsUses() {
        return filter().hasGap();
    }

    final void forgetMisses() {
        missesBefore += misses;
        misses = 0;
    }

    /** Whether anything but a small page of the space translates the page that is sought. */
    final boolean findsOther(long sought, int tag, int globalTag) {
        return (isCode(sought) ? code : data).findsOther(sought & PAGE, tag, globalTag);
    }

    final int misses() {
        return misses;
    }

    /** How many misses are fetches. */
    final int codeMisses() {
        return codeMisses;
    }

    /** The run of a miss. */
    final int run(int number) {
        return run[number];
    }

    /** The page that missed with, in its low bits, the rights that were needed while its entry was there. */
    final long missed(int number) {
        return missed[number];
    }

    /** The same for all misses, by number; the live array. */
    final long[] allMissed() {
        return missed;
    }

    static boolean isCode(long missed) {
        return (missed & Rights.EXECUTE) != 0;
    }
}

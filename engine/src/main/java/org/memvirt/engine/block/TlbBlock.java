package org.memvirt.engine.block;

import org.memvirt.api.access.AccessBatch;
import org.memvirt.engine.tlb.TlbLevels;

/**
 * A block of accesses that is looked up before the walks of those that miss are made. Nothing of it is true before {@link
 * #finish}; {@link #undo} takes it back.
 */
sealed interface TlbBlock permits LookupBlock, LevelsBlock {
    /** Looks accesses from {@code start} on up, not beyond {@code until}. */
    void begin(AccessBatch batch, int start, int until);

    /** Whether it can go on here: everything that was asked is answered, and nobody went elsewhere meanwhile. */
    boolean isAt(AccessBatch wanted, int at, int until);

    /** Index in the batch behind its last access. */
    int end();

    /** Whether there is an access left that misses every level. */
    boolean hasNext();

    /** Index in the batch of the next access that misses every level, which now waits for its answer. */
    int next();

    /** Index in the batch of the access that waits for its answer, or of the one after that which got the last. */
    int current();

    /** {@link org.memvirt.api.tlb.BatchTlb#pendingMisses}. */
    int pendingMisses(long[] into);

    /** How many of the next misses, from the first on, can be answered with pages of this size. */
    int fitting(int pageShift, int count);

    /** Answers the access that waits, with a page that is not global. False, if it is another than was foreseen. */
    boolean answer(long outputAddress, int pageShift, int allowed);

    /** Answers the next accesses that miss, with pages that {@link #fitting fit} and allow what was listed. */
    void answer(long[] outputs, int[] allowed, int count);

    /** When every miss is answered: all of it has happened. Returns whether the next may be as long. */
    boolean finish();

    /** Makes the TLBs what they were before the block; nothing of it has been counted. */
    void undo();

    /** After {@link #undo}: makes the accesses up to {@link #current} one by one; the one that waits misses again. */
    void replay(TlbLevels levels);

    /** Gives back what it keeps between blocks; false if that is nothing. */
    boolean release();
}

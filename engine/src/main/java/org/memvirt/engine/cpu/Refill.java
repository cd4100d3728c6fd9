package org.memvirt.engine.cpu;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.walk.WalkObserver;

/** What answers a miss of the TLB: hardware that walks a page table, or the guest's software. */
sealed interface Refill permits HardwareWalker, SoftwareRefill {
    /** What {@link #answer} gives for an access that faulted. */
    int FAULTED = -1;

    /** What {@link #answer} gives for an access that is not made: whoever made it has been left for good. */
    int ABANDONED = -2;

    /** A batch begins, or goes on, at this index. */
    void begin(int at);

    /**
     * Answers the access of the batch that missed last, and maybe others that will miss after it.
     *
     * @param at the index of the access
     * @return the index of the first access that is not done, which is {@code at} if the access is to be made again; {@link
     *     #FAULTED} if it faulted: then the fault is in the vCPU's walk; or {@link #ABANDONED}
     */
    int answer(AccessBatch batch, int at);

    /** The access that faulted last is about to be settled; accesses of the kernel may come in between. */
    void faulted(int needed);

    /** The guest kernel has mapped the page of an access that faulted, and is about to return to it. */
    void mapped(long address, int needed);

    /** The access that faulted is made again. */
    void again();

    /** The access that faulted is not made. */
    void giveUp(int needed);

    /** Who is told of the walks; null for nobody. */
    void observe(@Nullable WalkObserver observer);
}

package org.memvirt.engine.cpu;

import org.memvirt.api.access.AccessBatch;

/** What answers a miss of the TLB: hardware that walks a page table, or the guest's software. */
sealed interface Refill permits HardwareWalker {
    /** What {@link #answer} gives for an access that faulted. */
    int FAULTED = -1;

    /** A batch begins, or goes on, at this index. */
    void begin(int at);

    /**
     * Answers the access of the batch that missed last, and maybe others that will miss after it.
     *
     * @param at the index of the access
     * @return the index of the first access that is not done; {@link #FAULTED} if this one faulted: then the fault is in the
     *     vCPU's walk, and the miss is not yet cancelled
     */
    int answer(AccessBatch batch, int at);
}

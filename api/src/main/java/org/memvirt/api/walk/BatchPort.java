package org.memvirt.api.walk;

/**
 * A port through which walks can be made side by side: an optimisation that no plug-in needs. What these methods do for
 * several walks is what those of {@link WalkPort} do for each; where that is not possible they stop, and the walk is made
 * alone.
 */
public interface BatchPort extends WalkPort {
    /**
     * Reads an entry for each of several walks, and {@link WalkBatch#note}s the references.
     *
     * @param cell of the references
     * @param addresses the entries' byte addresses, of at least one entry
     * @param words where the aligned 64-bit words that contain them are put
     * @return for how many, from the first on, this was possible without a fault or a change
     */
    int readBatch(WalkBatch walks, int cell, long[] addresses, long[] words, int count);

    /** {@link #resolveLeaf} for several walks; returns for how many, from the first on, this was possible. */
    int resolveBatch(WalkBatch walks, int count);
}

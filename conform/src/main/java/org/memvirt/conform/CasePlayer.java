package org.memvirt.conform;

/** Plays recorded cases again and compares. One for each thread. */
public interface CasePlayer {
    /**
     * Plays one case.
     *
     * @param index of its line
     * @throws BadVectors when it cannot be understood, or tells of a processor that the MMU has not
     */
    VectorTally play(VectorLines lines, int index, VectorListener listener) throws BadVectors;
}

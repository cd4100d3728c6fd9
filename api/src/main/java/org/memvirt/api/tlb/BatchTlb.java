package org.memvirt.api.tlb;

import org.memvirt.api.walk.WalkBatch;

/**
 * A TLB that can tell which accesses are going to miss, so that their walks can be made side by side: an optimisation that
 * no plug-in needs.
 */
public interface BatchTlb extends Tlb {
    /**
     * Lists the accesses of the batch under way that are known already to miss every level, oldest first, beginning with the
     * one that missed last if it is not answered yet. Valid until the next invalidation; changes and counts nothing.
     *
     * @param words written from the start: the address of a page of 4 KiB with, in the low bits, what it has to allow, as
     *     {@link org.memvirt.api.access.Rights}: what the access needs, and those that will find the answer cached
     * @return how many were written; 0 when nothing is known
     */
    int pendingMisses(long[] words);

    /**
     * How many of the misses that were just listed, from the first on, can be answered all at once with pages of the size that
     * these walks have; it may be 0.
     */
    int fitting(WalkBatch walks, int count);

    /**
     * {@link #insert} for the first of the misses that were just listed, and all hits between them: then all of these are
     * done.
     *
     * @param walks their answers: pages that {@link #fitting fit} and allow what was listed
     * @param count how many, at least one
     * @return the index in the batch where the next {@link #advance} begins, after the last that is answered
     */
    int insertAll(WalkBatch walks, int count);
}

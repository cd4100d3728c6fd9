package org.memvirt.api.tlb;

import java.util.List;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.walk.Walk;

/**
 * The TLBs of one vCPU, all levels of them: the loop over hits lives here, inside one class, because an interface call for
 * each access would cost several times the hit itself.
 *
 * <p>Entries carry a <i>space</i>, the small number to which a pair of VM and address space was interned, and their VM,
 * for those that are global in it. The current space is the one selected last.
 */
public interface Tlb {
    /**
     * Consumes accesses that hit, from {@code from} until the first that misses every level, counting each. Called once a
     * miss; must not allocate.
     *
     * @return the index of the access that missed, which has been counted as a miss of every level and must be answered
     *     with {@link #insert} or, when it faulted, with {@link #cancelMiss}; or {@code to} when all hit
     */
    int advance(AccessBatch batch, int from, int to);

    /**
     * Caches the answer of a walk for the access that missed last, which hereby is done: the next {@link #advance} begins
     * after it. Keeps a smaller piece of the page where it has no place for the size. Must not allocate.
     *
     * @param needed what the access needed, as {@link org.memvirt.api.access.Rights}: whether code or data goes on
     */
    void insert(Walk walk, int needed);

    /** Takes the miss that was counted last back: the access faulted and will be made again, or never. */
    void cancelMiss(int needed);

    /** Makes the accesses that follow belong to {@code space}, an address space of {@code vm}. */
    void select(int vm, int space);

    /** Removes everything. */
    void invalidateAll();

    /** Removes all entries of these owners. */
    void invalidate(Target owners);

    /** Removes, of the entries of these owners, those that translate any part of the range. */
    void invalidate(Target owners, long address, long bytes);

    /**
     * The page sizes that this TLB keeps as one entry wherever it keeps them: bit s for pages of 2^s bytes. Of others an
     * invalidation must find every piece.
     */
    default long wholeSizes() {
        return 1L << 12;
    }

    /** Whose entries an invalidation reaches. */
    interface Target {
        /** Whether entries of the space are reached; not its VM's global ones. */
        boolean includeSpace(int space);

        /** Whether the VM's global entries are reached. */
        boolean includeGlobalsOf(int vm);
    }

    /** Looks {@code address} up for {@code needed} rights in the current space without changing or counting anything. */
    boolean probe(long address, int needed, Walk answer);

    /** Counts by group of TLBs, those of level 1 first; the same live objects at every call. */
    List<Counts> counts();

    /** The look-ups of one group of TLBs, for instance all that serve data at level 1. */
    final class Counts {
        /** The group's name in results: {@code l1d}. */
        public final String group;

        /**
         * 1 for a group that is looked up first, 2 for one that is looked up after a miss there; 0 for one that translates
         * what another has given.
         */
        public final int level;

        /** Look-ups that found an entry which allows the access. */
        public long hits;

        /** Look-ups that did not; each access is looked up at most once in a group. */
        public long misses;

        public Counts(String group, int level) {
            this.group = group;
            this.level = level;
        }
    }
}

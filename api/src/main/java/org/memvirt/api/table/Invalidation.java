package org.memvirt.api.table;

import org.memvirt.api.invalidation.InvalidationEvent;

/**
 * What a change of a page table obliges software to invalidate before it may rely on the change.
 *
 * @param what the reach
 * @param address the first input address whose translation changed
 * @param bytes how many bytes of input addresses changed
 * @param pageShift offset bits of the pages that changed; of the smallest, when there are several
 */
public record Invalidation(Reach what, long address, long bytes, int pageShift) {
    /** Nothing: no cache can hold what was changed. */
    public static final Invalidation NOTHING = new Invalidation(Reach.NOTHING, 0, 0, 0);

    /** What kind of cached things are stale. */
    public enum Reach {
        NOTHING,
        /** Leaf translations of the range. */
        LEAF,
        /**
         * Nothing that is cached, but what the root register took along when it was loaded: it must be loaded again where
         * it is in use.
         */
        ROOT,
        /** Leaf translations of the range, and walk-cache entries that point to tables on the way to them. */
        TABLES
    }

    @Override
    public String toString() {
        return what == Reach.NOTHING ? "NOTHING" : "%s of %#x bytes at %#x".formatted(what, bytes, address);
    }

    /** The leaf of one page changed. */
    public static Invalidation page(long address, int pageShift) {
        return new Invalidation(Reach.LEAF, address, 1L << pageShift, pageShift);
    }

    /** An entry of the top table was written that covers the range, and the top table is loaded with the root. */
    public static Invalidation root(long address, long bytes) {
        return new Invalidation(Reach.ROOT, address, bytes, Long.numberOfTrailingZeros(bytes));
    }

    /** A table that covered the range, a page of now, is no longer in use. */
    public static Invalidation tables(long address, long bytes) {
        return new Invalidation(Reach.TABLES, address, bytes, Long.numberOfTrailingZeros(bytes));
    }

    /**
     * What happens to the caches when software invalidates this; of {@link Reach#LEAF} and {@link Reach#TABLES}.
     *
     * @param current whether the address space is the one in use, rather than one that is given
     */
    public InvalidationEvent event(boolean current) {
        boolean leaf = what == Reach.LEAF;
        if (bytes > 1L << pageShift) {
            return leaf
                    ? current ? InvalidationEvent.RANGE_LEAF : InvalidationEvent.RANGE_LEAF_OF_SPACE
                    : current ? InvalidationEvent.RANGE : InvalidationEvent.RANGE_OF_SPACE;
        }
        return leaf
                ? current ? InvalidationEvent.PAGE_LEAF : InvalidationEvent.PAGE_LEAF_OF_SPACE
                : current ? InvalidationEvent.PAGE : InvalidationEvent.PAGE_OF_SPACE;
    }
}

package org.memvirt.api.table;

/**
 * What a change of a page table obliges software to invalidate before it may rely on the change.
 *
 * @param what the reach
 * @param address the first input address whose translation changed
 * @param bytes how many bytes of input addresses changed
 */
public record Invalidation(Reach what, long address, long bytes) {
    /** Nothing: no cache can hold what was changed. */
    public static final Invalidation NOTHING = new Invalidation(Reach.NOTHING, 0, 0);

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

    /** The leaf of one page changed. */
    public static Invalidation page(long address, int pageShift) {
        return new Invalidation(Reach.LEAF, address, 1L << pageShift);
    }

    /** An entry of the top table was written that covers the range, and the top table is loaded with the root. */
    public static Invalidation root(long address, long bytes) {
        return new Invalidation(Reach.ROOT, address, bytes);
    }

    /** A table that covered the range is no longer in use. */
    public static Invalidation tables(long address, long bytes) {
        return new Invalidation(Reach.TABLES, address, bytes);
    }
}

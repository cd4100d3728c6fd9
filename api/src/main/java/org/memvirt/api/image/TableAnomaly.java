package org.memvirt.api.image;

/**
 * One kind of oddity in a page table: how often it is there and where first, from the top level down.
 *
 * @param count entries that have it, each once however many ways lead to it
 * @param level of the table that the first one is in
 * @param entryAddress where the first one lies
 * @param entry its bits
 * @param inputAddress the first address that is translated through it
 */
public record TableAnomaly(Kind kind, long count, int level, long entryAddress, long entry, long inputAddress) {
    /** What may be odd about an entry. */
    public enum Kind {
        /** It points to a table that the image does not hold, in whole or in part; nothing is read there. */
        MISSING_TABLE,
        /** It has reserved bits set, or bits that may not be together: hardware faults, and it maps nothing. */
        MALFORMED,
        /**
         * It points to a table of its own level or above: back up, so that tables are read once more as tables of a
         * lower level. Kernels that see their tables through such an entry make one on purpose. It is followed as
         * hardware does, which is as far as there are levels.
         */
        LOOP
    }
}

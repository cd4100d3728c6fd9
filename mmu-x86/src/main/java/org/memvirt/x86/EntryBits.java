package org.memvirt.x86;

/**
 * Bits of the entries of ordinary page tables; SDM, "Paging": the figures of the formats of paging-structure entries.
 */
final class EntryBits {
    static final long PRESENT = 1;
    static final long WRITABLE = 1 << 1;
    static final long USER = 1 << 2;
    static final long ACCESSED = 1 << 5;
    static final long DIRTY = 1 << 6;
    static final long PAGE_SIZE = 1 << 7;
    /** Part of the memory type of a page of the smallest size. */
    static final long SMALL_PAT = 1 << 7;

    static final long GLOBAL = 1 << 8;
    /** The same of a large page. */
    static final long LARGE_PAT = 1 << 12;

    static final long EXECUTE_DISABLE = 1L << 63;

    /** The lowest of the four bits of a leaf that name its protection key. */
    static final int KEY_SHIFT = 59;

    private EntryBits() {}

    /** A mask of the bits from {@code high} down to {@code low}, both included; 0 when {@code high} is the lower. */
    static long bits(int high, int low) {
        return high < low ? 0 : -1L >>> (63 - high + low) << low;
    }
}

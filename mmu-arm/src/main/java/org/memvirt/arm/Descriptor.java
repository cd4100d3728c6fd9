package org.memvirt.arm;

/** Bits of descriptors; Arm ARM, "VMSAv8-64 descriptor formats" and "Memory access control". */
final class Descriptor {
    static final long VALID = 1;
    /** Points to a table; at the last level, maps a page. Clear in a block. */
    static final long TABLE_OR_PAGE = 1 << 1;

    static final long ACCESS_FLAG = 1 << 10;
    /** AttrIndx and NS, or MemAttr of stage 2. */
    static final long MEMORY_TYPE = 0xf << 2;

    static final long CONTIGUOUS = 1L << 52;
    /** Dirty Bit Modifier: hardware may make the page writable, which marks it dirty. Without that, software's. */
    static final long DBM = 1L << 51;

    // Stage 1.

    /** AP[1]: EL0 may access. */
    static final long AP_EL0 = 1 << 6;
    /** AP[2]: nobody may write. */
    static final long AP_READ_ONLY = 1 << 7;

    static final long INNER_SHAREABLE = 3 << 8;
    static final long NOT_GLOBAL = 1 << 11;
    static final long PXN = 1L << 53;
    static final long UXN = 1L << 54;
    /** Software's: a page that is not writable was written before. Linux's PTE_DIRTY. */
    static final long SOFTWARE_DIRTY = 1L << 55;

    static final long TABLE_PXN = 1L << 59;
    static final long TABLE_UXN = 1L << 60;
    /** APTable[0]: EL0 may not access. */
    static final long TABLE_NO_EL0 = 1L << 61;
    /** APTable[1]: nobody may write. */
    static final long TABLE_READ_ONLY = 1L << 62;

    static final long TABLE_ATTRIBUTES = TABLE_PXN | TABLE_UXN | TABLE_NO_EL0 | TABLE_READ_ONLY;

    // Stage 2.

    static final long S2AP_READ = 1 << 6;
    static final long S2AP_WRITE = 1 << 7;
    /** MemAttr: normal memory, write-back. */
    static final long WRITE_BACK = 0xf << 2;
    /** XN[1:0]. */
    static final int XN_SHIFT = 53;

    private Descriptor() {}

    /** A mask of the bits from {@code high} down to {@code low}, both included; 0 when {@code high} is the lower. */
    static long bits(int high, int low) {
        return high < low ? 0 : -1L >>> (63 - high + low) << low;
    }
}

package org.memvirt.arm;

/** The size of the smallest page, which is that of a table, too; Arm ARM, "Translation granules". */
enum Granule {
    K4(12, 30, 39, 4, 4, 4),
    K16(14, 25, 36, 7, 5),
    K64(16, 29, 42, 5, 5);

    private final int bits;
    private final int largestBlock;
    private final int largestWideBlock;
    private final int[] contiguous;

    /**
     * @param bits of an offset in a page
     * @param largestBlock offset bits of the largest block; Arm ARM, AArch64.BlockDescSupported
     * @param largestWideBlock the same where descriptors can hold addresses of 52 bits
     * @param contiguous by level, from the last: how many leaves the contiguous bit joins, as a power of two; Arm ARM, "The
     *     Contiguous bit"
     */
    Granule(int bits, int largestBlock, int largestWideBlock, int... contiguous) {
        this.bits = bits;
        this.largestBlock = largestBlock;
        this.largestWideBlock = largestWideBlock;
        this.contiguous = contiguous;
    }

    /** Offset bits of the smallest page. */
    int bits() {
        return bits;
    }

    /** Address bits that one whole table translates. */
    int stride() {
        return bits - 3;
    }

    /** {@code 4k}, {@code 16k}, {@code 64k}. */
    String text() {
        return (1 << bits - 10) + "k";
    }

    /** Offset bits of the largest block; {@code wide} is whether descriptors can hold addresses of 52 bits. */
    int largestBlock(boolean wide) {
        return wide ? largestWideBlock : largestBlock;
    }

    /** How many leaves of a level, counted from 1 for the last, the contiguous bit joins, as a power of two; 0 for none. */
    int contiguousBits(int level) {
        return level <= contiguous.length ? contiguous[level - 1] : 0;
    }

    /** Levels of the tables that translate so many bits, without concatenation; Arm ARM, AArch64.S1StartLevel. */
    int levels(int inputBits) {
        return (inputBits - bits + stride() - 1) / stride();
    }
}

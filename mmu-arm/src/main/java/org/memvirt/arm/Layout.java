package org.memvirt.arm;

import static org.memvirt.arm.Descriptor.bits;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.radix.Geometry;

/**
 * Where descriptors hold their addresses, and how many levels of tables there are; Arm ARM, "VMSAv8-64 descriptor formats".
 * Levels are counted from 1, the last; the manual's level is {@link #LAST_LEVEL} less that plus 1.
 *
 * @param inputBits of the addresses that the tables translate
 * @param levels of tables; of the bits that the lower ones leave, the first takes all, so that it may be smaller than a
 *     granule or, concatenated, larger
 * @param outputBits the effective size of output addresses: 32, 36, 40, 42, 44, 48 or 52
 * @param wide whether descriptors can hold addresses of 52 bits: FEAT_LPA2 in use, or with the granule of 64K FEAT_LPA
 */
record Layout(Granule granule, int inputBits, int levels, int outputBits, boolean wide) {
    /** The manual's number of the level that {@code 1} counts here. */
    static final int LAST_LEVEL = 3;

    /** How far the bits of {@link #rootFold} lie below their place in the address. */
    static final int ROOT_FOLD_SHIFT = 46;

    /** Every value of a descriptor's bits 5:0 in which bit 1 is clear: blocks. */
    private static final long BLOCKS = blocks();

    private static long blocks() {
        long blocks = 0;
        for (int low = 0; low < 64; low++) {
            blocks |= (low & Descriptor.TABLE_OR_PAGE) == 0 ? 1L << low : 0;
        }
        return blocks;
    }

    /** The highest bit of an address that lies in its own place in a descriptor. */
    private int highestInPlace() {
        return wide && granule != Granule.K64 ? 49 : 47;
    }

    /** Bits of a descriptor that hold the highest bits of an address of 52 bits: 51:50 with FEAT_LPA2, 51:48 with FEAT_LPA. */
    private long folded() {
        return !wide ? 0 : granule == Granule.K64 ? bits(15, 12) : bits(9, 8);
    }

    private int foldShift() {
        return granule == Granule.K64 ? 36 : 42;
    }

    /** Whether a leaf of this level may be a block, or at the last level a page. */
    boolean mayEnd(int level) {
        return shift(level) <= granule.largestBlock(wide);
    }

    private int shift(int level) {
        return granule.bits() + (level - 1) * granule.stride();
    }

    private int indexBits(int level) {
        return level == levels ? inputBits - shift(level) : granule.stride();
    }

    /** Address bits of the top table, which lies at a multiple of its size; with addresses of 52 bits at one of 64 bytes. */
    int topTableBits() {
        int bits = indexBits(levels) + 3;
        return holdsWideRoot() ? Math.max(bits, 6) : bits;
    }

    /** Whether a root register holds bits 51:48 of the address in its bits 5:2; Arm ARM, AArch64.S1TTBaseAddress. */
    boolean holdsWideRoot() {
        return outputBits > 48 || wide && granule != Granule.K64;
    }

    /** Bits of a root register that are the top table's address, in their place. */
    long rootAddress() {
        return bits(47, topTableBits());
    }

    /** Bits of a root register that are bits 51:48 of that address. */
    long rootFold() {
        return holdsWideRoot() ? bits(5, 2) : 0;
    }

    /** The address of the top table that a root register holds, which may be too wide. */
    long rootTable(long root) {
        return root & rootAddress() | (root & rootFold()) << ROOT_FOLD_SHIFT;
    }

    /** What a root register holds for a top table. */
    long rootRegister(long table) {
        return table & bits(47, 0) | table >>> ROOT_FOLD_SHIFT & bits(5, 2);
    }

    /**
     * The levels.
     *
     * @param tableAttributes bits of a descriptor of a table that restrict what its pages allow
     */
    List<Geometry.Level> describe(long tableAttributes) {
        List<Geometry.Level> described = new ArrayList<>();
        for (int level = 1; level <= levels; level++) {
            described.add(describe(level, tableAttributes));
        }
        return described;
    }

    private Geometry.Level describe(int level, long tableAttributes) {
        int shift = shift(level);
        int index = indexBits(level);
        Geometry.Entry leaf = entry(shift, 0, -1, Descriptor.ACCESS_FLAG);
        Geometry.Entry table = entry(granule.bits(), mayEnd(level) ? 0 : BLOCKS, ~tableAttributes, 0);
        if (!mayEnd(level)) {
            return new Geometry.Level(shift, index, 0, 1, table, Geometry.Entry.NONE);
        }
        long ofLeaf = level == 1 ? Descriptor.TABLE_OR_PAGE : 0;
        Geometry.Level step =
                new Geometry.Level(shift, index, Descriptor.TABLE_OR_PAGE, ofLeaf, table, leaf);
        int contiguous = granule.contiguousBits(level);
        // A table with fewer entries than the bit joins: there is no such page.
        return contiguous == 0 || contiguous >= index ? step : step.joining(Descriptor.CONTIGUOUS, contiguous);
    }

    /** Bits of an address that are not in use must be 0, or there is an address size fault. */
    private Geometry.Entry entry(int lowest, long forbidden, long exempt, long accessed) {
        int highest = highestInPlace();
        boolean folds = outputBits > highest + 1;
        long reserved = bits(highest, outputBits) | (folds ? 0 : folded());
        Geometry.Entry entry =
                new Geometry.Entry(bits(highest, lowest), reserved, forbidden, exempt, accessed);
        return folds ? entry.folding(folded(), foldShift()) : entry;
    }
}

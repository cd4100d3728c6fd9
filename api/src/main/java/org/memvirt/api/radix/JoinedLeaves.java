package org.memvirt.api.radix;

import java.util.function.IntToLongFunction;
import org.memvirt.api.table.PageTable;

/**
 * Neighbouring leaves of one table that map one page together ({@link Geometry.Level#group}), as software sees them. They
 * are one page only if all of them are there, follow each other in the output, and say the same but for accessed and dirty
 * bits: the page is accessed, or dirty, when one of them is.
 */
final class JoinedLeaves {
    private JoinedLeaves() {}

    /**
     * How many leaves, from an aligned one on, map the page of the leaf at {@code index}: 1 when it stands alone.
     *
     * @param entries those of the table; asked only if the leaf is joined
     */
    static int count(RadixFormat format, int level, int index, long leaf, IntToLongFunction entries) {
        Geometry.Level step = format.levels[level];
        if ((leaf & step.group()) == 0) {
            return 1;
        }
        int count = 1 << step.groupBits();
        int first = index & -count;
        long pattern = entries.applyAsLong(first);
        long output = format.frame(pattern, level);
        if ((output & (1L << step.shift() + step.groupBits()) - 1) != 0) {
            return 1;
        }
        for (int i = 0; i < count; i++) {
            long entry = entries.applyAsLong(first + i);
            if (!format.isPresent(entry)
                    || !format.isLeaf(entry, level)
                    || format.isMalformed(entry, level)
                    || format.frame(entry, level) != output + ((long) i << step.shift())
                    || meaning(format, level, entry) != meaning(format, level, pattern)) {
                return 1;
            }
        }
        return count;
    }

    /** What a leaf says, but for its address and whether it was used. */
    private static long meaning(RadixFormat format, int level, long leaf) {
        Geometry.Entry kind = format.levels[level].leaf();
        return format.withFlags(leaf, level, 0) & ~(kind.address() | kind.folded());
    }

    /**
     * How many entries, as a power of two, could become one page with the one at {@code index}, which is not present: all its
     * neighbours if none of them is, else it alone.
     */
    static int free(RadixFormat format, int level, int index, IntToLongFunction entries) {
        int bits = format.levels[level].groupBits();
        int first = index & -1 << bits;
        for (int other = first; other < first + (1 << bits); other++) {
            if (other != index && format.isPresent(entries.applyAsLong(other))) {
                return 0;
            }
        }
        return bits;
    }

    /** The attributes of the page that so many leaves map. */
    static int attributes(RadixFormat format, int level, int count, IntToLongFunction leaves) {
        int attributes = format.attributes(leaves.applyAsLong(0), level);
        for (int i = 1; i < count; i++) {
            attributes |= format.attributes(leaves.applyAsLong(i), level)
                    & (PageTable.ACCESSED | PageTable.DIRTY);
        }
        return attributes;
    }
}

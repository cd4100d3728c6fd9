package org.memvirt.api.radix;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.walk.Walk;

/**
 * The shape of a radix page table, as data.
 *
 * @param inputBits significant bits of an input address
 * @param outputBits bits of an output address
 * @param highBits what the bits of an input address above those must be
 * @param ignoredBits how many of the highest bits of an input address say nothing, whatever they are: 8 where a
 *     program may keep a tag there
 * @param entryBytes 4 or 8
 * @param present an entry is valid when it has any of these bits
 * @param inverted bits that mean the opposite when they are clear: they are inverted before entries are combined, and
 *     before {@code dirty} and {@code global} are looked for
 * @param dirty the bit of a leaf that says, after inversion, that the page was written; 0 when there is none
 * @param global the bit of a leaf that makes it, after inversion, hold in every address space; 0 when there is none
 * @param levels the levels, the last (level 1) first; together their indices and the offset in the smallest page are the
 *     significant bits of the input
 */
public record Geometry(
        int inputBits,
        int outputBits,
        HighBits highBits,
        int ignoredBits,
        int entryBytes,
        long present,
        long inverted,
        long dirty,
        long global,
        List<Level> levels) {

    /** What the bits of an input address above the significant ones must be. */
    public enum HighBits {
        /** Clear. */
        CLEAR,
        /** Set: the table is that of the upper half of an address space with two roots. */
        SET,
        /** All like the highest significant bit: the address is canonical. */
        SIGN
    }

    public Geometry {
        levels = List.copyOf(levels);
        if (entryBytes != 4 && entryBytes != 8) {
            throw new IllegalArgumentException("entries have 4 or 8 bytes, not " + entryBytes);
        }
        if (levels.isEmpty() || levels.size() >= Walk.LEVELS) {
            throw new IllegalArgumentException("a radix table has 1 to 7 levels, not " + levels.size());
        }
        if (ignoredBits < 0 || inputBits + ignoredBits > Long.SIZE) {
            throw new IllegalArgumentException("of 64 bits, %d cannot be significant and %d ignored"
                    .formatted(inputBits, ignoredBits));
        }
        for (int level = 1; level <= levels.size(); level++) {
            Level step = levels.get(level - 1);
            int end = level == levels.size() ? inputBits : levels.get(level).shift();
            if (step.indexBits() < 1 || step.shift() + step.indexBits() != end) {
                throw new IllegalArgumentException(
                        "the index of level %d is bits %d to %d of the input, and ends below bit %d: they must meet"
                                .formatted(level, step.shift(), step.shift() + step.indexBits() - 1, end));
            }
        }
    }

    /** A geometry in which every bit of an input address counts. */
    public Geometry(
            int inputBits,
            int outputBits,
            boolean signExtended,
            int entryBytes,
            long present,
            long inverted,
            long dirty,
            long global,
            List<Level> levels) {
        this(
                inputBits,
                outputBits,
                signExtended ? HighBits.SIGN : HighBits.CLEAR,
                0,
                entryBytes,
                present,
                inverted,
                dirty,
                global,
                levels);
    }

    /** {@link PageTable#ACCESSED}, {@link PageTable#DIRTY} and {@link PageTable#GLOBAL}, as far as leaves have such bits. */
    int attributes() {
        boolean accessed = levels.stream().anyMatch(level -> level.mayEnd() && level.leaf().accessed() != 0);
        return (accessed ? PageTable.ACCESSED : 0)
                | (dirty == 0 ? 0 : PageTable.DIRTY)
                | (global == 0 ? 0 : PageTable.GLOBAL);
    }

    /** The accessed bits of all entries that point to tables. */
    long accessedOfTables() {
        long bits = 0;
        for (Level level : levels) {
            bits |= level.table().accessed();
        }
        return bits;
    }

    /** Offset bits of the pages that leaves map, ascending: of each level, alone and joined with their neighbours. */
    List<Integer> pageShifts() {
        List<Integer> shifts = new ArrayList<>();
        for (Level level : levels) {
            if (level.mayEnd()) {
                shifts.add(level.shift());
                if (level.group() != 0) {
                    shifts.add(level.shift() + level.groupBits());
                }
            }
        }
        return shifts;
    }

    /** The lowest address of the upper half, which kernels have. */
    long kernelBase() {
        return switch (highBits()) {
            case CLEAR -> 1L << (inputBits() - 1);
            case SET -> -1L << inputBits();
            case SIGN -> -1L << (inputBits() - 1);
        };
    }

    /** Whether there are entries for tables, and none takes rights away or is marked as used. */
    boolean upperEntriesRestrictNothing() {
        return levels.size() > 1
                && levels.subList(1, levels.size()).stream()
                        .allMatch(level -> level.table().exempt() == -1 && level.table().accessed() == 0);
    }

    /**
     * One level.
     *
     * @param shift the lowest input bit of the index; for a leaf, the offset bits of its page
     * @param indexBits input bits of the index
     * @param leafMask an entry is a leaf when, under this mask, ...
     * @param leafValue ... it has this value; mask 0 with value 0 makes every entry a leaf, with value 1 none
     * @param table the entries that point to the next table
     * @param leaf the entries that map a page
     * @param group the bit of a leaf that joins it with its neighbours into one page of 2^groupBits leaves; 0 when there is
     *     none
     * @param groupBits how many leaves that are, as a power of two; they lie at a multiple of their number
     */
    public record Level(
            int shift, int indexBits, long leafMask, long leafValue, Entry table, Entry leaf, long group,
            int groupBits) {
        public Level {
            if (group != 0 && (groupBits < 1 || groupBits >= indexBits)) {
                throw new IllegalArgumentException(
                        "2^%d leaves cannot be one page in a table of 2^%d".formatted(groupBits, indexBits));
            }
        }

        /** A level whose leaves are not joined. */
        public Level(int shift, int indexBits, long leafMask, long leafValue, Entry table, Entry leaf) {
            this(shift, indexBits, leafMask, leafValue, table, leaf, 0, 0);
        }

        /** This level with leaves that {@code bit} joins, 2^bits of them. */
        public Level joining(long bit, int bits) {
            return new Level(shift, indexBits, leafMask, leafValue, table, leaf, bit, bits);
        }

        /** Whether a walk may end here. */
        public boolean mayEnd() {
            return (leafValue & ~leafMask) == 0;
        }

        /** Offset bits of the page that a leaf maps, alone or with its neighbours. */
        int pageShift(long entry) {
            return (entry & group) == 0 ? shift : shift + groupBits;
        }
    }

    /**
     * One kind of entry at one level.
     *
     * @param address the bits that are the address of the next table, or of the page
     * @param reserved bits that must be clear
     * @param forbidden bit i is set when a present entry must not have i in its lowest six bits: combinations that no
     *     mask tells
     * @param exempt bits that do not restrict; those of the address never do
     * @param accessed the bit that hardware sets when it uses the entry, or 0
     * @param folded bits that are part of the address, too, and lie elsewhere than in it
     * @param foldShift how far these lie below their place in the address
     */
    public record Entry(
            long address, long reserved, long forbidden, long exempt, long accessed, long folded, int foldShift) {
        /** No entry of this kind: every one is forbidden. */
        public static final Entry NONE = new Entry(0, 0, -1, 0, 0);

        public Entry {
            exempt |= address | folded;
        }

        /** An entry whose address lies in one place. */
        public Entry(long address, long reserved, long forbidden, long exempt, long accessed) {
            this(address, reserved, forbidden, exempt, accessed, 0, 0);
        }

        /** This entry with {@code bits} that are part of the address once they are shifted left by {@code shift}. */
        public Entry folding(long bits, int shift) {
            return new Entry(address, reserved, forbidden, exempt, accessed, bits, shift);
        }

        /** The address that an entry holds. */
        public long addressIn(long entry) {
            return entry & address | (entry & folded) << foldShift;
        }

        /** The bits of an entry that hold that address. */
        public long bitsOf(long outputAddress) {
            return outputAddress & address | outputAddress >>> foldShift & folded;
        }

        /** Whether an entry of this kind, which is present, has bits that the format forbids. */
        boolean isMalformed(long entry) {
            return (entry & reserved | forbidden >>> entry & 1) != 0;
        }
    }
}

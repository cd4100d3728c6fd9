package org.memvirt.api.radix;

import java.util.List;
import org.memvirt.api.walk.Walk;

/**
 * The shape of a radix page table, as data.
 *
 * @param inputBits significant bits of an input address
 * @param outputBits bits of an output address
 * @param signExtended whether input addresses above must repeat the top significant bit (canonical), or be zero
 * @param entryBytes 4 or 8
 * @param present an entry is valid when it has any of these bits
 * @param inverted bits that restrict when they are set, and are turned round before entries are combined
 * @param dirty the bit that hardware sets in a leaf when it writes through it, or 0
 * @param global the bit of a leaf that makes it hold in every address space, or 0
 * @param levels the levels, the last (level 1) first
 */
public record Geometry(
        int inputBits,
        int outputBits,
        boolean signExtended,
        int entryBytes,
        long present,
        long inverted,
        long dirty,
        long global,
        List<Level> levels) {

    public Geometry {
        levels = List.copyOf(levels);
        if (entryBytes != 4 && entryBytes != 8) {
            throw new IllegalArgumentException("entries have 4 or 8 bytes, not " + entryBytes);
        }
        if (levels.isEmpty() || levels.size() >= Walk.LEVELS) {
            throw new IllegalArgumentException("a radix table has 1 to 7 levels, not " + levels.size());
        }
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
     */
    public record Level(int shift, int indexBits, long leafMask, long leafValue, Entry table, Entry leaf) {
        /** Whether a walk may end here. */
        public boolean mayEnd() {
            return (leafValue & ~leafMask) == 0;
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
     */
    public record Entry(long address, long reserved, long forbidden, long exempt, long accessed) {
        /** No entry of this kind: every one is forbidden. */
        public static final Entry NONE = new Entry(0, 0, -1, 0, 0);

        public Entry {
            exempt |= address;
        }
    }
}

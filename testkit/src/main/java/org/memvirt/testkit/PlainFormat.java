package org.memvirt.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.memvirt.api.access.Rights;
import org.memvirt.api.radix.Geometry;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.walk.Stage;

/**
 * A radix format of no processor, for tests of whatever takes a format. It forgoes nothing: the six rights stand as they are
 * in bits 1 to 6 of a leaf, and every level may end.
 */
public final class PlainFormat extends RadixFormat {
    private static final long PRESENT = 1;
    private static final int RIGHTS_SHIFT = 1;
    private static final long RIGHTS = Rights.ALL << RIGHTS_SHIFT;
    private static final long LEAF = 1 << 7;
    private static final long ACCESSED = 1 << 8;
    private static final long DIRTY = 1 << 9;
    private static final long GLOBAL = 1 << 10;

    /**
     * Pages of 4 KiB and larger.
     *
     * @param levels of the tables
     * @param indexBits of each level
     * @param entryBytes 4 or 8
     */
    public PlainFormat(int levels, int indexBits, int entryBytes, boolean signExtended, AccessedUpdate accessedUpdate) {
        super(geometry(12, levels, indexBits, 12 + levels * indexBits, entryBytes, signExtended), accessedUpdate);
    }

    private PlainFormat(Geometry geometry) {
        super(geometry, AccessedUpdate.DESCENDING);
    }

    /** Three levels of 9 bits. */
    public static PlainFormat usual() {
        return new PlainFormat(3, 9, 8, true, AccessedUpdate.DESCENDING);
    }

    /**
     * Tables as large as the smallest page, as architectures with several granules have them.
     *
     * @param pageBits offset bits of that page: 12, 14, 16
     * @param levels of the tables
     * @param inputBits of an address; the top table has what the others leave
     */
    public static PlainFormat granule(int pageBits, int levels, int inputBits) {
        return new PlainFormat(geometry(pageBits, levels, pageBits - 3, inputBits, 8, false));
    }

    private static Geometry geometry(
            int pageBits, int levels, int indexBits, int inputBits, int entryBytes, boolean signExtended) {
        int outputBits = entryBytes == 4 ? 32 : 48;
        long address = (1L << outputBits) - 1;
        List<Geometry.Level> described = new ArrayList<>();
        for (int level = 1; level <= levels; level++) {
            int shift = pageBits + (level - 1) * indexBits;
            described.add(new Geometry.Level(
                    shift,
                    level == levels ? inputBits - shift : indexBits,
                    LEAF,
                    LEAF,
                    new Geometry.Entry(address & -1024, 0, 0, 0, ACCESSED),
                    new Geometry.Entry(address & -1L << shift, 0, 0, 0, ACCESSED)));
        }
        return new Geometry(
                inputBits, outputBits, signExtended, entryBytes, PRESENT, 0, DIRTY, GLOBAL, described);
    }

    @Override
    public String name() {
        return "plain-" + levels();
    }

    @Override
    public String description() {
        return "for tests";
    }

    @Override
    public Set<Stage> stages() {
        return Set.of(Stage.STAGE_1, Stage.STAGE_2);
    }

    @Override
    protected int allowed(long attributes, long leaf) {
        return (int) (attributes & RIGHTS) >>> RIGHTS_SHIFT;
    }

    @Override
    protected long tableEntry(long address, int level) {
        return address | RIGHTS | PRESENT;
    }

    @Override
    protected long leafEntry(long output, int level, int rights, int attributes) {
        return output
                | PRESENT
                | LEAF
                | (long) rights << RIGHTS_SHIFT
                | ((attributes & PageTable.GLOBAL) == 0 ? 0 : GLOBAL)
                | ((attributes & PageTable.ACCESSED) == 0 ? 0 : ACCESSED)
                | ((attributes & PageTable.DIRTY) == 0 ? 0 : DIRTY);
    }

    @Override
    protected long withRights(long leaf, int level, int rights) {
        return leaf & ~RIGHTS | (long) rights << RIGHTS_SHIFT;
    }
}

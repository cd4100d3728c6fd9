package org.memvirt.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.memvirt.api.access.Rights;
import org.memvirt.api.radix.Geometry;
import org.memvirt.api.radix.Geometry.HighBits;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.walk.Stage;

/**
 * A radix format of no processor, for tests of whatever takes a format. It forgoes nothing: the six rights stand as they
 * are in bits 1 to 6 of a leaf, and every level may end. Its shape, and what its hardware does, can be chosen.
 */
public final class PlainFormat extends RadixFormat {
    private static final long PRESENT = 1;
    private static final int RIGHTS_SHIFT = 1;
    private static final long RIGHTS = Rights.ALL << RIGHTS_SHIFT;
    private static final long LEAF = 1 << 7;
    private static final long ACCESSED = 1 << 8;
    private static final long DIRTY = 1 << 9;
    private static final long GLOBAL = 1 << 10;
    private static final long JOINED = 1 << 11;

    /** Of an address that is folded: bits 51:48 lie in bits 15:12. */
    private static final long FOLDED = 15 << 12;

    private static final int FOLD_SHIFT = 36;

    private final Shape shape;

    /** What can be chosen. */
    private static final class Shape {
        int pageBits = 12;
        int levels = 3;
        int indexBits = 9;
        int inputBits = 39;
        HighBits highBits = HighBits.CLEAR;
        int entryBytes = 8;
        int joinedBits;
        boolean folded;
        long inverted;
        AccessedUpdate accessedUpdate = AccessedUpdate.DESCENDING;
        HardwareUpdates updates = HardwareUpdates.ACCESSED_AND_DIRTY;

        Shape() {}

        Shape(Shape other) {
            pageBits = other.pageBits;
            levels = other.levels;
            indexBits = other.indexBits;
            inputBits = other.inputBits;
            highBits = other.highBits;
            entryBytes = other.entryBytes;
            joinedBits = other.joinedBits;
            folded = other.folded;
            inverted = other.inverted;
            accessedUpdate = other.accessedUpdate;
            updates = other.updates;
        }

        Geometry geometry() {
            int addressBits = entryBytes == 4 ? 32 : 48;
            long address = (1L << addressBits) - 1;
            List<Geometry.Level> described = new ArrayList<>();
            for (int level = 1; level <= levels; level++) {
                int shift = pageBits + (level - 1) * indexBits;
                int bits = level == levels ? inputBits - shift : indexBits;
                Geometry.Entry table = entry(address & (folded ? -1L << 16 : -1024));
                Geometry.Level step = new Geometry.Level(shift, bits, LEAF, LEAF, table, entry(address & -1L << shift));
                described.add(joinedBits > 0 && joinedBits < bits ? step.joining(JOINED, joinedBits) : step);
            }
            int outputBits = folded ? addressBits + 4 : addressBits;
            return new Geometry(
                    inputBits, outputBits, highBits, 0, entryBytes, PRESENT, inverted, DIRTY, GLOBAL, described);
        }

        private Geometry.Entry entry(long address) {
            Geometry.Entry entry = new Geometry.Entry(address, 0, 0, 0, ACCESSED);
            return folded ? entry.folding(FOLDED, FOLD_SHIFT) : entry;
        }
    }

    private PlainFormat(Shape shape) {
        super(shape.geometry(), shape.accessedUpdate, shape.updates);
        this.shape = shape;
    }

    /**
     * Pages of 4 KiB and larger.
     *
     * @param levels of the tables
     * @param indexBits of each level
     * @param entryBytes 4 or 8
     */
    public PlainFormat(int levels, int indexBits, int entryBytes, boolean signExtended, AccessedUpdate accessedUpdate) {
        this(shape(levels, indexBits, entryBytes, signExtended, accessedUpdate));
    }

    private static Shape shape(
            int levels, int indexBits, int entryBytes, boolean signExtended, AccessedUpdate accessedUpdate) {
        Shape shape = new Shape();
        shape.levels = levels;
        shape.indexBits = indexBits;
        shape.inputBits = 12 + levels * indexBits;
        shape.highBits = signExtended ? HighBits.SIGN : HighBits.CLEAR;
        shape.entryBytes = entryBytes;
        shape.accessedUpdate = accessedUpdate;
        return shape;
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
        Shape shape = new Shape();
        shape.pageBits = pageBits;
        shape.levels = levels;
        shape.indexBits = pageBits - 3;
        shape.inputBits = inputBits;
        return new PlainFormat(shape);
    }

    private PlainFormat but(Consumer<Shape> change) {
        Shape changed = new Shape(shape);
        change.accept(changed);
        return new PlainFormat(changed);
    }

    /** This format with a bit that joins 2^bits leaves to one page, at every level that has more of them. */
    public PlainFormat joining(int bits) {
        return but(changed -> changed.joinedBits = bits);
    }

    /** This format, of pages of 64 KiB or more, with output addresses of 52 bits, the highest of which lie in bits 15:12. */
    public PlainFormat folded() {
        return but(changed -> changed.folded = true);
    }

    /** This format with a bit that is clear in a dirty page, and one that is clear in a global one. */
    public PlainFormat inverted() {
        return but(changed -> changed.inverted = DIRTY | GLOBAL);
    }

    /** This format for the upper half of an address space with two roots: the bits above the significant ones are set. */
    public PlainFormat ofUpperHalf() {
        return but(changed -> changed.highBits = HighBits.SET);
    }

    /** This format on hardware that sets these bits alone. */
    public PlainFormat updating(HardwareUpdates updates) {
        return but(changed -> changed.updates = updates);
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
        return geometry().levels().get(level - 1).table().bitsOf(address) | RIGHTS | PRESENT;
    }

    @Override
    protected long leafEntry(long output, int level, int rights, int attributes) {
        long flags = ((attributes & PageTable.GLOBAL) == 0 ? 0 : GLOBAL)
                | ((attributes & PageTable.DIRTY) == 0 ? 0 : DIRTY);
        return geometry().levels().get(level - 1).leaf().bitsOf(output)
                | PRESENT
                | LEAF
                | (long) rights << RIGHTS_SHIFT
                | flags ^ shape.inverted
                | ((attributes & PageTable.ACCESSED) == 0 ? 0 : ACCESSED);
    }

    @Override
    protected long withRights(long leaf, int level, int rights) {
        return leaf & ~RIGHTS | (long) rights << RIGHTS_SHIFT;
    }
}

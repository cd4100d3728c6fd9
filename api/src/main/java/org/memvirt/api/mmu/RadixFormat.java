package org.memvirt.api.mmu;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.access.Rights;

/**
 * The one walk of every radix page table. A subclass gives the {@link Geometry} and says what the bits of its entries
 * mean; the rest goes by masks.
 *
 * <p>An entry's restrictions are combined on the way down in one word, the <i>attributes</i>: the bitwise AND of the
 * entries, after {@link Geometry#inverted} bits are turned round and exempt bits are set. {@link #allowed} turns the
 * result into rights.
 */
public abstract class RadixFormat implements PageTableFormat {
    /** When hardware writes the accessed bits of the entries above the leaf: the architectures leave that open. */
    public enum AccessedUpdate {
        /** As each entry is used, so that a walk which faults further down has set those above. */
        DESCENDING,
        /** All together, from the top, once the walk has passed its checks. */
        COMPLETED
    }

    private final Geometry geometry;
    private final boolean descending;
    private final int levels;
    private final int entryShift;
    private final long present;
    private final long inverted;
    private final long accessed;
    private final long dirty;
    private final long global;
    // By level, 1 to levels.
    private final int[] shift;
    private final long[] indexMask;
    private final long[] leafMask;
    private final long[] leafValue;
    private final long[] tableMask;
    private final long[] frameMask;
    private final long[] tableReserved;
    private final long[] leafReserved;
    private final long[] tableExempt;
    private final long[] leafExempt;

    protected RadixFormat(Geometry geometry, AccessedUpdate accessedUpdate) {
        this.geometry = geometry;
        descending = accessedUpdate == AccessedUpdate.DESCENDING;
        levels = geometry.levels().size();
        entryShift = geometry.entryBytes() == 8 ? 3 : 2;
        present = geometry.present();
        inverted = geometry.inverted();
        accessed = geometry.accessed();
        dirty = geometry.dirty();
        global = geometry.global();
        shift = new int[levels + 1];
        indexMask = new long[levels + 1];
        leafMask = new long[levels + 1];
        leafValue = new long[levels + 1];
        tableMask = new long[levels + 1];
        frameMask = new long[levels + 1];
        tableReserved = new long[levels + 1];
        leafReserved = new long[levels + 1];
        tableExempt = new long[levels + 1];
        leafExempt = new long[levels + 1];
        for (int level = 1; level <= levels; level++) {
            Geometry.Level data = geometry.levels().get(level - 1);
            shift[level] = data.shift();
            indexMask[level] = (1L << data.indexBits()) - 1;
            leafMask[level] = data.leafMask();
            leafValue[level] = data.leafValue();
            tableMask[level] = data.tableMask();
            frameMask[level] = data.frameMask();
            tableReserved[level] = data.tableReserved();
            leafReserved[level] = data.leafReserved();
            tableExempt[level] = data.tableExempt();
            leafExempt[level] = data.leafExempt();
        }
    }

    // What a subclass says.

    /** The rights of a page whose entries, leaf included, combine to {@code attributes}; once a walk. */
    protected abstract int allowed(long attributes, long leaf);

    /** An entry that points to the table at {@code address} and restricts nothing; {@code level} is the entry's. */
    protected abstract long tableEntry(long address, int level);

    /** A leaf at {@code level} that maps {@code output} with these rights and {@link PageTable} attributes. */
    protected abstract long leafEntry(long output, int level, int rights, int attributes);

    /** {@code leaf} with other rights and all else as it is. */
    protected abstract long withRights(long leaf, int level, int rights);

    /** Whether a present entry is one that the format forbids, beyond its reserved bits; once a reference. */
    protected boolean isMalformed(long entry, int level, boolean leaf) {
        return false;
    }

    /** The fault that a malformed entry, or one with reserved bits set, makes. */
    protected Fault malformedFault() {
        return Fault.RESERVED_BIT;
    }

    /** The fault of a page that allows {@code allowed} where the walk needs more. */
    protected Fault deniedFault(Walk walk, int allowed, long attributes, long leaf) {
        return Fault.PERMISSION;
    }

    /** What {@link Walk#faultDetail} shall tell of the combined entries. */
    protected long faultDetail(long attributes, long entry) {
        return attributes;
    }

    /** The address of the page of a leaf, for layouts where it does not lie under {@link Geometry.Level#frameMask}. */
    protected long frame(long leaf, int level) {
        return leaf & frameMask[level];
    }

    /** The address of the top table that a root register holds. */
    protected long rootTable(long root) {
        return root;
    }

    /** What the root register holds for a top table. */
    protected long rootRegister(long table) {
        return table;
    }

    // What every radix table shares.

    public final Geometry geometry() {
        return geometry;
    }

    @Override
    public final int levels() {
        return levels;
    }

    @Override
    public final int coverShift(int level) {
        return level <= levels ? shift[level] + Long.bitCount(indexMask[level]) : 0;
    }

    @Override
    public final int inputBits() {
        return geometry.inputBits();
    }

    @Override
    public final int outputBits() {
        return geometry.outputBits();
    }

    @Override
    public final List<Integer> pageShifts() {
        List<Integer> shifts = new ArrayList<>();
        for (Geometry.Level level : geometry.levels()) {
            if (level.mayEnd()) {
                shifts.add(level.shift());
            }
        }
        return shifts;
    }

    @Override
    public final boolean admits(long inputAddress) {
        int unused = 64 - geometry.inputBits();
        return geometry.signExtended()
                ? inputAddress << unused >> unused == inputAddress
                : inputAddress << unused >>> unused == inputAddress;
    }

    @Override
    public long kernelBase() {
        return (geometry.signExtended() ? -1L : 1L) << (geometry.inputBits() - 1);
    }

    @Override
    public final void walk(Walk walk, WalkPort port) {
        long input = walk.inputAddress;
        int level = walk.resumeLevel;
        long table = walk.resumeTable;
        long located = walk.resumeLocated;
        long attributes = walk.resumeAttributes;
        if (level == 0) {
            level = levels;
            table = rootTable(walk.root);
            located = Walk.NOWHERE;
            attributes = -1;
            if (!admits(input)) {
                walk.fail(Fault.ADDRESS_SIZE, level, 0);
                return;
            }
        }
        int owed = 0;
        long address;
        long word;
        long entry;
        while (true) {
            long offset = (input >>> shift[level] & indexMask[level]) << entryShift;
            address = table + offset;
            int costBefore = walk.trail.uncached();
            if (located == Walk.NOWHERE) {
                word = port.readEntry(walk, level, address);
            } else {
                walk.located = located + offset;
                word = port.readLocated(walk, level, walk.located);
                located = Walk.NOWHERE;
            }
            if (walk.notesTables && walk.fault == Fault.NONE) {
                walk.passTable(level, table, tableBytes(level), offset, attributes, costBefore);
            }
            entry = entryShift == 3 ? word : word >>> ((address & 4) << 3) & 0xffff_ffffL;
            if ((entry & present) == 0) {
                walk.fail(Fault.NOT_PRESENT, level, faultDetail(attributes, entry));
                return;
            }
            boolean leaf = (entry & leafMask[level]) == leafValue[level];
            if ((entry & (leaf ? leafReserved[level] : tableReserved[level])) != 0 || isMalformed(entry, level, leaf)) {
                walk.fail(malformedFault(), level, faultDetail(attributes, entry));
                return;
            }
            attributes &= entry ^ inverted | (leaf ? leafExempt[level] : tableExempt[level]);
            if (leaf) {
                break;
            }
            if ((entry & accessed) != accessed) {
                if (!descending) {
                    walk.owe(level, address, word);
                    owed |= 1 << level;
                } else if (!update(walk, port, level, address, walk.located, word, accessed)) {
                    return;
                }
            }
            table = entry & tableMask[level];
            level--;
        }
        int allowed = allowed(attributes, entry);
        int access = walk.access;
        if ((access & ~allowed) != 0) {
            walk.fail(deniedFault(walk, allowed, attributes, entry), level, faultDetail(attributes, entry));
            return;
        }
        long leafLocated = walk.located;
        if (owed != 0 && !settle(walk, port, owed)) {
            return;
        }
        long due = (access & Rights.WRITE) == 0 ? accessed : accessed | dirty;
        if ((entry & due) != due) {
            if (!update(walk, port, level, address, leafLocated, word, due)) {
                return;
            }
            entry |= due;
        }
        if ((entry & dirty) != dirty) {
            allowed &= ~Rights.WRITE;
        }
        int pageShift = shift[level];
        walk.outputAddress = frame(entry, level) | input & (1L << pageShift) - 1;
        walk.pageShift = pageShift;
        walk.stage1Shift = pageShift;
        walk.allowed = allowed;
        walk.global = (entry & global) != 0;
        walk.faultDetail = attributes;
        port.resolveLeaf(walk);
    }

    private boolean settle(Walk walk, WalkPort port, int owed) {
        for (int level = levels; level >= 1; level--) {
            if ((owed >>> level & 1) != 0
                    && !update(
                            walk,
                            port,
                            level,
                            walk.owedAddress[level],
                            walk.owedLocated[level],
                            walk.owedWord[level],
                            accessed)) {
                return false;
            }
        }
        return true;
    }

    private boolean update(Walk walk, WalkPort port, int level, long address, long hostAddress, long word, long bits) {
        long update = word | (entryShift == 3 ? bits : bits << ((address & 4) << 3));
        return port.updateEntry(walk, level, address, hostAddress, word, update);
    }

    @Override
    public final PageTable create(TableMemory memory, TableFrames frames) {
        return RadixTable.create(this, memory, frames);
    }

    @Override
    public final PageTable open(TableMemory memory, TableFrames frames, long root) {
        return RadixTable.open(this, memory, frames, root);
    }

    @Override
    public String toString() {
        return name();
    }

    // The same masks for RadixTable.

    final int shift(int level) {
        return shift[level];
    }

    final long offset(long input, int level) {
        return (input >>> shift[level] & indexMask[level]) << entryShift;
    }

    final int entries(int level) {
        return (int) indexMask[level] + 1;
    }

    final long tableBytes(int level) {
        return (long) entries(level) << entryShift;
    }

    final boolean isPresent(long entry) {
        return (entry & present) != 0;
    }

    final boolean isLeaf(long entry, int level) {
        return (entry & leafMask[level]) == leafValue[level];
    }

    final long nextTable(long entry, int level) {
        return entry & tableMask[level];
    }

    final long combine(long attributes, long entry, int level) {
        return attributes & (entry ^ inverted | (isLeaf(entry, level) ? leafExempt[level] : tableExempt[level]));
    }

    final Mapping mapping(long input, long leaf, int level, long attributes) {
        return new Mapping(
                input & -(1L << shift[level]),
                frame(leaf, level),
                shift[level],
                allowed(attributes, leaf),
                (leaf & global) != 0,
                (leaf & accessed) == accessed,
                (leaf & dirty) == dirty);
    }

    final long extend(long input) {
        int unused = 64 - geometry.inputBits();
        return geometry.signExtended() ? input << unused >> unused : input;
    }
}

package org.memvirt.api.radix;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.access.Rights;
import org.memvirt.api.image.TableImage;
import org.memvirt.api.image.TableListing;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.table.BatchFormat;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.walk.BatchPort;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;
import org.memvirt.api.walk.WalkPort;

/**
 * The one walk of every radix page table. A subclass gives the {@link Geometry} and says what the bits of its entries
 * mean; the rest goes by masks.
 *
 * <p>An entry's restrictions are combined on the way down in one word, the <i>attributes</i>: the bitwise AND of the
 * entries, after {@link Geometry#inverted} bits are turned round and exempt bits are set. {@link #allowed} turns the
 * result into rights.
 */
public abstract class RadixFormat implements BatchFormat {
    /** When hardware writes the accessed bits of the entries above the leaf: the architectures leave that open. */
    public enum AccessedUpdate {
        /** As each entry is used, so that a walk which faults further down has set those above. */
        DESCENDING,
        /** All together, from the top, once the walk has passed its checks. */
        COMPLETED
    }

    private final Geometry geometry;
    private final int top;
    private final int entryShift;
    private final long present;
    private final long inverted;
    private final long dirty;
    private final long global;
    /** By level, from 1. */
    final Geometry.Level[] levels;

    private final RadixWalk singleWalk;
    private final RadixBatchWalk batchWalk;

    protected RadixFormat(Geometry geometry, AccessedUpdate accessedUpdate) {
        this.geometry = geometry;
        top = geometry.levels().size();
        entryShift = geometry.entryBytes() == 8 ? 3 : 2;
        present = geometry.present();
        inverted = geometry.inverted();
        dirty = geometry.dirty();
        global = geometry.global();
        levels = new Geometry.Level[top + 1];
        for (int level = 1; level <= top; level++) {
            levels[level] = geometry.levels().get(level - 1);
        }
        singleWalk = new RadixWalk(this, accessedUpdate);
        batchWalk = new RadixBatchWalk(this);
    }

    // What a subclass says.

    /**
     * The rights of a page whose entries, leaf included, combine to {@code attributes}; once a walk. Of neither do they
     * depend on the bits that are the page's address, {@link Geometry.Entry#address}.
     */
    protected abstract int allowed(long attributes, long leaf);

    /** An entry that points to the table at {@code address} and restricts nothing; {@code level} is the entry's. */
    protected abstract long tableEntry(long address, int level);

    /** A leaf at {@code level} that maps {@code output} with these rights and {@link PageTable} attributes. */
    protected abstract long leafEntry(long output, int level, int rights, int attributes);

    /** {@code leaf} with other rights and all else as it is. */
    protected abstract long withRights(long leaf, int level, int rights);

    /** The fault that a present entry with reserved bits, or in a forbidden combination, makes. */
    protected Fault malformedFault(long entry, int level) {
        return Fault.RESERVED_BIT;
    }

    /** The fault of a page that allows {@code allowed} where the walk needs more. */
    protected Fault deniedFault(Walk walk, int allowed, long attributes, long leaf) {
        return Fault.PERMISSION;
    }

    /**
     * What {@link Walk#faultDetail} shall tell of the entries above, combined, and of the one that failed; 0 when not
     * read.
     */
    protected long faultDetail(long attributes, long entry) {
        return attributes;
    }

    /**
     * The address of the page of a leaf, for layouts where some of it does not lie under {@link Geometry.Entry#address};
     * what lies there is part of it as it is.
     */
    protected long frame(long leaf, int level) {
        return leaf & levels[level].leaf().address();
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
        return top;
    }

    @Override
    public final int coverShift(int level) {
        return level <= top ? shift(level) + levels[level].indexBits() : 0;
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
    public final boolean inRange(long inputAddress) {
        return refusedBits(inputAddress) == 0;
    }

    /** The bits of an input address that are not as they have to be. */
    final long refusedBits(long inputAddress) {
        int unused = 64 - geometry.inputBits();
        return inputAddress
                ^ (geometry.signExtended()
                        ? inputAddress << unused >> unused
                        : inputAddress << unused >>> unused);
    }

    @Override
    public long kernelBase() {
        return (geometry.signExtended() ? -1L : 1L) << (geometry.inputBits() - 1);
    }

    @Override
    public final void walk(Walk walk, WalkPort port) {
        singleWalk.walk(walk, port);
    }

    @Override
    public final int walkBatch(WalkBatch walks, int count, BatchPort port) {
        return batchWalk.walk(walks, count, port);
    }

    /** The entry at {@code address} in the aligned 64-bit word that contains it. */
    final long entryIn(long word, long address) {
        return entryShift == 3 ? word : word >>> ((address & 4) << 3) & 0xffff_ffffL;
    }

    static long index(long input, Geometry.Level step) {
        return input >>> step.shift() & (1L << step.indexBits()) - 1;
    }

    @Override
    public final String describe(int level, long address, long word) {
        long entry = entryIn(word, address);
        if (!isPresent(entry)) {
            return "not present";
        }
        boolean leaf = isLeaf(entry, level);
        long target = leaf ? frame(entry, level) : nextTable(entry, level);
        return "%s at %#x, allows %s"
                .formatted(
                        leaf ? Sizes.ofPage(shift(level)) + " page" : "table",
                        target,
                        Rights.text(allowed(combine(-1, entry, level), entry)));
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
    public final TableListing list(TableImage image, long root) {
        return new RadixListing(this, image, root);
    }

    @Override
    public String toString() {
        return name();
    }

    // What entries mean: for RadixWalk and RadixBatchWalk, RadixTable and RadixListing.

    final int shift(int level) {
        return levels[level].shift();
    }

    final long offset(long input, int level) {
        return index(input, levels[level]) << entryShift;
    }

    final long entryOffset(int index) {
        return (long) index << entryShift;
    }

    final int entries(int level) {
        return 1 << levels[level].indexBits();
    }

    final long tableBytes(int level) {
        return (long) entries(level) << entryShift;
    }

    final boolean isPresent(long entry) {
        return (entry & present) != 0;
    }

    final boolean isLeaf(long entry, int level) {
        return (entry & levels[level].leafMask()) == levels[level].leafValue();
    }

    /** Whether hardware refuses an entry that is present. */
    final boolean isMalformed(long entry, int level) {
        boolean leaf = isLeaf(entry, level);
        Geometry.Entry kind = leaf ? levels[level].leaf() : levels[level].table();
        return !leaf && level == 1 || (entry & kind.reserved() | kind.forbidden() >>> entry & 1) != 0;
    }

    final long nextTable(long entry, int level) {
        return entry & levels[level].table().address();
    }

    final long combine(long attributes, long entry, int level) {
        Geometry.Entry kind = isLeaf(entry, level) ? levels[level].leaf() : levels[level].table();
        return attributes & (entry ^ inverted | kind.exempt());
    }

    /** The accessed and dirty bits that hardware sets in an entry when it uses it, and that are clear. */
    final long due(long entry, int level, boolean written) {
        Geometry.Level step = levels[level];
        boolean leaf = isLeaf(entry, level);
        long accessed = leaf ? step.leaf().accessed() : step.table().accessed();
        return (accessed | (leaf && written ? dirty : 0)) & ~entry;
    }

    final boolean isGlobal(long leaf) {
        return (leaf & global) != 0;
    }

    /** Of what a mapping allows, what may be cached: no writes while the dirty bit is clear. */
    final int cacheable(int allowed, long leaf) {
        return (leaf & dirty) == dirty ? allowed : allowed & ~Rights.WRITE;
    }

    final Mapping mapping(long input, long leaf, int level, long attributes) {
        int bits = attributes(leaf, level);
        return new Mapping(
                input & -(1L << shift(level)),
                frame(leaf, level),
                shift(level),
                allowed(attributes, leaf),
                (bits & PageTable.GLOBAL) != 0,
                (bits & PageTable.ACCESSED) != 0,
                (bits & PageTable.DIRTY) != 0);
    }

    /** {@link PageTable#GLOBAL}, {@link PageTable#ACCESSED} and {@link PageTable#DIRTY} of a leaf. */
    final int attributes(long leaf, int level) {
        long accessed = levels[level].leaf().accessed();
        return (isGlobal(leaf) ? PageTable.GLOBAL : 0)
                | ((leaf & accessed) == accessed ? PageTable.ACCESSED : 0)
                | ((leaf & dirty) == dirty ? PageTable.DIRTY : 0);
    }

    final long extend(long input) {
        int unused = 64 - geometry.inputBits();
        return geometry.signExtended() ? input << unused >> unused : input;
    }
}

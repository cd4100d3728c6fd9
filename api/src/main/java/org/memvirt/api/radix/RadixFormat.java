package org.memvirt.api.radix;

import java.util.List;
import org.memvirt.api.access.Rights;
import org.memvirt.api.image.TableImage;
import org.memvirt.api.image.TableListing;
import org.memvirt.api.table.BatchFormat;
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
 * entries, after {@link Geometry#inverted} bits are inverted and exempt bits are set. {@link #allowed} turns the
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

    /** Which bits of the entries that it uses hardware sets. A use that would set another one faults instead. */
    public enum HardwareUpdates {
        /** None. */
        NONE,
        /** The accessed bit. */
        ACCESSED,
        /** The accessed bit, and for a write the dirty bit of the leaf. */
        ACCESSED_AND_DIRTY
    }

    private final Geometry geometry;
    private final int top;
    private final int entryShift;
    private final long present;
    private final long inverted;
    private final long dirty;
    private final long global;
    // Of an input address: the bits above the significant ones, and how the right ones there are made.
    private final int unusedBits;
    private final long extended;
    private final long setBits;
    private final long checkedBits;
    private final HardwareUpdates updates;
    /** By level, from 1. */
    final Geometry.Level[] levels;
    private final long accessedOfTables;

    private final RadixWalk singleWalk;
    private final RadixBatchWalk batchWalk;

    /** A format whose hardware sets all accessed and dirty bits that the geometry has. */
    protected RadixFormat(Geometry geometry, AccessedUpdate accessedUpdate) {
        this(geometry, accessedUpdate, HardwareUpdates.ACCESSED_AND_DIRTY);
    }

    protected RadixFormat(Geometry geometry, AccessedUpdate accessedUpdate, HardwareUpdates updates) {
        this.geometry = geometry;
        this.updates = updates;
        top = geometry.levels().size();
        entryShift = geometry.entryBytes() == 8 ? 3 : 2;
        present = geometry.present();
        inverted = geometry.inverted();
        dirty = geometry.dirty();
        global = geometry.global();
        unusedBits = Long.SIZE - geometry.inputBits();
        extended = geometry.highBits() == Geometry.HighBits.SIGN ? -1 : -1L >>> unusedBits;
        setBits = geometry.highBits() == Geometry.HighBits.SET ? ~(-1L >>> unusedBits) : 0;
        checkedBits = -1L >>> geometry.ignoredBits();
        levels = new Geometry.Level[top + 1];
        for (int level = 1; level <= top; level++) {
            levels[level] = geometry.levels().get(level - 1);
        }
        accessedOfTables = geometry.accessedOfTables();
        singleWalk = new RadixWalk(this, accessedUpdate);
        batchWalk = new RadixBatchWalk(this);
    }

    // What a subclass says.

    /**
     * The rights of a page whose entries, leaf included, combine to {@code attributes}, whatever its accessed and dirty bits
     * are; once a walk. Of neither do they depend on the bits that are the page's address.
     */
    protected abstract int allowed(long attributes, long leaf);

    /** What pages below an entry to a table can allow at most; for people, and overridden where leaves use other bits. */
    protected int allowedBelow(long attributes, long entry) {
        return allowed(attributes, entry);
    }

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

    /** What {@link Walk#faultDetail} shall tell of the entries above, combined, and of the one that failed; 0 when not read. */
    protected long faultDetail(long attributes, long entry) {
        return attributes;
    }

    /** The address of the top table that a root register holds. */
    protected long rootTable(long root) {
        return root;
    }

    /** What the root register holds for a top table. */
    protected long rootRegister(long table) {
        return table;
    }

    /**
     * {@link PageTable#GLOBAL}, {@link PageTable#ACCESSED} and {@link PageTable#DIRTY} of a leaf, as software sees them; the
     * latter two are set, too, where the format has no such bit.
     */
    protected int attributes(long leaf, int level) {
        long accessed = levels[level].leaf().accessed();
        return ((leaf & accessed) == accessed ? PageTable.ACCESSED : 0)
                | (isDirty(leaf) ? PageTable.DIRTY : 0)
                | (isGlobal(leaf) ? PageTable.GLOBAL : 0);
    }

    /** {@code leaf} with accessed and dirty bits as {@code attributes} has them, and all else as it is. */
    protected long withFlags(long leaf, int level, int attributes) {
        long accessed = levels[level].leaf().accessed();
        long clean = (leaf ^ inverted) & ~dirty;
        long entry = ((attributes & PageTable.DIRTY) == 0 ? clean : clean | dirty) ^ inverted;
        return (attributes & PageTable.ACCESSED) == 0 ? entry & ~accessed : entry | accessed;
    }

    /**
     * Whether software that changes a present entry of {@code level} into another must make it invalid, and invalidate what is
     * cached of it, in between; asked only where {@link #breaksBeforeMake} says so.
     */
    public boolean needsBreak(long before, long after, int level) {
        return false;
    }

    /**
     * The leaf of level {@code to} that maps {@code output} as {@code leaf}, of level {@code from}, maps its page: a part of a
     * large page that is split. A subclass overrides it whose leaves hold more than rights and attributes.
     */
    protected long leafAt(int to, long output, long leaf, int from) {
        return leafEntry(output, to, allowed(combine(-1, leaf, from), leaf), attributes(leaf, from));
    }

    // What every radix table shares.

    public final Geometry geometry() {
        return geometry;
    }

    @Override
    public final int entryBytes() {
        return geometry.entryBytes();
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
    public final boolean hasParts() {
        return true;
    }

    @Override
    public final boolean isLinear() {
        return geometry.upperEntriesRestrictNothing() && tableBytes(1) == 1L << shift(1);
    }

    /** All but the accessed bits of the entries above. */
    @Override
    public final long restrictions(long attributes) {
        return attributes | accessedOfTables;
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
        return geometry.pageShifts();
    }

    @Override
    public final int attributes() {
        return geometry.attributes();
    }

    @Override
    public final int attributesSetByHardware() {
        return attributes()
                & switch (updates) {
                    case NONE -> 0;
                    case ACCESSED -> PageTable.ACCESSED;
                    case ACCESSED_AND_DIRTY -> PageTable.ACCESSED | PageTable.DIRTY;
                };
    }

    @Override
    public final boolean inRange(long inputAddress) {
        return refusedBits(inputAddress) == 0;
    }

    /** The bits of an input address that are not as they have to be. */
    final long refusedBits(long inputAddress) {
        return (inputAddress ^ extend(inputAddress)) & checkedBits;
    }

    /** The input address with those bits above the significant ones that it has to have. */
    final long extend(long input) {
        return input << unusedBits >> unusedBits & extended | setBits;
    }

    @Override
    public long kernelBase() {
        return geometry.kernelBase();
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
        return RadixListing.describe(this, level, entryIn(word, address));
    }

    @Override
    public final PageTable create(TableMemory memory, TableFrames frames) {
        return RadixTable.create(this, top, memory, frames);
    }

    @Override
    public final PageTable createPart(int level, TableMemory memory, TableFrames frames) {
        return RadixTable.create(this, level, memory, frames);
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

    // The meaning of entries, for all that read them.

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

    /** Whether hardware uses an entry at all. */
    public final boolean isPresent(long entry) {
        return (entry & present) != 0;
    }

    /** Whether a present entry maps a page, rather than pointing to a table. */
    public final boolean isLeaf(long entry, int level) {
        return (entry & levels[level].leafMask()) == levels[level].leafValue();
    }

    /** Whether hardware refuses an entry that is present. */
    final boolean isMalformed(long entry, int level) {
        boolean leaf = isLeaf(entry, level);
        Geometry.Entry kind = leaf ? levels[level].leaf() : levels[level].table();
        return !leaf && level == 1 || kind.isMalformed(entry);
    }

    final long nextTable(long entry, int level) {
        return levels[level].table().addressIn(entry);
    }

    /** The address of the page of a leaf; of one that is joined with others, that of its own part. */
    final long frame(long leaf, int level) {
        return levels[level].leaf().addressIn(leaf);
    }

    /** Offset bits of the page that a leaf maps, alone or with its neighbours. */
    final int pageShift(long leaf, int level) {
        return levels[level].pageShift(leaf);
    }

    final long combine(long attributes, long entry, int level) {
        Geometry.Entry kind = isLeaf(entry, level) ? levels[level].leaf() : levels[level].table();
        return attributes & (entry ^ inverted | kind.exempt());
    }

    /** The bits of a leaf that software must set before hardware uses it at all: its accessed bit, if hardware does not. */
    final long lacking(long leaf, int level) {
        return updates == HardwareUpdates.NONE ? levels[level].leaf().accessed() & ~leaf : 0;
    }

    /** The accessed and dirty bits that an entry changes by when hardware uses it. */
    final long due(long entry, int level, boolean written) {
        Geometry.Level step = levels[level];
        if (!isLeaf(entry, level)) {
            return updates == HardwareUpdates.NONE ? 0 : step.table().accessed() & ~entry;
        }
        return step.leaf().accessed() & ~entry | (written ? dirty & ~(entry ^ inverted) : 0);
    }

    /** Of what a mapping allows, what may be cached: no writes while the dirty bit is clear. */
    final int cacheable(int allowed, long leaf) {
        return isDirty(leaf) ? allowed : allowed & ~Rights.WRITE;
    }

    /** Of what a mapping allows, what hardware lets an access do: no writes while software must set the dirty bit first. */
    final int usable(int allowed, long leaf) {
        return updates == HardwareUpdates.ACCESSED_AND_DIRTY ? allowed : cacheable(allowed, leaf);
    }

    /** Whether the dirty bit of a leaf is set, or there is none. */
    final boolean isDirty(long leaf) {
        return ((leaf ^ inverted) & dirty) == dirty;
    }

    /** Whether a leaf, which is not malformed, holds in every address space. */
    public final boolean isGlobal(long leaf) {
        return ((leaf ^ inverted) & global) != 0;
    }
}

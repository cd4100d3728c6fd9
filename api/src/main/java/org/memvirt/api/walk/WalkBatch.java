package org.memvirt.api.walk;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Walks that are made side by side, level by level, because most of them are alike: the host runs such loops several times
 * faster than one walk after another. A walk is plain if it ends at the level and in a page of the size that the first one
 * does, not global, that allows what is asked, and if no entry on its way has to be changed. Each of its references is a read like that of any walk. What
 * is not plain is left to {@link org.memvirt.api.table.PageTableFormat#walk}.
 *
 * <p>No cache is asked. For whoever takes the walks through caches afterwards, one after another, an object that
 * {@link #recordsPath} tells what each walk met on its way.
 */
public final class WalkBatch {
    /** Walks that are made together at most. */
    public static final int CAPACITY = 256;

    private static final int MOST_CELLS = 128;

    /** The register that holds the top table. */
    public long root;

    /** The question: addresses, and what is needed there, as {@link org.memvirt.api.access.Rights}. */
    public final long[] input = new long[CAPACITY];

    public final int[] access = new int[CAPACITY];

    /** The answer, for the walks from the first on that are plain. */
    public final long[] output = new long[CAPACITY];

    /** What the mappings allow, without the write bits while the dirty bit is clear. */
    public final int[] allowed = new int[CAPACITY];

    /** Offset bits of the pages of all plain walks, as in {@link Walk}. */
    public int pageShift;

    public int stage1Shift;
    public int stage2Shift;

    /** The level at which all plain walks end. */
    public int leafLevel;

    /** The words that were read last. */
    public final long[] words = new long[CAPACITY];

    // The way, by level: where the entries lie, by the table and in host memory, and what those above them allowed, 0 for
    // all together; the same arrays at all levels where the way is not kept.
    private final boolean recordsPath;
    private final long[][] addresses = new long[Walk.LEVELS][];
    private final long[][] hostAddresses = new long[Walk.LEVELS][];
    private final long[][] attributes = new long[Walk.LEVELS][];
    private final int[] cost = new int[Walk.LEVELS];
    private final int[] offsetShift = new int[Walk.LEVELS];
    private final long[] offsetMask = new long[Walk.LEVELS];
    private final @Nullable WalkBatch[] inside = new WalkBatch[Walk.LEVELS];
    private @Nullable NestedTlb cache;
    private int owner;

    private final byte[] cells = new byte[MOST_CELLS];
    private final int cellShift;
    private int cellBase;
    private int references;

    private WalkBatch(int cellShift, boolean recordsPath) {
        this.cellShift = cellShift;
        this.recordsPath = recordsPath;
        for (int level = 0; level < Walk.LEVELS; level++) {
            boolean shared = !recordsPath && level > 0;
            addresses[level] = shared ? addresses[0] : new long[CAPACITY];
            attributes[level] = shared ? attributes[0] : new long[CAPACITY];
            hostAddresses[level] = addresses[level];
        }
    }

    /**
     * The walks that accesses start.
     *
     * @param recordsPath for whoever takes them through caches
     */
    public static WalkBatch outer(boolean recordsPath) {
        return new WalkBatch(3, recordsPath);
    }

    /** Walks of stage 2 inside others. */
    public static WalkBatch inner() {
        return new WalkBatch(0, false);
    }

    /** Asks for new walks from this root. */
    public void start(long newRoot) {
        root = newRoot;
        stage2Shift = 0;
        references = 0;
        Arrays.fill(inside, null);
        cache = null;
    }

    /** Asks for new walks on behalf of others' entries at {@code outerLevel}, or of their final addresses for 0. */
    public void startInside(long newRoot, int outerLevel) {
        root = newRoot;
        cellBase = outerLevel << 3;
        references = 0;
    }

    // For formats.

    /** Says where in a table of this level an entry lies: the bits of the input from this one on, under this mask. */
    public void setOffset(int level, int shift, long mask) {
        offsetShift[level] = shift;
        offsetMask[level] = mask;
    }

    // For ports.

    /** The cell, as in {@link Trail}, of references at this level of these walks' own table. */
    public int cell(int level) {
        return cellBase + (level << cellShift);
    }

    /**
     * Notes one more reference of every walk; ports call it where they read.
     *
     * @param hostAddresses where the entries lie; left alone until the next walks, where the way is kept
     */
    public void note(int cell, long[] hostAddresses) {
        this.hostAddresses[cell >>> 3] = hostAddresses;
        cost[cell >>> 3] = references;
        cells[references++] = (byte) cell;
    }

    /** Notes the references of stage-2 walks, whose answers the port may have asked of a cache if it had made one alone. */
    public void noteStageTwo(int outerLevel, WalkBatch walks, int ofOwner, @Nullable NestedTlb ofCache) {
        System.arraycopy(walks.cells, 0, cells, references, walks.references);
        references += walks.references;
        inside[outerLevel] = walks;
        owner = ofOwner;
        cache = ofCache;
    }

    // What they did.

    /** References that each plain walk makes without any cache. */
    public int references() {
        return references;
    }

    /** The cell of a reference. */
    public int cellOf(int reference) {
        return cells[reference];
    }

    /** Whether the following can be asked of the walks until the next are started. */
    public boolean recordsPath() {
        return recordsPath;
    }

    /** By walk, the address of the entry that was read at this level, as the tables name it; the live array. */
    public long[] entries(int level) {
        return addresses[level];
    }

    /** By walk, where that entry lies in host memory; the live array. */
    public long[] hostAddresses(int level) {
        return hostAddresses[level];
    }

    /**
     * By walk, what the entries above that level's table allowed, as {@link Walk#tableAttributes}; of level 0, all entries
     * together; the live array.
     */
    public long[] attributes(int level) {
        return attributes[level];
    }

    /** The lowest bit of the input that says where in a table of this level an entry lies, in bytes; under this mask. */
    public int offsetShift(int level) {
        return offsetShift[level];
    }

    public long offsetMask(int level) {
        return offsetMask[level];
    }

    /** Whether each table of the level lies in one piece in host memory. */
    public boolean locatesTables(int level) {
        WalkBatch translations = inside[level];
        return translations == null || offsetMask[level] >>> translations.pageShift == 0;
    }

    /** References until an entry of the table of this level can be read, as {@link Walk#tableCost}. */
    public int cost(int level) {
        return cost[level];
    }

    /** The stage-2 walks for the entries of this level, or for the final addresses for 0; null without a second stage. */
    public @Nullable WalkBatch inside(int level) {
        return inside[level];
    }

    /** The cache that would have been asked for them, and under which owner; null for none. */
    public @Nullable NestedTlb cache() {
        return cache;
    }

    public int owner() {
        return owner;
    }
}

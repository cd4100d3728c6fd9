package org.memvirt.api.mmu;

/**
 * Walks that are made side by side, level by level, because most of them are alike: the host runs such loops several times
 * faster than one walk after another. A walk is plain if it ends in a page of the smallest size, not global, that allows
 * what is asked, and if no entry on its way has to be changed. Each of its references is a read like that of any walk. What
 * is not plain is left to {@link PageTableFormat#walk}.
 */
public final class PlainWalks {
    /** Walks that are made together at most. */
    public static final int CAPACITY = 64;

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

    // The way: for formats.
    final long[] table = new long[CAPACITY];
    final long[] attributes = new long[CAPACITY];
    final long[] addresses = new long[CAPACITY];
    final long[] words = new long[CAPACITY];

    private final byte[] cells = new byte[MOST_CELLS];
    private final int cellShift;
    private int cellBase;
    private int references;

    private PlainWalks(int cellShift) {
        this.cellShift = cellShift;
    }

    /** The walks that accesses start. */
    public static PlainWalks outer() {
        return new PlainWalks(3);
    }

    /** Walks of stage 2 inside others. */
    static PlainWalks inner() {
        return new PlainWalks(0);
    }

    /** Asks for new walks from this root. */
    public void start(long newRoot) {
        root = newRoot;
        stage2Shift = 0;
        references = 0;
    }

    /** Asks for new walks on behalf of others' entries at {@code outerLevel}, or of their final addresses for 0. */
    void startInside(long newRoot, int outerLevel) {
        root = newRoot;
        cellBase = outerLevel << 3;
        references = 0;
    }

    /** The cell, as in {@link Trail}, of references at this level of these walks' own table. */
    int cell(int level) {
        return cellBase + (level << cellShift);
    }

    /** Notes one more reference of every walk; ports call it where they read. */
    public void note(int cell) {
        cells[references++] = (byte) cell;
    }

    void noteAll(PlainWalks inner) {
        for (int i = 0; i < inner.references; i++) {
            note(inner.cells[i]);
        }
    }

    /** References that each plain walk made. */
    public int references() {
        return references;
    }

    /** The cell of a reference. */
    public int cellOf(int reference) {
        return cells[reference];
    }
}

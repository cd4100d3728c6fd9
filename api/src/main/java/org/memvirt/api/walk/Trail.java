package org.memvirt.api.walk;

import org.jspecify.annotations.Nullable;

/**
 * The references that one walk makes, in order, over both stages. A walk and the stage-2 walks inside it share one
 * trail. A reference is filed under a cell {@code g * 8 + h}: {@code g} the guest level whose entry, or for 0 whose final
 * address, is being translated; {@code h} the host level, 0 for the guest's own entry. A walk of one stage has column 0
 * alone.
 *
 * <p>Nothing here allocates after construction.
 */
public final class Trail {
    /** Rows and columns of the matrix; levels are 1 to 7. */
    public static final int SIDE = 8;

    private static final int CAPACITY = 512;

    private final byte[] cells = new byte[CAPACITY];
    private final long[] matrix = new long[SIDE * SIDE];
    private int length;
    private int skipped;
    private int parallel;
    private @Nullable WalkObserver observer;

    /** Begins a new walk: no references yet; the matrix goes on. */
    public void clear() {
        length = 0;
        skipped = 0;
        parallel = 0;
    }

    /**
     * Files one reference; ports call it once for each entry they read.
     *
     * @throws IllegalStateException after 512 references in one walk: the format goes in circles
     */
    public void reference(int cell, long address, long entry) {
        int at = length;
        if (at == CAPACITY) {
            throw new IllegalStateException(
                    "a walk made more than " + CAPACITY + " references: its format does not end");
        }
        cells[at] = (byte) cell;
        length = at + 1;
        matrix[cell]++;
        if (observer != null) {
            observer.reference(cell >>> 3, cell & 7, address, entry);
        }
    }

    /** Adds references that a cache made unnecessary: those of the walk it stands for. */
    public void skip(int references) {
        skipped += references;
        if (observer != null) {
            observer.skipped(references);
        }
    }

    /** References made by this walk so far. */
    public int length() {
        return length;
    }

    /** References that caches saved in this walk so far. */
    public int skipped() {
        return skipped;
    }

    /** References that the walk would have made so far without any cache. */
    public int uncached() {
        return length + skipped;
    }

    /**
     * References one after another so far. A format that issues several side by side takes the depth before them, sets it
     * back before each, and sets it to the deepest one after the last.
     */
    public int depth() {
        return length - parallel;
    }

    /** Says that the next reference begins after {@code depth} others, because it goes side by side with later ones. */
    public void setDepth(int depth) {
        parallel = length - depth;
    }

    /** The cell of reference {@code index} of this walk. */
    public int cell(int index) {
        return cells[index];
    }

    /** References of all walks by cell since the matrix was last cleared; the live array, for reading. */
    public long[] matrix() {
        return matrix;
    }

    /** Moves the references of this walk, which ended in a fault, from the matrix to {@code faulting}. */
    public void moveTo(long[] faulting) {
        for (int i = 0; i < length; i++) {
            matrix[cells[i]]--;
            faulting[cells[i]]++;
        }
    }

    /** Who is told of each reference, or null for nobody. */
    public void observe(@Nullable WalkObserver newObserver) {
        observer = newObserver;
    }

    public @Nullable WalkObserver observer() {
        return observer;
    }
}

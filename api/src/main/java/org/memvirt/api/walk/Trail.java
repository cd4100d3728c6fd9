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
    // What few walks have; whether this one does.
    private boolean special;
    private int speculative;
    private int misspeculated;
    private int forUpdates;
    private int uncachedForUpdates;
    private @Nullable WalkObserver observer;

    /** Begins a new walk: no references yet; the matrix goes on. */
    public void clear() {
        length = 0;
        skipped = 0;
        parallel = 0;
        if (special) {
            special = false;
            speculative = 0;
            misspeculated = 0;
            forUpdates = 0;
            uncachedForUpdates = 0;
        }
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

    /** References that the walk would have made so far without any cache, those {@link #forUpdates} left out. */
    public int uncached() {
        return length + skipped - uncachedForUpdates;
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

    /**
     * Says that references were made on a guess, before the walk knew whether it needs them. They are references like
     * others, and go side by side with them or not as {@link #setDepth} says. Formats and ports call it once they know.
     *
     * @param made how many there were
     * @param wrong how many of them the walk did not need
     */
    public void speculated(int made, int wrong) {
        special = true;
        speculative += made;
        misspeculated += wrong;
    }

    /** Whether this walk has made any references on a guess or for an update, which few do. */
    public boolean isSpecial() {
        return special;
    }

    /** References that this walk made on a guess. */
    public int speculative() {
        return speculative;
    }

    /** References that it made on a guess which was wrong. */
    public int misspeculated() {
        return misspeculated;
    }

    /**
     * Says that references translated the address of an entry anew, in order to set its accessed or dirty bit. Ports call it.
     *
     * @param made how many
     * @param uncached how many there would have been without caches
     */
    public void translatedForUpdate(int made, int uncached) {
        special = true;
        forUpdates += made;
        uncachedForUpdates += uncached;
    }

    /**
     * References that this walk made to translate the address of an entry anew, so that its accessed or dirty bit could be
     * set. Hardware that has read the entry has its translation and what that allows ({@link Walk#keepEntryRights}); it
     * translates again where a walk cache told the place of the entry, or where that right was missing.
     */
    public int forUpdates() {
        return forUpdates;
    }

    /** The same without caches. */
    public int uncachedForUpdates() {
        return uncachedForUpdates;
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

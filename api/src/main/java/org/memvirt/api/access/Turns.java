package org.memvirt.api.access;

/**
 * The accesses of a batch at which something may change in a level-1 TLB. Pages fall into {@link #ROWS} rows, by the low
 * bits of the page number, those of code apart from those of data. An access that touches the same page as the one before
 * it in its row, within the batch, and needs no right that was not needed since the row came to this page, finds in any TLB
 * whose sets tell the rows apart the entry that was used last, and changes nothing. All other accesses are turns.
 *
 * <p>This is an exact filter of a trace, worth making where a batch is played more than once: of real programs a few per
 * cent of the accesses are turns.
 */
public final class Turns {
    /** Rows of each kind, for pages of 4 KiB. */
    public static final int ROWS = 16;

    private static final int PAGE_SHIFT = 12;

    private final int[] positions;
    private final int[] codeBefore;
    // Copies of the turns' own accesses, side by side: those of the batch are too far apart for the host to fetch ahead.
    private final long[] addresses;
    private final byte[] kinds;
    private final int count;

    Turns(AccessBatch batch) {
        int[] found = new int[batch.length + 1];
        int[] code = new int[batch.length + 1];
        long[] page = new long[2 * ROWS];
        int[] exercised = new int[2 * ROWS];
        int turns = 0;
        int codeSeen = 0;
        for (int i = 0; i < batch.length; i++) {
            int need = batch.kinds[i];
            boolean isCode = (need & Rights.EXECUTE) != 0;
            long number = batch.addresses[i] >>> PAGE_SHIFT;
            int row = (int) number & ROWS - 1 | (isCode ? ROWS : 0);
            // A row without a page has exercised no right, so its first access is a turn whatever the page.
            if (page[row] != number || (need & ~exercised[row]) != 0) {
                exercised[row] = page[row] == number ? exercised[row] | need : need;
                page[row] = number;
                found[turns] = i;
                code[turns++] = codeSeen;
            }
            codeSeen += isCode ? 1 : 0;
        }
        found[turns] = batch.length;
        code[turns] = codeSeen;
        count = turns;
        addresses = new long[turns];
        kinds = new byte[turns];
        for (int turn = 0; turn < turns; turn++) {
            addresses[turn] = batch.addresses[found[turn]];
            kinds[turn] = batch.kinds[found[turn]];
        }
        positions = java.util.Arrays.copyOf(found, turns + 1);
        codeBefore = java.util.Arrays.copyOf(code, turns + 1);
    }

    /** How many turns there are. */
    public int count() {
        return count;
    }

    /** The index in the batch of turn {@code turn}; of turn {@link #count()}, the batch's length. */
    public int position(int turn) {
        return positions[turn];
    }

    /** The address that turn {@code turn} accesses. */
    public long address(int turn) {
        return addresses[turn];
    }

    /** What turn {@code turn} needs, as {@link Rights}. */
    public int kind(int turn) {
        return kinds[turn];
    }

    /** How many accesses before turn {@code turn} are fetches. */
    public int codeBefore(int turn) {
        return codeBefore[turn];
    }
}

package org.memvirt.engine.block;

import java.util.Arrays;
import org.memvirt.api.access.AccessBatch;

/**
 * The accesses of a batch at which something may change in a level-1 TLB. Pages fall into {@link #ROWS} rows, by the low
 * bits of the page number, those of code apart from those of data. An access that touches the same page as the one before
 * it in its row goes on with a run, and all others, which begin one, are turns. In any TLB whose sets tell the rows apart, an
 * access that goes on finds the entry that its set used last, and changes nothing, if that has the rights.
 *
 * <p>A filter with a gap is for TLBs of few sets with many ways, too: there a run goes on as long as no more turns than {@link
 * #GAP} of its kind were between. So few pages were used since that its entry is there, and its use changes nothing but the
 * time of the entry's last use.
 *
 * <p>This is an exact filter of a trace: of real programs a few per cent of the accesses are turns.
 */
final class L1Filter {
    /** Rows of each kind, for pages of 4 KiB. */
    static final int ROWS = 16;

    /** Turns of its kind, data or code, within which a run of a filter with a gap goes on. */
    static final int GAP = 16;

    private static final long PAGE = -4096;

    private final int gap;
    // By row, the turn that began its run, or -1, and how many turns of its kind there were at its last access.
    private final int[] rows = new int[2 * ROWS];
    private final int[] turnsAt = new int[2 * ROWS];
    // Of each kind, by the first of its rows: how many there are.
    private final int[] turnsOf = new int[ROWS + 1];
    private final long[] words;
    private final int[] positions;
    private final int[] lastUses;
    private final int[] codeBefore;
    private int count;

    /** Room for the turns of {@code capacity} accesses, none yet. */
    L1Filter(int capacity, boolean hasGap) {
        gap = hasGap ? GAP : Integer.MAX_VALUE;
        words = new long[capacity];
        positions = new int[capacity + 1];
        lastUses = new int[capacity];
        codeBefore = new int[capacity + 1];
    }

    private L1Filter(L1Filter other) {
        count = other.count;
        gap = other.gap;
        words = Arrays.copyOf(other.words, count);
        lastUses = Arrays.copyOf(other.lastUses, count);
        positions = Arrays.copyOf(other.positions, count + 1);
        codeBefore = Arrays.copyOf(other.codeBefore, count + 1);
    }

    /** Those of a whole batch, in as little room as they need. */
    static L1Filter of(AccessBatch batch, boolean hasGap) {
        L1Filter turns = new L1Filter(batch.length, hasGap);
        turns.find(batch, 0, batch.length);
        return new L1Filter(turns);
    }

    /**
     * Finds those among the accesses {@code from} to {@code to} of the batch, as long as there is room; the first access of
     * each row is one. Does not allocate.
     */
    void find(AccessBatch batch, int from, int to) {
        Arrays.fill(rows, -1);
        Arrays.fill(turnsOf, 0);
        int turns = 0;
        int codeSeen = 0;
        int i = from;
        for (; i < to && turns < words.length; i++) {
            int need = batch.kinds[i];
            long page = batch.addresses[i] & PAGE;
            // Both fetch bits, of user and of supervisor, are moved to the bit above the rows of data.
            int code = (need << 2 | need >> 1) & ROWS;
            int row = (int) (page >>> 12) & ROWS - 1 | code;
            int turn = rows[row];
            if (turn >= 0 && (words[turn] & PAGE) == page && turnsOf[code] - turnsAt[row] <= gap) {
                words[turn] |= need;
                lastUses[turn] = i;
            } else {
                turnsOf[code]++;
                rows[row] = turns;
                lastUses[turns] = i;
                positions[turns] = i;
                words[turns] = page | need;
                codeBefore[turns++] = codeSeen;
            }
            turnsAt[row] = turnsOf[code];
            codeSeen += code / ROWS;
        }
        positions[turns] = i;
        codeBefore[turns] = codeSeen;
        count = turns;
    }

    /** How many turns there are. */
    int count() {
        return count;
    }

    /**
     * The address of the page that turn {@code turn} accesses with, in the low bits, what it and the accesses that stay there
     * need together, as {@link org.memvirt.api.access.Rights}.
     */
    long word(int turn) {
        return words[turn];
    }

    /** The index in the batch of turn {@code turn}; of turn {@link #count()}, the end of what was looked at. */
    int position(int turn) {
        return positions[turn];
    }

    /** The index in the batch of the last access of the run that turn {@code turn} begins, of those looked at. */
    int lastUse(int turn) {
        return lastUses[turn];
    }

    /** How many accesses before turn {@code turn}, of those looked at, are fetches. */
    int codeBefore(int turn) {
        return codeBefore[turn];
    }
}

package org.memvirt.engine.block;

import java.util.Arrays;
import org.memvirt.api.access.AccessBatch;

/**
 * The accesses of a batch as runs, at whose first access alone something may change in a level-1 TLB. Pages fall into {@link
 * #ROWS} rows, by the low bits of the page number, those of code apart from those of data. A run is of accesses to one page, and
 * goes on until its row sees another. In any TLB whose sets tell the rows apart, an access that goes on finds the entry that its
 * set used last, and changes nothing, if that has the rights.
 *
 * <p>A filter with a gap is for TLBs of few sets with many ways, too: there a run ends, too, when more runs than {@link #GAP} of
 * its kind begin between two accesses. So few pages were used since the former that the latter finds its entry, and changes
 * nothing but the time of its last use.
 *
 * <p>This is an exact filter of a trace: of real programs a few per cent of the accesses begin a run.
 */
final class L1Filter {
    /** Rows of each kind, for pages of 4 KiB. */
    static final int ROWS = 16;

    /** Runs of its kind, data or code, that may begin between two accesses of a run, in a filter with a gap. */
    static final int GAP = 16;

    private static final long PAGE = -4096;

    private final int gap;
    // By row, the run that goes on there, or -1, and how many of its kind there were at its last access.
    private final int[] rows = new int[2 * ROWS];
    private final int[] runsAt = new int[2 * ROWS];
    // Of each kind, by the first of its rows: how many there are.
    private final int[] runsOf = new int[ROWS + 1];
    private final long[] words;
    private final int[] positions;
    private final int[] lastUses;
    private final int[] codeBefore;
    private int count;

    /** Room for the runs of {@code capacity} accesses, none yet. */
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
        L1Filter runs = new L1Filter(batch.length, hasGap);
        runs.find(batch, 0, batch.length);
        return new L1Filter(runs);
    }

    /**
     * Finds those among the accesses {@code from} to {@code to} of the batch, as long as there is room; the first access of
     * each row is one. Does not allocate.
     */
    void find(AccessBatch batch, int from, int to) {
        Arrays.fill(rows, -1);
        Arrays.fill(runsOf, 0);
        int runs = 0;
        int codeSeen = 0;
        int i = from;
        for (; i < to && runs < words.length; i++) {
            int need = batch.kinds[i];
            long page = batch.addresses[i] & PAGE;
            // Both fetch bits, of user and of supervisor, are moved to the bit above the rows of data.
            int code = (need << 2 | need >> 1) & ROWS;
            int row = (int) (page >>> 12) & ROWS - 1 | code;
            int run = rows[row];
            if (run >= 0 && (words[run] & PAGE) == page && runsOf[code] - runsAt[row] <= gap) {
                words[run] |= need;
                lastUses[run] = i;
            } else {
                runsOf[code]++;
                rows[row] = runs;
                lastUses[runs] = i;
                positions[runs] = i;
                words[runs] = page | need;
                codeBefore[runs++] = codeSeen;
            }
            runsAt[row] = runsOf[code];
            codeSeen += code / ROWS;
        }
        positions[runs] = i;
        codeBefore[runs] = codeSeen;
        count = runs;
    }

    /** How many runs there are. */
    int count() {
        return count;
    }

    /**
     * The address of the page of a run with, in the low bits, what its accesses need together, as {@link
     * org.memvirt.api.access.Rights}.
     */
    long word(int run) {
        return words[run];
    }

    /** The index in the batch of a run's first access; of run {@link #count()}, the end of what was looked at. */
    int position(int run) {
        return positions[run];
    }

    /** The index in the batch of a run's last access, of those looked at. */
    int lastUse(int run) {
        return lastUses[run];
    }

    /** How many accesses before a run's first, of those looked at, are fetches. */
    int codeBefore(int run) {
        return codeBefore[run];
    }
}

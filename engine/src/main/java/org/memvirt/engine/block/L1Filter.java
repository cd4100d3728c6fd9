package org.memvirt.engine.block;

import java.util.Arrays;
import org.memvirt.api.access.AccessBatch;

/**
 * The accesses of a batch as runs, at whose first access alone something may change in a level-1 TLB. Pages fall into rows, by
 * the low bits of the page number, those of code apart from those of data. A run is of accesses to one page, and goes on until
 * its row sees another. In any TLB whose sets tell the rows apart, an access that goes on finds the entry that its set used
 * last, and changes nothing, if that has the rights.
 *
 * <p>A filter with a gap is for sets of many ways, however many sets there are. There a run ends, too, when its page was left
 * for another and the transitions of data, or of code, from page to page until it came back are more than the gap. So fewer
 * other pages were used meanwhile than a set has ways: the entry is there, was never the oldest when room was made, and an
 * access that goes on changes nothing but the time of its last use.
 *
 * <p>This is an exact filter of a trace: of real programs a few per cent of the accesses begin a run.
 */
final class L1Filter {
    /** For which TLBs a filter is. */
    enum Kind {
        /** For sets that tell all rows apart. */
        BY_ROWS(16, Integer.MAX_VALUE),
        GAP_OF_48(MOST_ROWS, 48),
        GAP_OF_32(MOST_ROWS, 32),
        GAP_OF_15(MOST_ROWS, 15),
        GAP_OF_10(MOST_ROWS, 10);

        /** Of data, and as many of code; for pages of 4 KiB. */
        final int rows;

        /** Transitions from page to page, of data or of code, between two accesses of a run at most. */
        final int gap;

        Kind(int rows, int gap) {
            this.rows = rows;
            this.gap = gap;
        }

        boolean hasGap() {
            return gap != Integer.MAX_VALUE;
        }

        /** Whether it has a gap, and one that sets of so many ways admit. */
        boolean suits(int ways) {
            return gap <= ways;
        }
    }

    private static final int MOST_ROWS = 128;
    private static final long PAGE = -4096;
    private static final int NONE = -1;

    /** In the word of a row that no run is in yet. */
    private static final long NO_RUN = 1 << 10;

    private final Kind kind;
    private final int rowMask;
    // By row, the run that goes on there, and its word.
    private final int[] rows = new int[2 * MOST_ROWS];
    private final long[] rowWords = new long[2 * MOST_ROWS];
    // With a gap, for data and for code: the transitions from page to page, the row of the page where it is, or NONE, and the
    // index of the last access there; and by row, the transitions before it left.
    private final int[] transitions = new int[2];
    private final int[] latestRow = new int[2];
    private final int[] latestUse = new int[2];
    private final int[] transitionsAt = new int[2 * MOST_ROWS];
    private final long[] words;
    private final int[] positions;
    // Of a filter with a gap alone.
    private final int[] lastUses;
    private final int[] codeBefore;
    private int count;

    /** Room for the runs of {@code capacity} accesses, none yet. */
    L1Filter(int capacity, Kind kind) {
        this.kind = kind;
        rowMask = kind.rows - 1;
        words = new long[capacity];
        positions = new int[capacity + 1];
        lastUses = new int[kind.hasGap() ? capacity : 0];
        codeBefore = new int[capacity + 1];
    }

    private L1Filter(L1Filter other) {
        count = other.count;
        kind = other.kind;
        rowMask = other.rowMask;
        words = Arrays.copyOf(other.words, count);
        lastUses = Arrays.copyOf(other.lastUses, kind.hasGap() ? count : 0);
        positions = Arrays.copyOf(other.positions, count + 1);
        codeBefore = Arrays.copyOf(other.codeBefore, count + 1);
    }

    /** Those of a whole batch, in no more than four times the room that they need: to copy them takes time. */
    static L1Filter of(AccessBatch batch, Kind kind) {
        L1Filter runs = new L1Filter(batch.length, kind);
        runs.find(batch, 0, batch.length);
        return 4 * runs.count > batch.length ? runs : new L1Filter(runs);
    }

    /**
     * Finds those among the accesses {@code from} to {@code to} of the batch, as long as there is room; the first access of
     * each row is one. Does not allocate.
     */
    void find(AccessBatch batch, int from, int to) {
        Arrays.fill(rowWords, NO_RUN);
        if (kind.hasGap()) {
            findWithGap(batch, from, to);
        } else {
            findByRows(batch, from, to);
        }
    }

    private void findByRows(AccessBatch batch, int from, int to) {
        // In locals, because the host would read the fields anew after every store.
        long[] addresses = batch.addresses;
        byte[] kinds = batch.kinds;
        long[] ofRows = rowWords;
        int mask = rowMask;
        int runs = 0;
        int codeSeen = 0;
        int i = from;
        while (i < to && runs < words.length) {
            // There is room for each of them, should it begin a run.
            int end = Math.min(to, i + words.length - runs);
            for (; i < end; i++) {
                int need = kinds[i];
                long page = addresses[i] & PAGE;
                int code = codeRows(need);
                int row = (int) (page >>> 12) & mask | code;
                long differs = ofRows[row & ofRows.length - 1] ^ (page | need);
                if ((differs & (PAGE | NO_RUN | need)) != 0) {
                    runs += goOn(row, page, need, runs, i, codeSeen);
                }
                codeSeen += code / MOST_ROWS;
            }
        }
        end(runs, i, codeSeen);
    }

    /** An access to another page than the row's before, or with other needs; returns how many runs it begins. */
    private int goOn(int row, long page, int need, int runs, int position, int codeSeen) {
        if (((rowWords[row] ^ page) & (PAGE | NO_RUN)) == 0) {
            rowWords[row] |= need;
            words[rows[row]] |= need;
            return 0;
        }
        begin(row, page, need, runs, position, codeSeen);
        return 1;
    }

    private void begin(int row, long page, int need, int run, int position, int codeSeen) {
        rows[row] = run;
        rowWords[row] = page | need;
        words[run] = page | need;
        positions[run] = position;
        codeBefore[run] = codeSeen;
    }

    private void findWithGap(AccessBatch batch, int from, int to) {
        Arrays.fill(latestRow, NONE);
        int runs = 0;
        int codeSeen = 0;
        int i = from;
        for (; i < to && runs < words.length; i++) {
            int need = batch.kinds[i];
            long page = batch.addresses[i] & PAGE;
            int code = codeRows(need);
            int row = (int) (page >>> 12) & rowMask | code;
            int which = code / MOST_ROWS;
            if (row != latestRow[which] || ((rowWords[row] ^ page) & (PAGE | NO_RUN)) != 0) {
                leave(which);
                latestRow[which] = row;
                runs += enter(which, row, page, need, runs, i, codeSeen);
            } else if ((rowWords[row] & need) != need) {
                goOn(row, page, need, runs, i, codeSeen);
            }
            latestUse[which] = i;
            codeSeen += which;
        }
        leave(0);
        leave(1);
        end(runs, i, codeSeen);
    }

    /** Notes the last use of the page where data, or code, is. */
    private void leave(int which) {
        int row = latestRow[which];
        if (row != NONE) {
            transitionsAt[row] = transitions[which]++;
            lastUses[rows[row]] = latestUse[which];
        }
    }

    /** An access to another page than the one before; returns how many runs it begins. */
    private int enter(int which, int row, long page, int need, int runs, int position, int codeSeen) {
        if (transitions[which] - transitionsAt[row] <= kind.gap) {
            return goOn(row, page, need, runs, position, codeSeen);
        }
        begin(row, page, need, runs, position, codeSeen);
        return 1;
    }

    /** The first row for an access: both fetch bits, of user and of supervisor, are moved to the bit above the rows of data. */
    private static int codeRows(int need) {
        return (need << 5 | need << 2) & MOST_ROWS;
    }

    private void end(int runs, int position, int codeSeen) {
        positions[runs] = position;
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

    /** The index in the batch of a run's last access, of those looked at; of a filter with a gap. */
    int lastUse(int run) {
        return lastUses[run];
    }

    /** How many accesses before a run's first, of those looked at, are fetches. */
    int codeBefore(int run) {
        return codeBefore[run];
    }
}

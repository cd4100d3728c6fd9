package org.memvirt.engine.cache;

import java.util.Arrays;
import org.memvirt.api.access.Rights;

/**
 * The pages that are known to be the ones used last in their level-1 sets, in the current space: an access to one of them
 * hits and changes nothing. A row holds the page's address and, in its low bits, the rights that its entry lacks.
 */
final class Front {
    private static final int ROWS = L1Filter.ROWS;
    private static final long PAGE = -4096;

    /** A row that no access matches: every right is lacking. */
    private static final long EMPTY = Rights.ALL;

    private final long[] rows = new long[2 * ROWS];
    private final long[] saved = new long[2 * ROWS];

    Front() {
        clear();
    }

    /** The index of the first access, from {@code from} on, that is not answered here; or {@code to}. */
    int skim(long[] addresses, byte[] kinds, int from, int to) {
        long[] table = rows;
        int at = from;
        for (; at < to; at++) {
            long address = addresses[at];
            int need = kinds[at];
            long row = table[rowOf(address, need)];
            if (((address ^ row) & PAGE | row & need) != 0) {
                break;
            }
        }
        return at;
    }

    /** The page of this access is now the one used last in its set, and allows {@code allowed}. */
    void put(long address, int need, int allowed) {
        rows[rowOf(address, need)] = address & PAGE | ~allowed & Rights.ALL;
    }

    /** Removes what lies in the page of 2^shift bytes at {@code page}. */
    void drop(long page, int shift) {
        if (shift == 12) {
            int row = (int) (page >>> 12) & ROWS - 1;
            rows[row] = (rows[row] ^ page) >>> 12 == 0 ? EMPTY : rows[row];
            rows[row + ROWS] = (rows[row + ROWS] ^ page) >>> 12 == 0 ? EMPTY : rows[row + ROWS];
            return;
        }
        for (int row = 0; row < rows.length; row++) {
            if ((rows[row] ^ page) >>> shift == 0) {
                rows[row] = EMPTY;
            }
        }
    }

    /** Keeps what is known, for {@link #restore}. */
    void save() {
        System.arraycopy(rows, 0, saved, 0, rows.length);
    }

    /** Makes it what it was at {@link #save}. */
    void restore() {
        System.arraycopy(saved, 0, rows, 0, rows.length);
    }

    /** Removes everything. */
    void clear() {
        Arrays.fill(rows, EMPTY);
    }

    private static int rowOf(long address, int need) {
        // Both fetch bits, of user and of supervisor, are moved to the bit above the rows of data.
        return (int) (address >>> 12) & ROWS - 1 | (need << 2 | need >> 1) & ROWS;
    }
}

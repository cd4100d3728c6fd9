package org.memvirt.engine.tlb;

import java.util.Arrays;
import org.memvirt.api.access.Rights;

/**
 * Pages of the current space that are known to have an entry at level 1: an access to one of them hits, and changes nothing but
 * the time of the entry's last use. There are rows for pages of 4 KiB, and others for pages of one more size, that which was
 * met last. A row holds the page's address and, in its low bits, the rights that its entry lacks.
 *
 * <p>Whoever keeps the entries must {@link #drop} a page whose entry is removed, or whose use would change more.
 */
final class Front {
    /** Rows of each kind, data and code. */
    private static final int ROWS = 64;

    private static final long PAGE = -4096;
    private static final int SMALL = 12;

    /** A row that no access matches: every right is lacking. */
    private static final long EMPTY = Rights.ALL;

    private final Uses uses;
    private final Rows small = new Rows();
    private final Rows large = new Rows();
    // Of the pages in the rows for large ones; 0 as long as there are none.
    private int largeShift;
    private int savedShift;

    private static final class Rows {
        final long[] pages = new long[2 * ROWS];
        final int[] slots = new int[2 * ROWS];
        private final long[] savedPages = new long[2 * ROWS];
        private final int[] savedSlots = new int[2 * ROWS];

        void save() {
            System.arraycopy(pages, 0, savedPages, 0, pages.length);
            System.arraycopy(slots, 0, savedSlots, 0, slots.length);
        }

        void restore() {
            System.arraycopy(savedPages, 0, pages, 0, pages.length);
            System.arraycopy(savedSlots, 0, slots, 0, slots.length);
        }

        void put(int row, long page, int slot) {
            pages[row] = page;
            slots[row] = slot;
        }

        void drop(long page, int shift, int row) {
            if ((pages[row] ^ page) >>> shift == 0) {
                pages[row] = EMPTY;
            }
        }
    }

    Front(Uses uses) {
        this.uses = uses;
        clear();
    }

    /**
     * The index of the first access, from {@code from} on, that is not answered here; or {@code to}.
     *
     * @param time of the access at index 0
     */
    int skim(long[] addresses, byte[] kinds, int from, int to, long time) {
        long[] pages = small.pages;
        int[] slots = small.slots;
        long[] last = uses.last;
        int at = from;
        for (; at < to; at++) {
            long address = addresses[at];
            int need = kinds[at];
            int row = rowOf(address, need, SMALL);
            long page = pages[row];
            if (((address ^ page) & PAGE | page & need) != 0) {
                if (!isLargeKnown(address, need, time + at)) {
                    break;
                }
            } else {
                last[slots[row]] = time + at;
            }
        }
        return at;
    }

    private boolean isLargeKnown(long address, int need, long time) {
        if (largeShift == 0) {
            return false;
        }
        int row = rowOf(address, need, largeShift);
        long page = large.pages[row];
        if ((address ^ page) >>> largeShift != 0 || (page & need) != 0) {
            return false;
        }
        uses.last[large.slots[row]] = time;
        return true;
    }

    /**
     * The page of this access has an entry of this size, which allows {@code allowed}.
     *
     * @param slot of the entry's uses
     */
    void put(long address, int need, int pageShift, int allowed, int slot) {
        long page = address & -1L << pageShift | ~allowed & Rights.ALL;
        if (pageShift == SMALL) {
            small.put(rowOf(address, need, SMALL), page, slot);
            return;
        }
        if (pageShift != largeShift) {
            Arrays.fill(large.pages, EMPTY);
            largeShift = pageShift;
        }
        large.put(rowOf(address, need, pageShift), page, slot);
    }

    /** Removes the page of this size. */
    void drop(long page, int pageShift) {
        Rows rows = pageShift == SMALL ? small : large;
        if (pageShift == SMALL || pageShift == largeShift) {
            rows.drop(page, pageShift, rowOf(page, 0, pageShift));
            rows.drop(page, pageShift, rowOf(page, Rights.EXECUTE, pageShift));
        }
    }

    /** Keeps what is known, for {@link #restore}. */
    void save() {
        small.save();
        large.save();
        savedShift = largeShift;
    }

    /** Makes it what it was at {@link #save}. */
    void restore() {
        small.restore();
        large.restore();
        largeShift = savedShift;
    }

    /** Removes everything. */
    void clear() {
        Arrays.fill(small.pages, EMPTY);
        Arrays.fill(large.pages, EMPTY);
    }

    private static int rowOf(long address, int need, int pageShift) {
        // Both fetch bits, of user and of supervisor, are moved to the bit above the rows of data.
        return (int) (address >>> pageShift) & ROWS - 1 | (need << 4 | need << 1) & ROWS;
    }
}

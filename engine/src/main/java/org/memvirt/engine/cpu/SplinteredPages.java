package org.memvirt.engine.cpu;

import java.util.Arrays;
import org.memvirt.api.tlb.Tlb;

/**
 * The pages of stage 1 of which a TLB may hold pieces, because the second stage or the TLB has no place for their size:
 * an invalidation of any address of such a page must remove all of them (SDM vol. 3, "Operations that Invalidate TLBs and
 * Paging-Structure Caches"). An open hash of pages with their owners; it grows with the large pages that are in use.
 */
final class SplinteredPages {
    /** A place that is free: no page lies there. */
    private static final long FREE = -1;

    /** Where in a page's address, whose low bits are clear, its offset bits are kept. */
    private static final int SIZE_BITS = 6;

    private long[] pages = new long[64];
    private int[] keys = new int[64];
    private int count;

    SplinteredPages() {
        Arrays.fill(pages, FREE);
    }

    /** Notes a page of 2^shift bytes around {@code address}, of a space, or for a global one of an owner. */
    void note(long address, int shift, int spaceOrOwner, boolean global) {
        if (2 * count >= pages.length) {
            grow();
        }
        put(address & -1L << shift | shift, global ? ~spaceOrOwner : spaceOrOwner);
    }

    /** Removes all pieces of the pages with a part in the range that are cached for these owners. */
    void invalidate(Tlb tlb, Tlb.Target owners, long address, long bytes) {
        boolean found = false;
        for (int at = 0; at < pages.length && count > 0; at++) {
            long page = pages[at];
            int key = keys[at];
            if (page != FREE && overlaps(page, address, bytes) && isOf(key, owners)) {
                int shift = (int) page & (1 << SIZE_BITS) - 1;
                tlb.invalidate(new Only(key), page & -1L << shift, 1L << shift);
                found = true;
            }
        }
        if (found) {
            removeIf((page, key) -> overlaps(page, address, bytes) && isOf(key, owners));
        }
    }

    /** Forgets the pages of these owners: nothing of them is cached any more. */
    void forget(Tlb.Target owners) {
        if (count > 0) {
            removeIf((page, key) -> isOf(key, owners));
        }
    }

    /** Forgets every page. */
    void clear() {
        clear(64);
    }

    private static boolean overlaps(long page, long address, long bytes) {
        int shift = (int) page & (1 << SIZE_BITS) - 1;
        long first = page & -1L << shift;
        // Either begins within the other.
        return address - first >= 0 && address - first < 1L << shift || first - address >= 0 && first - address < bytes;
    }

    private static boolean isOf(int key, Tlb.Target owners) {
        return key >= 0 ? owners.includeSpace(key) : owners.includeGlobalsOf(~key);
    }

    /** The entries of one key alone. */
    private record Only(int key) implements Tlb.Target {
        @Override
        public boolean includeSpace(int space) {
            return space == key;
        }

        @Override
        public boolean includeGlobalsOf(int owner) {
            return ~owner == key;
        }
    }

    private interface Choice {
        boolean chooses(long page, int key);
    }

    private void removeIf(Choice stale) {
        rebuild(pages.length, stale);
    }

    private void grow() {
        rebuild(2 * pages.length, (page, key) -> false);
    }

    private void rebuild(int capacity, Choice stale) {
        long[] oldPages = pages;
        int[] oldKeys = keys;
        clear(capacity);
        for (int at = 0; at < oldPages.length; at++) {
            if (oldPages[at] != FREE && !stale.chooses(oldPages[at], oldKeys[at])) {
                put(oldPages[at], oldKeys[at]);
            }
        }
    }

    private void clear(int capacity) {
        pages = new long[capacity];
        keys = new int[capacity];
        Arrays.fill(pages, FREE);
        count = 0;
    }

    private void put(long page, int key) {
        int mask = pages.length - 1;
        int at = (int) ((page + key) * 0x9E3779B97F4A7C15L >>> 40) & mask;
        while (pages[at] != FREE && (pages[at] != page || keys[at] != key)) {
            at = at + 1 & mask;
        }
        if (pages[at] == FREE) {
            pages[at] = page;
            keys[at] = key;
            count++;
        }
    }
}

package org.memvirt.mips;

import java.util.Arrays;

/**
 * The pages that accesses used lately, with the rights that the entries gave them: an answer of the entries is the same until
 * one of them, the tag or the mode changes, and whoever changes them says so. Direct-mapped, by address.
 */
final class RecentPages {
    private static final int BITS = 10;
    private static final int SLOTS = 1 << BITS;
    private static final int INDEX_SHIFT = 12;

    /** A page's address and below it its rights; 0 is a page that allows nothing. */
    private final long[] words = new long[SLOTS];

    private final int pageShift;
    private final long page;

    /** @param pageShift offset bits of the smallest page; at least the six bits of rights */
    RecentPages(int pageShift) {
        this.pageShift = pageShift;
        page = -1L << pageShift;
    }

    /** The first access from {@code from} on to a page that is not here or not with this right, or {@code to}. */
    int advance(long[] addresses, byte[] kinds, int from, int to) {
        long[] known = words;
        long mask = page;
        int at = from;
        while (at < to) {
            long address = addresses[at];
            long word = known[slot(address)];
            if (((word ^ address) & mask | kinds[at] & ~word) != 0) {
                return at;
            }
            at++;
        }
        return to;
    }

    /** Keeps that the entries give the page of an address these rights, beside what they are known to give it. */
    void note(long address, int rights) {
        int slot = slot(address);
        long word = words[slot];
        words[slot] = ((word ^ address) & page) == 0 ? word | rights : address & page | rights;
    }

    /** Forgets the pages of a range that an entry covers. */
    void forget(long address, long bytes) {
        if (bytes >>> pageShift > SLOTS / Long.BYTES) {
            forgetAll();
            return;
        }
        for (long at = 0; at < bytes; at += 1L << pageShift) {
            words[slot(address + at)] = 0;
        }
    }

    void forgetAll() {
        Arrays.fill(words, 0);
    }

    /** Bits 31 to 12 alone decide: what lies above them may be written in more than one way. */
    private static int slot(long address) {
        return (int) (address >>> INDEX_SHIFT ^ address >>> INDEX_SHIFT + BITS) & SLOTS - 1;
    }
}

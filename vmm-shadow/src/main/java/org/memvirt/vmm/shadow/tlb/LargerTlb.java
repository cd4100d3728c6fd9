package org.memvirt.vmm.shadow.tlb;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.tlb.SoftwareTlb.Entry;

/**
 * What the guest's TLB held before a random write took its place: the VMM answers a miss from it, and the guest never hears
 * of that. Disco's second-level software TLB; Bugnion and others, ACM TOCS 1997, section 4.1. Sets of four, the oldest goes.
 *
 * <p>A guest may rely on what is not in its TLB not being used. So an entry goes as soon as the guest could know that it is
 * gone; see {@link TrappedTlb}.
 */
final class LargerTlb {
    private static final int WAYS = 4;

    private final Entry[] entries;
    private final byte[] next;
    private final Entry displaced = new Entry();
    private final boolean pairs;
    // Bit s is set if there was an entry with pages of 2^s bytes since all were removed.
    private long sizes;
    private int count;

    /** @param size a power of two, at least {@value #WAYS}; or 0 for none */
    LargerTlb(int size, boolean pairs) {
        this.pairs = pairs;
        entries = new Entry[size];
        Arrays.setAll(entries, index -> new Entry());
        next = new byte[size / WAYS];
    }

    int count() {
        return count;
    }

    private int set(long address, int shift) {
        long page = address >>> shift >>> 1;
        return (int) (page ^ page >>> 10) & next.length - 1;
    }

    /** Keeps an entry that is present, and what covers the same goes; false if it keeps none. */
    boolean put(Entry entry) {
        if (entries.length == 0) {
            return false;
        }
        removeOverlapping(entry.address, GuestEntries.bytes(entry, pairs), entry.tag, entry.global);
        int set = set(entry.address, entry.pageShift);
        Entry slot = entries[set * WAYS + way(set)];
        displaced.set(slot);
        remove(slot);
        slot.set(entry);
        sizes |= 1L << slot.pageShift;
        count++;
        return true;
    }

    /** The first free place of a set; if there is none, the places in turn. */
    private int way(int set) {
        for (int way = 0; way < WAYS; way++) {
            if (!entries[set * WAYS + way].present) {
                return way;
            }
        }
        int oldest = next[set];
        next[set] = (byte) (oldest + 1 & WAYS - 1);
        return oldest;
    }

    /** What the last {@link #put} displaced, if it is {@link Entry#present}. */
    Entry displaced() {
        return displaced;
    }

    /** The entry that matches, or null. */
    @Nullable Entry matching(long address, int tag) {
        for (long left = sizes; left != 0; left &= left - 1) {
            int shift = Long.numberOfTrailingZeros(left);
            int first = set(address, shift) * WAYS;
            for (int at = first; at < first + WAYS; at++) {
                if (entries[at].pageShift == shift && GuestEntries.matches(entries[at], address, tag, pairs)) {
                    return entries[at];
                }
            }
        }
        return null;
    }

    /** Removes what covers a part of the range in the address space of the tag; with {@code everywhere}, in any. */
    void removeOverlapping(long address, long bytes, int tag, boolean everywhere) {
        for (long left = sizes; left != 0; left &= left - 1) {
            int shift = Long.numberOfTrailingZeros(left);
            long step = (pairs ? 2L : 1L) << shift;
            if (bytes / step > next.length) {
                removeAllOverlapping(address, bytes, tag, everywhere);
                return;
            }
            for (long at = address & -step; at - address < bytes; at += step) {
                int first = set(at, shift) * WAYS;
                for (int slot = first; slot < first + WAYS; slot++) {
                    Entry entry = entries[slot];
                    if (entry.present && entry.address == at && entry.pageShift == shift
                            && (everywhere || entry.global || entry.tag == tag)) {
                        remove(entry);
                    }
                }
            }
        }
    }

    private void removeAllOverlapping(long address, long bytes, int tag, boolean everywhere) {
        for (Entry entry : entries) {
            if (entry.present
                    && (everywhere || entry.global || entry.tag == tag)
                    && GuestEntries.overlap(address, bytes, entry.address, GuestEntries.bytes(entry, pairs))) {
                remove(entry);
            }
        }
    }

    private void remove(Entry entry) {
        if (entry.present) {
            entry.present = false;
            count--;
        }
    }

    void clear() {
        for (Entry entry : entries) {
            remove(entry);
        }
        sizes = 0;
    }
}

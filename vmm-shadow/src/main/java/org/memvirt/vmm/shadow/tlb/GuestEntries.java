package org.memvirt.vmm.shadow.tlb;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.tlb.SoftwareTlb.Entry;

/** The entries that the guest has in its TLB, as it must see them: their output addresses are guest-physical. */
final class GuestEntries {
    private final Entry[] entries;
    private final boolean pairs;

    GuestEntries(int count, boolean pairs) {
        this.pairs = pairs;
        entries = new Entry[count];
        Arrays.setAll(entries, index -> new Entry());
    }

    int count() {
        return entries.length;
    }

    Entry at(int index) {
        return entries[index];
    }

    /** The lowest index of an entry that matches, or -1. */
    int find(long address, int tag) {
        for (int index = 0; index < entries.length; index++) {
            if (matches(entries[index], address, tag, pairs)) {
                return index;
            }
        }
        return -1;
    }

    @Nullable Entry matching(long address, int tag) {
        int index = find(address, tag);
        return index < 0 ? null : entries[index];
    }

    static boolean matches(Entry entry, long address, int tag, boolean pairs) {
        return entry.present
                && (entry.global || entry.tag == tag)
                && (entry.address ^ address) >>> entry.pageShift >>> (pairs ? 1 : 0) == 0;
    }

    /** Bytes that an entry covers. */
    static long bytes(Entry entry, boolean pairs) {
        return (pairs ? 2L : 1L) << entry.pageShift;
    }

    /** Whether two ranges have an address in common. */
    static boolean overlap(long one, long bytes, long other, long otherBytes) {
        return Long.compareUnsigned(other - one, bytes) < 0 || Long.compareUnsigned(one - other, otherBytes) < 0;
    }

    void clear() {
        for (Entry entry : entries) {
            entry.present = false;
        }
    }
}

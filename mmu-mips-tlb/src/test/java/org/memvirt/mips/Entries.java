package org.memvirt.mips;

import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Half;

/** Entries to write. */
final class Entries {
    private Entries() {}

    /** Two pages of 2^{@code shift} bytes at {@code address} that may be read and written, to frames from {@code output} on. */
    static Entry pair(long address, int shift, int tag, long output) {
        Entry entry = new Entry();
        entry.present = true;
        entry.address = address;
        entry.pageShift = shift;
        entry.tag = tag;
        fill(entry.even, output);
        fill(entry.odd, output + (1L << shift));
        return entry;
    }

    static Entry global(Entry entry) {
        entry.global = true;
        return entry;
    }

    private static void fill(Half half, long output) {
        half.valid = true;
        half.allowed = Rights.ALL;
        half.output = output;
        half.cacheAttribute = 3;
    }
}

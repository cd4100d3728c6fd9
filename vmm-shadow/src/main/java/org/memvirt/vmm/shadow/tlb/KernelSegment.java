package org.memvirt.vmm.shadow.tlb;

import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.tlb.SoftwareTlb.Entry;

/** The segment of a deprivileged guest's kernel that is as if hardware did not translate it, in the largest pages that it takes. */
final class KernelSegment {
    private final AddressLayout layout;
    private final boolean pairs;
    private final int pageShift;
    private final Entry entry = new Entry();

    /**
     * @param sizes bit s is set where hardware has pages of 2^s bytes
     * @param pairs whether an entry is of two pages
     */
    KernelSegment(AddressLayout layout, long sizes, boolean pairs) {
        this.layout = layout;
        this.pairs = pairs;
        int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(sizes);
        while ((sizes >>> shift & 1) == 0
                || ((layout.unmappedBase() | layout.unmappedBytes()) & ((pairs ? 2L : 1L) << shift) - 1) != 0) {
            shift--;
        }
        pageShift = shift;
    }

    boolean contains(long address) {
        return Long.compareUnsigned(address - layout.unmappedBase(), layout.unmappedBytes()) < 0;
    }

    /** The guest-physical address behind one that it contains. */
    long guestPhysical(long address) {
        return address - layout.unmappedBase();
    }

    /** What would translate the segment around an address, if it were translated; the same object at each call. */
    Entry entry(long address) {
        long page = 1L << pageShift;
        entry.present = true;
        entry.pageShift = pageShift;
        entry.address = address & (pairs ? -2 * page : -page);
        entry.even.valid = true;
        entry.even.allowed = Rights.ALL;
        entry.even.output = guestPhysical(entry.address);
        entry.odd.valid = pairs;
        entry.odd.allowed = Rights.ALL;
        entry.odd.output = entry.even.output + page;
        return entry;
    }
}

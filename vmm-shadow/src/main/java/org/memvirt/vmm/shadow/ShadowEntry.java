package org.memvirt.vmm.shadow;

import org.jspecify.annotations.Nullable;

/** One leaf of a shadow table: what it maps, and the two lists that it is in. */
final class ShadowEntry {
    final ShadowTable table;
    final long address;
    final long gpa;
    final int shift;
    /** Offset bits of the guest's own page, of which this may be a part. */
    final int guestShift;
    /** The guest's table entry that it was built from; null where that is not tracked. */
    final @Nullable GuestEntry origin;
    /** What hardware lets the guest do, as {@link org.memvirt.api.access.Rights}. */
    int allowed;

    /** The next that leads to the same piece of the guest's memory. */
    @Nullable ShadowEntry nextOfFrame;

    @Nullable ShadowEntry previousOfFrame;
    /** The next that was built from the same entry. */
    @Nullable ShadowEntry nextOfOrigin;

    @Nullable ShadowEntry previousOfOrigin;

    ShadowEntry(
            ShadowTable table, long address, long gpa, int shift, int guestShift, int allowed,
            @Nullable GuestEntry origin) {
        this.table = table;
        this.address = address;
        this.gpa = gpa;
        this.shift = shift;
        this.guestShift = guestShift;
        this.allowed = allowed;
        this.origin = origin;
    }

    /** Whether it maps a part of a larger page of the guest's. */
    boolean isSplintered() {
        return shift < guestShift;
    }

    /** The last address that it maps. */
    long lastAddress() {
        return address + (1L << shift) - 1;
    }

    @Override
    public String toString() {
        return "the shadow entry of 2^%d bytes at %#x, gPA %#x".formatted(shift, address, gpa);
    }
}

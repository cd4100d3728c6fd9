package org.memvirt.vmm.shadow;

import org.jspecify.annotations.Nullable;

/** One leaf of a shadow table: what it maps, and the two lists that it is in. */
final class ShadowEntry extends Built {
    final ShadowTable table;
    final long address;
    final long gpa;
    final int shift;
    /** Offset bits of the guest's own page, of which this may be a part. */
    final int guestShift;
    /** What the guest may do, as {@link org.memvirt.api.access.Rights}: of that the table allows what its view has. */
    private int granted;
    /** What hardware lets the guest do. */
    int allowed;
    /** Whether it is not in the table now, since those whom that is for may do nothing here. */
    boolean hidden;

    /** The next that leads to the same piece of the guest's memory. */
    @Nullable ShadowEntry nextOfFrame;

    @Nullable ShadowEntry previousOfFrame;

    ShadowEntry(
            ShadowTable table, long address, long gpa, int shift, int guestShift, int granted,
            int allowed, @Nullable GuestEntry origin) {
        super(origin);
        this.table = table;
        this.address = address;
        this.gpa = gpa;
        this.shift = shift;
        this.guestShift = guestShift;
        this.granted = granted;
        this.allowed = allowed;
    }

    int granted() {
        return granted;
    }

    void grant(int rights) {
        granted = rights;
        table.noteRights(this);
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

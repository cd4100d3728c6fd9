package org.memvirt.vmm.shadow;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A granule of the guest's memory that holds entries of page tables, from which shadow entries were built. */
final class GuestTable {
    /** The smallest entries have 4 bytes. */
    private static final int SMALLEST_SHIFT = 2;

    /** First address of the granule. */
    final long gpa;

    private final @Nullable GuestEntry[] entries;
    private int count;
    private int leading;
    /** Stores that trapped since a walk last read an entry here. */
    int writes;
    /** Whether the guest may write here without a trap, so that entries may have changed unnoticed. */
    boolean outOfStep;

    GuestTable(long gpa, int granuleShift) {
        this.gpa = gpa;
        entries = new GuestEntry[1 << granuleShift - SMALLEST_SHIFT];
    }

    private int index(long address) {
        return (int) (address - gpa >>> SMALLEST_SHIFT);
    }

    @Nullable GuestEntry find(long address) {
        return entries[index(address)];
    }

    GuestEntry make(long address, int bytes) {
        GuestEntry made = new GuestEntry(this, address, bytes);
        entries[index(address)] = made;
        count++;
        return made;
    }

    void remove(GuestEntry entry) {
        entries[index(entry.address)] = null;
        count--;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Those from which something was built, by address. */
    List<GuestEntry> entries() {
        List<GuestEntry> found = new ArrayList<>(count);
        for (GuestEntry entry : entries) {
            if (entry != null) {
                found.add(entry);
            }
        }
        return found;
    }

    /** So many entries more lead on, or fewer. */
    void countLeading(int more) {
        leading += more;
    }

    /** Whether walks end here: none goes on to another table. */
    boolean holdsLeavesAlone() {
        return leading == 0;
    }

    @Override
    public String toString() {
        return "the guest's table at gPA %#x".formatted(gpa);
    }
}

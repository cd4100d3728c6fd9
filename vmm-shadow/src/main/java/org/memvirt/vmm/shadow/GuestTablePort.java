package org.memvirt.vmm.shadow;

import java.util.Arrays;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/**
 * The port of a walk that the VMM makes of the guest's page table. It remembers the way: which entries were read, and what
 * they held then. The walk ends in a guest-physical address, which is not touched.
 */
final class GuestTablePort extends GuestPort {
    private final GuestTables tables;
    private long[] addresses = new long[8];
    private long[] words = new long[8];
    private int length;

    GuestTablePort(GuestBacking backing, WalkPort host, GuestTables tables) {
        super(backing, host);
        this.tables = tables;
    }

    /** Makes a walk that was asked already; the way of the last one is forgotten. */
    void walk(Walk walk, PageTableFormat format, VcpuServices services) {
        length = 0;
        services.softwareWalk(walk, format, this);
    }

    /** How many entries the last walk has read. */
    int length() {
        return length;
    }

    /** The guest-physical address of the aligned word with the entry that was read as number {@code index}, from 0. */
    long address(int index) {
        return addresses[index];
    }

    /** What that word held. */
    long word(int index) {
        return words[index];
    }

    /** Whether the last walk has read an entry in the granule around {@code gpa}. */
    boolean passed(long gpa, int granuleShift) {
        for (int i = 0; i < length; i++) {
            if ((addresses[i] ^ gpa) >>> granuleShift == 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        long word = super.readEntry(walk, level, address);
        if (walk.succeeded()) {
            if (length == addresses.length) {
                addresses = Arrays.copyOf(addresses, 2 * length);
                words = Arrays.copyOf(words, 2 * length);
            }
            addresses[length] = address & -Long.BYTES;
            words[length] = word;
            length++;
        }
        return word;
    }

    /** The accessed and dirty bits that hardware would set. What was built from the entry stays true. */
    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        boolean updated = super.updateEntry(walk, level, address, hostAddress, expected, update);
        if (updated) {
            long at = address & -Long.BYTES;
            tables.marked(at, expected, update);
            for (int i = 0; i < length; i++) {
                words[i] = addresses[i] == at && words[i] == expected ? update : words[i];
            }
        }
        return updated;
    }

    @Override
    public void resolveLeaf(Walk walk) {
        // The VMM decides later what lies there.
    }
}

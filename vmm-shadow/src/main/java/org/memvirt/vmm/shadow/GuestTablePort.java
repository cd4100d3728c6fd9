package org.memvirt.vmm.shadow;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;
import org.memvirt.vmm.shadow.memory.GuestPort;

/**
 * The port of a walk that the VMM makes of the guest's page table. It remembers the way: which entries were read, and what
 * they held then. The walk ends in a guest-physical address, which is not touched.
 */
final class GuestTablePort extends GuestPort {
    private final GuestTables tables;
    private long[] addresses = new long[8];
    private long[] values = new long[8];
    private int[] levels = new int[8];
    private @Nullable GuestEntry[] entries = new GuestEntry[8];
    private int length;
    private int entryBytes = Long.BYTES;
    private boolean peeks;

    GuestTablePort(GuestBacking backing, WalkPort host, GuestTables tables) {
        super(backing, host);
        this.tables = tables;
    }

    /** Makes a walk that was asked already; the way of the last one is forgotten. */
    void walk(Walk walk, PageTableFormat format, VcpuServices services) {
        length = 0;
        entryBytes = format.entryBytes();
        services.softwareWalk(walk, format, this);
    }

    /** Makes a walk that changes nothing: it ends in a fault where hardware would set an accessed or dirty bit. */
    void peek(Walk walk, PageTableFormat format, VcpuServices services) {
        peeks = true;
        walk(walk, format, services);
        peeks = false;
    }

    /** How many entries the last walk has read. */
    int length() {
        return length;
    }

    /** The guest-physical address of the entry that was read as number {@code index}, from 0. */
    long address(int index) {
        return addresses[index];
    }

    /** What it held. */
    long value(int index) {
        return values[index];
    }

    /** The level that it was read at. */
    int level(int index) {
        return levels[index];
    }

    /** What is remembered of it; set by {@link GuestTables#track}. */
    GuestEntry entry(int index) {
        return Objects.requireNonNull(entries[index], "the way is not tracked");
    }

    void setEntry(int index, GuestEntry entry) {
        entries[index] = entry;
    }

    /** The size of each. */
    int entryBytes() {
        return entryBytes;
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
            note(level, address, GuestEntry.valueIn(word, address, entryBytes));
        }
        return word;
    }

    /** Remembers each word of the entry as one that was read. */
    @Override
    public long readWideEntry(Walk walk, int level, long address, long hostAddress, int words) {
        super.readWideEntry(walk, level, address, hostAddress, words);
        for (int word = 0; walk.succeeded() && word < words; word++) {
            note(level, address + (long) word * Long.BYTES, walk.words[word]);
        }
        return walk.words[0];
    }

    private void note(int level, long address, long value) {
        if (length == addresses.length) {
            addresses = Arrays.copyOf(addresses, 2 * length);
            values = Arrays.copyOf(values, 2 * length);
            levels = Arrays.copyOf(levels, 2 * length);
            entries = Arrays.copyOf(entries, 2 * length);
        }
        levels[length] = level;
        addresses[length] = address;
        values[length] = value;
        length++;
    }

    /** The accessed and dirty bits that hardware would set. What was built from the entry stays true. */
    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        if (peeks) {
            walk.fail(Fault.ACCESS_FLAG, level, 0);
            return false;
        }
        boolean updated = super.updateEntry(walk, level, address, hostAddress, expected, update);
        if (updated) {
            tables.marked(address, expected, update);
            for (int i = 0; i < length; i++) {
                if (addresses[i] == address) {
                    values[i] = GuestEntry.valueIn(update, address, entryBytes);
                }
            }
        }
        return updated;
    }

    @Override
    public void resolveLeaf(Walk walk) {
        // The VMM decides later what lies there.
    }
}

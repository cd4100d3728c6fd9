package org.memvirt.vmm.partition;

import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;
import org.memvirt.api.walk.WalkPort;

/** The port of a partition: an address is within the bound, and the base is added. No reference is made for that. */
final class OffsetPort implements WalkPort {
    private final long base;
    private final long bound;
    private final WalkPort host;
    // By level.
    private final long[][] located = new long[Walk.LEVELS][WalkBatch.CAPACITY];

    OffsetPort(long base, long bound, WalkPort host) {
        this.base = base;
        this.bound = bound;
        this.host = host;
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        if (address < 0 || address >= bound) {
            refuse(walk, level, address, true);
            return 0;
        }
        return host.readEntry(walk, level, base + address);
    }

    @Override
    public long readEntryAt(Walk walk, int level, long hostAddress) {
        return host.readEntryAt(walk, level, hostAddress);
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        return host.updateEntry(walk, level, hostAddress, hostAddress, expected, update);
    }

    @Override
    public void resolveLeaf(Walk walk) {
        if (walk.outputAddress < 0 || walk.outputAddress >= bound) {
            refuse(walk, 0, walk.outputAddress, false);
            return;
        }
        walk.outputAddress += base;
        // A large page keeps its size only where the partition keeps it in one aligned piece.
        while (walk.pageShift > 12 && !keeps(walk.outputAddress - base, walk.pageShift)) {
            walk.pageShift--;
        }
    }

    @Override
    public int readBatch(WalkBatch walks, int cell, long[] addresses, long[] words, int count) {
        long[] hostAddresses = addresses;
        int inside = inside(addresses, count);
        if (base != 0) {
            hostAddresses = located[cell >>> 3];
            addBase(addresses, hostAddresses, inside);
        }
        return host.readBatch(walks, cell, hostAddresses, words, inside);
    }

    @Override
    public int resolveBatch(WalkBatch walks, int count) {
        // A page of 4 KiB needs no look at what the partition keeps in one piece.
        if (walks.pageShift > 12) {
            return 0;
        }
        int inside = inside(walks.output, count);
        addBase(walks.output, walks.output, inside);
        return inside;
    }

    /** How many addresses, from the first on, lie within the bound. */
    private int inside(long[] addresses, int count) {
        long last = bound - 1;
        long outside = 0;
        for (int i = 0; i < count; i++) {
            outside |= addresses[i] | last - addresses[i];
        }
        int at = outside < 0 ? 0 : count;
        while (at < count && addresses[at] >= 0 && addresses[at] < bound) {
            at++;
        }
        return at;
    }

    private void addBase(long[] addresses, long[] into, int count) {
        for (int i = 0; i < count; i++) {
            into[i] = base + addresses[i];
        }
    }

    private boolean keeps(long gpa, int shift) {
        long mask = (1L << shift) - 1;
        return (base & mask) == 0 && (gpa | mask) < bound;
    }

    private void refuse(Walk walk, int level, long address, boolean onTable) {
        walk.fail(Fault.OUT_OF_BOUNDS, level, bound);
        walk.faultAddress = address;
        walk.faultOnTable = onTable;
    }
}

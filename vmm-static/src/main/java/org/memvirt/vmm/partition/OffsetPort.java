package org.memvirt.vmm.partition;

import org.memvirt.api.mmu.Fault;
import org.memvirt.api.mmu.PlainWalks;
import org.memvirt.api.mmu.Walk;
import org.memvirt.api.mmu.WalkPort;

/** The port of a partition: an address is within the bound, and the base is added. No reference is made for that. */
final class OffsetPort implements WalkPort {
    private final long base;
    private final long bound;
    private final WalkPort host;
    // By level.
    private final long[][] located = new long[Walk.LEVELS][PlainWalks.CAPACITY];

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
    public long readLocated(Walk walk, int level, long hostAddress) {
        return host.readLocated(walk, level, hostAddress);
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
    public int readPlain(PlainWalks walks, int cell, long[] addresses, long[] words, int count) {
        long[] hostAddresses = located[cell >>> 3];
        return host.readPlain(walks, cell, hostAddresses, words, within(addresses, hostAddresses, count));
    }

    @Override
    public int resolvePlain(PlainWalks walks, int count) {
        // A page of 4 KiB needs no look at what the partition keeps in one piece.
        return walks.pageShift > 12 ? 0 : within(walks.output, walks.output, count);
    }

    /** Adds the base to addresses, from the first on, that lie within the bound; returns how many do. */
    private int within(long[] addresses, long[] into, int count) {
        for (int i = 0; i < count; i++) {
            long address = addresses[i];
            if (address < 0 || address >= bound) {
                return i;
            }
            into[i] = base + address;
        }
        return count;
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

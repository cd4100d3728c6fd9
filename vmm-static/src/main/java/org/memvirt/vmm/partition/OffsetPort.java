package org.memvirt.vmm.partition;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.walk.BatchPort;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.ForwardingPort;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;
import org.memvirt.api.walk.WalkPort;

/** The port of a partition: an address is within the bound, and the base is added. No reference is made for that. */
final class OffsetPort extends ForwardingPort implements BatchPort {
    private final long base;
    private final long bound;
    // The host's port again, where it can read for several walks; else null.
    private final @Nullable BatchPort batchHost;
    // By level.
    private final long[][] located = new long[Walk.LEVELS][WalkBatch.CAPACITY];

    OffsetPort(long base, long bound, WalkPort host) {
        super(host);
        this.base = base;
        this.bound = bound;
        batchHost = host instanceof BatchPort batching ? batching : null;
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        if (address < 0 || address >= bound) {
            refuse(walk, level, address, true);
            return 0;
        }
        return super.readEntry(walk, level, base + address);
    }

    @Override
    public long readWideEntry(Walk walk, int level, long address, long hostAddress, int words) {
        if (hostAddress != Walk.NOWHERE) {
            return super.readWideEntry(walk, level, hostAddress, hostAddress, words);
        }
        if (address < 0 || address >= bound) {
            refuse(walk, level, address, true);
            Arrays.fill(walk.words, 0, words, 0);
            return 0;
        }
        return super.readWideEntry(walk, level, base + address, Walk.NOWHERE, words);
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        return super.updateEntry(walk, level, hostAddress, hostAddress, expected, update);
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
        if (batchHost == null) {
            return 0;
        }
        long[] hostAddresses = addresses;
        int inside = inside(addresses, count);
        if (base != 0) {
            hostAddresses = located[cell >>> 3];
            addBase(addresses, hostAddresses, inside);
        }
        return batchHost.readBatch(walks, cell, hostAddresses, words, inside);
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

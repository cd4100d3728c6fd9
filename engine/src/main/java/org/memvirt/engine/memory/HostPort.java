package org.memvirt.engine.memory;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.walk.BatchPort;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;

/** The port of tables whose entries hold host-physical addresses: reads memory, and the leaf is already what it says. */
public final class HostPort implements BatchPort {
    /** Who is told of the entries that are read. */
    public interface ReadListener {
        /** A walk has read an entry of {@code level} of its own table. */
        void reads(Walk walk, int level, long address, long entry);
    }

    private final PhysicalMemory memory;
    private long lastRead;
    private @Nullable ReadListener listener;

    public HostPort(PhysicalMemory memory) {
        this.memory = memory;
    }

    /** Has somebody told of every entry that is read from now on: walks are no more made side by side. */
    public void listen(ReadListener reads) {
        listener = reads;
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        walk.hostAddress = address;
        lastRead = address;
        long entry = memory.load(address);
        walk.trail.reference(walk.cell(level), address, entry);
        if (listener != null) {
            listener.reads(walk, level, address, entry);
        }
        return entry;
    }

    @Override
    public long readEntryAt(Walk walk, int level, long hostAddress) {
        return readEntry(walk, level, hostAddress);
    }

    @Override
    public long readWideEntry(Walk walk, int level, long address, long hostAddress, int words) {
        for (int word = words - 1; word > 0; word--) {
            walk.words[word] = memory.load(address + (long) word * Long.BYTES);
        }
        walk.words[0] = readEntry(walk, level, address);
        return walk.words[0];
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        if (memory.load(hostAddress) != expected) {
            return false;
        }
        memory.store(hostAddress & -Long.BYTES, update);
        if (walk.trail.observer() != null) {
            walk.trail.observer().update(hostAddress, update);
        }
        return true;
    }

    /** Where the entry that was read last lies. */
    public long lastRead() {
        return lastRead;
    }

    @Override
    public void resolveLeaf(Walk walk) {
        // An output address of this table is host-physical.
    }

    @Override
    public int readBatch(WalkBatch walks, int cell, long[] addresses, long[] words, int count) {
        if (listener != null) {
            return 0;
        }
        walks.note(cell, addresses);
        memory.load(addresses, words, count);
        return count;
    }

    @Override
    public int resolveBatch(WalkBatch walks, int count) {
        return count;
    }
}

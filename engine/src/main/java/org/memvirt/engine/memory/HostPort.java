package org.memvirt.engine.memory;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.walk.BatchPort;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;

/** The port of the tables in the machine's own memory, whose entries hold host-physical addresses. */
public final class HostPort extends TableMemoryPort implements BatchPort {
    /** Who is told of the entries that are read. */
    public interface ReadListener {
        /** A walk has read an entry of {@code level} of its own table. */
        void reads(Walk walk, int level, long address, long entry);
    }

    private final PhysicalMemory memory;
    private long lastRead;
    private @Nullable ReadListener listener;

    public HostPort(PhysicalMemory memory) {
        super(memory);
        this.memory = memory;
    }

    /** Has somebody told of every entry that is read from now on: walks are no more made side by side. */
    public void listen(ReadListener reads) {
        listener = reads;
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        long entry = super.readEntry(walk, level, address);
        lastRead = address;
        if (listener != null) {
            listener.reads(walk, level, address, entry);
        }
        return entry;
    }

    /** Where the entry that was read last lies. */
    public long lastRead() {
        return lastRead;
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

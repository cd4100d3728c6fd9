package org.memvirt.engine.memory;

import org.memvirt.api.table.TableMemory;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/**
 * A port of tables whose entries hold host-physical addresses, in any memory that can be written: the leaf is already what it
 * says. The simulated machine reads its own memory through {@link HostPort}, and an image is read through {@link
 * TableImagePort}.
 */
public class TableMemoryPort implements WalkPort {
    private final TableMemory memory;

    /** @param memory accessed and dirty bits are stored to it */
    public TableMemoryPort(TableMemory memory) {
        this.memory = memory;
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        walk.hostAddress = address;
        long word = memory.load(address & -Long.BYTES);
        walk.trail.reference(walk.cell(level), address, word);
        return word;
    }

    @Override
    public final long readEntryAt(Walk walk, int level, long hostAddress) {
        return readEntry(walk, level, hostAddress);
    }

    @Override
    public final long readWideEntry(Walk walk, int level, long address, long hostAddress, int words) {
        for (int word = words - 1; word > 0; word--) {
            walk.words[word] = memory.load(address + (long) word * Long.BYTES);
        }
        walk.words[0] = readEntry(walk, level, address);
        return walk.words[0];
    }

    @Override
    public final boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        long word = hostAddress & -Long.BYTES;
        if (memory.load(word) != expected) {
            return false;
        }
        memory.store(word, update);
        if (walk.trail.observer() != null) {
            walk.trail.observer().update(hostAddress, update);
        }
        return true;
    }

    @Override
    public final void resolveLeaf(Walk walk) {
        // An output address of this table is host-physical.
    }
}

package org.memvirt.api.radix;

import org.memvirt.api.table.TableMemory;

/** The entries of tables in memory, of 4 or 8 bytes. */
final class EntryMemory {
    private final TableMemory memory;
    private final boolean wide;

    EntryMemory(TableMemory memory, int entryBytes) {
        this.memory = memory;
        wide = entryBytes == Long.BYTES;
    }

    long load(long address) {
        return wide
                ? memory.load(address)
                : memory.load(address & -Long.BYTES) >>> ((address & 4) << 3) & 0xffff_ffffL;
    }

    void store(long address, long entry) {
        if (wide) {
            memory.store(address, entry);
            return;
        }
        long word = address & -Long.BYTES;
        long shift = (address & 4) << 3;
        memory.store(word, memory.load(word) & ~(0xffff_ffffL << shift) | entry << shift);
    }
}

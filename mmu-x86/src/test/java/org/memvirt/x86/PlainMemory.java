package org.memvirt.x86;

import java.util.HashMap;
import java.util.Map;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/** Memory as a map of words: where software edits tables, and where a walk of one stage reads them. */
final class PlainMemory implements TableMemory, TableFrames, WalkPort {
    private final Map<Long, Long> words = new HashMap<>();
    private long next = 0x10_0000;
    private long allocated;
    private long refusedUpdates;

    @Override
    public long load(long address) {
        assertAligned(address);
        return words.getOrDefault(address, 0L);
    }

    @Override
    public void store(long address, long value) {
        assertAligned(address);
        words.put(address, value);
    }

    /** The entry of {@code bytes} at {@code address}. */
    long entry(long address, int bytes) {
        long word = load(address & -8);
        return bytes == 8 ? word : word >>> (address & 4) * 8 & 0xffff_ffffL;
    }

    /** Writes the entry of {@code bytes} at {@code address}. */
    void entry(long address, int bytes, long value) {
        long shift = (address & 4) * 8;
        long kept = bytes == 8 ? 0 : load(address & -8) & ~(0xffff_ffffL << shift);
        store(address & -8, kept | value << (bytes == 8 ? 0 : shift));
    }

    @Override
    public long allocate(long bytes) {
        next = (next + bytes - 1) / bytes * bytes;
        long table = next;
        next += bytes;
        allocated += bytes;
        return table;
    }

    /** From now on tables are allocated from {@code address} up. */
    void allocateFrom(long address) {
        next = address;
    }

    @Override
    public void release(long address, long bytes) {
        allocated -= bytes;
        for (long at = address; at < address + bytes; at += 8) {
            words.remove(at);
        }
    }

    long allocated() {
        return allocated;
    }

    /** The next so many updates fail, as if somebody else had just written the same accessed bit. */
    void refuseUpdates(int count) {
        refusedUpdates = count;
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        return readEntryAt(walk, level, address);
    }

    @Override
    public long readEntryAt(Walk walk, int level, long hostAddress) {
        long word = load(hostAddress & -8);
        walk.hostAddress = hostAddress;
        walk.trail.reference(walk.cell(level), hostAddress, word);
        return word;
    }

    @Override
    public long readWideEntry(Walk walk, int level, long address, long hostAddress, int words) {
        throw new UnsupportedOperationException("these formats have entries of one word");
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        if (refusedUpdates > 0) {
            refusedUpdates--;
            return false;
        }
        if (load(hostAddress & -8) != expected) {
            throw new AssertionError("the walk expects %#x at %#x, where is %#x"
                    .formatted(expected, hostAddress, load(hostAddress & -8)));
        }
        store(hostAddress & -8, update);
        return true;
    }

    @Override
    public void resolveLeaf(Walk walk) {}

    private static void assertAligned(long address) {
        if ((address & 7) != 0) {
            throw new AssertionError("%#x is not aligned".formatted(address));
        }
    }
}

package org.memvirt.x86.vector;

import org.memvirt.api.mmu.Walk;
import org.memvirt.api.mmu.WalkPort;

/** Entries name host-physical addresses. */
final class HostPort implements WalkPort {
    private final RecordedMemory memory;

    HostPort(RecordedMemory memory) {
        this.memory = memory;
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        return readLocated(walk, level, address);
    }

    @Override
    public long readLocated(Walk walk, int level, long hostAddress) {
        long word = memory.load(hostAddress);
        walk.located = hostAddress;
        walk.trail.reference(walk.cell(level), hostAddress, word);
        return word;
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        return memory.compareAndSet(hostAddress, expected, update);
    }

    @Override
    public void resolveLeaf(Walk walk) {}
}

package org.memvirt.x86;

import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/** Reads as another port does, and writes nothing. */
record ReadingPort(WalkPort port) implements WalkPort {
    @Override
    public long readEntry(Walk walk, int level, long address) {
        return port.readEntry(walk, level, address);
    }

    @Override
    public long readEntryAt(Walk walk, int level, long hostAddress) {
        return port.readEntryAt(walk, level, hostAddress);
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        return true;
    }

    @Override
    public void resolveLeaf(Walk walk) {}
}

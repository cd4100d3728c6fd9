package org.memvirt.runner.inspect;

import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/** A port whose walks mark no entry as accessed, and make no reference in order to. */
record UnmarkedPort(WalkPort below) implements WalkPort {
    @Override
    public long readEntry(Walk walk, int level, long address) {
        return below.readEntry(walk, level, address);
    }

    @Override
    public long readEntryAt(Walk walk, int level, long hostAddress) {
        return below.readEntryAt(walk, level, hostAddress);
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        return true;
    }

    @Override
    public void resolveLeaf(Walk walk) {
        below.resolveLeaf(walk);
    }
}

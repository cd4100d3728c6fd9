package org.memvirt.x86;

import org.memvirt.api.walk.ForwardingPort;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/** Reads as another port does, and writes nothing. */
final class ReadingPort extends ForwardingPort {
    ReadingPort(WalkPort below) {
        super(below);
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        return true;
    }

    @Override
    public void resolveLeaf(Walk walk) {
        // The address is the one that this table gives.
    }
}

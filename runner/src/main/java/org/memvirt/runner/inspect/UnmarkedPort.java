package org.memvirt.runner.inspect;

import org.memvirt.api.walk.ForwardingPort;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/** A port whose walks mark no entry as accessed, and make no reference in order to. */
final class UnmarkedPort extends ForwardingPort {
    UnmarkedPort(WalkPort below) {
        super(below);
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        return true;
    }
}

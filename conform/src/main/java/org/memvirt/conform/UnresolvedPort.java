package org.memvirt.conform;

import org.memvirt.api.walk.ForwardingPort;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/** Reads as another port does, and leaves the final address as stage 1 gives it. */
final class UnresolvedPort extends ForwardingPort {
    UnresolvedPort(WalkPort below) {
        super(below);
    }

    @Override
    public void resolveLeaf(Walk walk) {
        // The question ends here.
    }
}

package org.memvirt.vmm.shadow;

import java.util.Arrays;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/** The guest's tables as they are: a walk through this port changes nothing, and ends in a guest-physical address. */
final class GuestGlance implements WalkPort {
    private final GuestBacking backing;
    private final WalkPort host;

    GuestGlance(GuestBacking backing, WalkPort host) {
        this.backing = backing;
        this.host = host;
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        long found = find(walk, level, address);
        return found < 0 ? 0 : host.readEntry(walk, level, found);
    }

    private long find(Walk walk, int level, long address) {
        long found = address < 0 || address >= backing.size() ? -1 : backing.find(address);
        if (found < 0) {
            walk.fail(Fault.OUT_OF_BOUNDS, level, 0);
        }
        return found;
    }

    @Override
    public long readWideEntry(Walk walk, int level, long address, long hostAddress, int words) {
        long found = hostAddress != Walk.NOWHERE ? hostAddress : find(walk, level, address);
        if (found < 0) {
            Arrays.fill(walk.words, 0, words, 0);
            return 0;
        }
        return host.readWideEntry(walk, level, found, found, words);
    }

    @Override
    public long readEntryAt(Walk walk, int level, long hostAddress) {
        return host.readEntryAt(walk, level, hostAddress);
    }

    /** Says that it was done: what the entry allows does not depend on its accessed bit. */
    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        return true;
    }

    @Override
    public void resolveLeaf(Walk walk) {
        // The address is the guest's.
    }
}

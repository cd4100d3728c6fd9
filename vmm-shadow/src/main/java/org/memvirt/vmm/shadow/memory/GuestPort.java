package org.memvirt.vmm.shadow.memory;

import java.util.Arrays;
import org.memvirt.api.access.Rights;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/**
 * The guest's physical memory as the VMM's software sees it: an address is looked up in what backs the guest, which is asked
 * for memory where there is none yet.
 */
public class GuestPort implements WalkPort {
    private final GuestBacking backing;
    private final WalkPort host;

    /** @param host reads host memory, past every cache */
    public GuestPort(GuestBacking backing, WalkPort host) {
        this.backing = backing;
        this.host = host;
    }

    /** The host address behind {@code gpa}, made ready for an access; -1 where the guest has no memory, or may not do that. */
    public final long locate(long gpa, int needed) {
        if (gpa < 0 || gpa >= backing.size()) {
            return -1;
        }
        long found = backing.find(gpa);
        return found >= 0 && Rights.permit(backing.rights(gpa), needed) ? found : backing.populate(gpa, needed);
    }

    private static void refuse(Walk walk, int level, long gpa, boolean onTable) {
        walk.fail(Fault.OUT_OF_BOUNDS, level, 0);
        walk.faultAddress = gpa;
        walk.faultOnTable = onTable;
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        long found = locate(address, Rights.SUPERVISOR_READ);
        if (found < 0) {
            refuse(walk, level, address, true);
            return 0;
        }
        return host.readEntry(walk, level, found);
    }

    @Override
    public long readWideEntry(Walk walk, int level, long address, long hostAddress, int words) {
        long found = hostAddress != Walk.NOWHERE ? hostAddress : locate(address, Rights.SUPERVISOR_READ);
        if (found < 0) {
            refuse(walk, level, address, true);
            Arrays.fill(walk.words, 0, words, 0);
            return 0;
        }
        return host.readWideEntry(walk, level, found, found, words);
    }

    @Override
    public long readEntryAt(Walk walk, int level, long hostAddress) {
        return host.readEntryAt(walk, level, hostAddress);
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        // Not where it was read: a page that the host lets several guests share is copied before it is written.
        long found = locate(address, Rights.SUPERVISOR_WRITE);
        if (found < 0) {
            refuse(walk, level, address, true);
            return false;
        }
        return host.updateEntry(walk, level, found, found, expected, update);
    }

    @Override
    public void resolveLeaf(Walk walk) {
        long gpa = walk.outputAddress;
        long found = locate(gpa, walk.access);
        if (found < 0) {
            refuse(walk, 0, gpa, false);
            return;
        }
        walk.outputAddress = found;
        walk.pageShift = Math.min(walk.pageShift, backing.granuleShift());
    }
}

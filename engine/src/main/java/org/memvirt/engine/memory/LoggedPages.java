package org.memvirt.engine.memory;

import static org.memvirt.engine.memory.Block.NOWHERE;

import org.memvirt.api.vmm.HostChange;

/** What the host does to a guest's memory in order to learn what the guest stores to: granule by granule. */
public final class LoggedPages {
    private final Backing backing;
    private final Supply supply;
    private boolean split;

    LoggedPages(Backing backing, Supply supply) {
        this.backing = backing;
        this.supply = supply;
    }

    /** Whether each granule has a page of its own. */
    public boolean isSplit() {
        return split;
    }

    /** Has each granule mapped by a page of its own from now on. */
    public void split() {
        backing.tellRange(0, backing.size(), HostChange.SPLIT);
        split = true;
    }

    /** Ends that: pages may be as large as what backs them. */
    public void join() {
        split = false;
        if (supply.largestPiece() > backing.granuleShift()) {
            backing.tellRange(0, backing.size(), HostChange.JOIN);
        }
    }

    /** Has the next store to each granule noticed, of those too that are backed from now on. */
    public void protectAll() {
        supply.protectArrivals(true);
        protect(0, backing.size());
    }

    /** The same for what is there in a range of granules. */
    public void protect(long gpa, long bytes) {
        backing.tellRange(gpa, bytes, HostChange.PROTECT);
        GranuleMap map = backing.map();
        long granule = 1L << backing.granuleShift();
        for (long at = map.next(gpa); at != NOWHERE && at < gpa + bytes; at = map.next(at + granule)) {
            backing.present(at).setFlags(map.granule(at), map.flags(at) | Block.PROTECTED);
        }
    }

    /** Ends all protection against stores; what is shared or read-only stays so. */
    public void unprotectAll() {
        supply.protectArrivals(false);
        backing.map().forEachBlock(block -> block.clearFlags(Block.PROTECTED));
    }

    /** Has dirty bits cleared in a range of granules. */
    public void clean(long gpa, long bytes) {
        backing.tellRange(gpa, bytes, HostChange.CLEAN);
    }
}

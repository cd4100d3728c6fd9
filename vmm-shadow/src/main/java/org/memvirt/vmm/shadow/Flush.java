package org.memvirt.vmm.shadow;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.Invalidation.Reach;
import org.memvirt.api.vmm.VcpuServices;

/** What changes of shadow tables have made stale in the caches of the VM's vCPUs, kept until it is flushed all at once. */
final class Flush {
    /** Beyond so many ranges it is quicker to drop everything. */
    private static final int MOST_RANGES = 32;

    private final ShadowCounts counts;
    private final List<Invalidation> ranges = new ArrayList<>();
    private boolean everything;
    private boolean root;

    Flush(ShadowCounts counts) {
        this.counts = counts;
    }

    void note(Invalidation stale) {
        if (stale.what() == Reach.ROOT) {
            root = true;
        } else if (stale.what() != Reach.NOTHING && !everything) {
            ranges.add(stale);
            if (ranges.size() > MOST_RANGES) {
                noteAll();
            }
        }
    }

    /** Whether anything that is cached of a range is stale, and not flushed yet. */
    boolean isPending(long address, long bytes) {
        boolean pending = everything;
        for (int i = 0; i < ranges.size() && !pending; i++) {
            Invalidation stale = ranges.get(i);
            pending = stale.address() - address < bytes && address - stale.address() < stale.bytes();
        }
        return pending;
    }

    /** All that is cached may be stale, pointers to tables included. */
    void noteAll() {
        everything = true;
        ranges.clear();
    }

    /** A root has moved. */
    void noteRoot() {
        noteAll();
        root = true;
    }

    /** @param services of any vCPU of the VM */
    void now(VcpuServices services) {
        if (everything) {
            everything = false;
            counts.fullFlushes++;
            services.invalidateAll();
        } else {
            counts.rangeFlushes += ranges.size();
            ranges.forEach(services::invalidate);
            ranges.clear();
        }
        if (root) {
            root = false;
            services.invalidate(Invalidation.root(0, 1));
        }
    }
}

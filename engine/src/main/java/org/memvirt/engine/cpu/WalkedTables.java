package org.memvirt.engine.cpu;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.api.vmm.VirtualCpu.Resolution;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkObserver;
import org.memvirt.api.walk.WalkPort;

/**
 * The page tables that one vCPU's TLB misses walk, as its strategy tells: the format, a root for each half of the addresses
 * that has tables of its own, and the ports through which their entries are read.
 */
final class WalkedTables {
    private final VirtualCpu strategy;
    private final FaultSettler settler;
    private final Runnable beforeLoading;
    private final Walk software = Walk.outer();
    private PageTableFormat format;
    private WalkPort port;
    private WalkPort uncachedPort;
    private boolean loading;
    // By root; the first alone is used where there is one.
    private PageTableFormat[] formats = new PageTableFormat[1];
    private long[] roots = new long[1];
    private boolean several;

    /** Who deals with the fault of a walk. */
    interface FaultSettler {
        Resolution settle(Walk failed);
    }

    /**
     * Begins with what the strategy walks now; a top table that hardware loads is loaded by {@link #loadTopTable}.
     *
     * @param beforeLoading makes sure that hardware reads it from memory
     */
    WalkedTables(VirtualCpu strategy, FaultSettler settler, Runnable beforeLoading) {
        this.strategy = strategy;
        this.settler = settler;
        this.beforeLoading = beforeLoading;
        format = strategy.format();
        port = strategy.port();
        uncachedPort = strategy.uncachedPort();
        use(format);
        roots[0] = strategy.root(0);
    }

    /** Of all addresses. */
    PageTableFormat format() {
        return format;
    }

    /** The format of the tables that translate the address. */
    PageTableFormat formatOf(long address) {
        return several ? formats[format.rootOf(address)] : format;
    }

    /** The root of the tables that translate the address. */
    long rootOf(long address) {
        return several ? roots[format.rootOf(address)] : roots[0];
    }

    /** Whether some addresses are translated by other tables than others. */
    boolean areSeveral() {
        return several;
    }

    WalkPort port() {
        return port;
    }

    /** Asks the strategy anew. */
    void refresh() {
        boolean moved = strategy.format() != format;
        if (moved) {
            use(strategy.format());
        }
        for (int number = 0; number < roots.length; number++) {
            long root = strategy.root(number);
            moved |= root != roots[number];
            roots[number] = root;
        }
        if (moved && format.loadsTopTable() && !loading) {
            loadTopTable();
        }
    }

    private void use(PageTableFormat newFormat) {
        format = newFormat;
        int number = newFormat.roots();
        several = number > 1;
        if (number != roots.length) {
            roots = new long[number];
            formats = new PageTableFormat[number];
        }
        for (int i = 0; i < number; i++) {
            formats[i] = newFormat.ofRoot(i);
        }
    }

    /** Hardware that takes the top table along with the root reads it now; the walks then go through its registers. */
    void loadTopTable() {
        if (!format.loadsTopTable()) {
            port = strategy.port();
            uncachedPort = strategy.uncachedPort();
            return;
        }
        loading = true;
        beforeLoading.run();
        try {
            port = loaded(strategy.port());
            uncachedPort = loaded(strategy.uncachedPort());
        } finally {
            loading = false;
        }
    }

    private WalkPort loaded(WalkPort below) {
        for (int faults = 0; faults < Execution.MOST_FAULTS; faults++) {
            WalkPort loaded = format.loadRoot(software, roots[0], below);
            if (software.succeeded()) {
                return loaded;
            }
            if (software.faultStage == Stage.STAGE_1 || settler.settle(software) != Resolution.RETRY) {
                throw new IllegalStateException("the guest kernel loads root %#x, which hardware refuses: %s"
                        .formatted(roots[0], software));
            }
        }
        throw new IllegalStateException("no progress: " + software);
    }

    /** What a walk answers now, past every cache and uncounted; valid until the next call. */
    Walk ask(long address, int needed, @Nullable WalkObserver observer) {
        software.trail.observe(observer);
        try {
            software.start(rootOf(address), address, needed);
            formatOf(address).walk(software, uncachedPort);
            if (observer != null) {
                observer.end(software);
            }
            return software;
        } finally {
            software.trail.observe(null);
        }
    }
}

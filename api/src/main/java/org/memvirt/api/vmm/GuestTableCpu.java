package org.memvirt.api.vmm;

import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.Unpaged;
import org.memvirt.api.walk.WalkPort;

/**
 * The skeleton of a vCPU: a TLB miss walks the page table that the guest has loaded, and none of the guest's privileged
 * operations costs an exit. A strategy gives it the ports and {@link #onFault}, and overrides what differs.
 *
 * <p>Where hardware walks another table than the guest's, override {@link #format}, {@link #root} and {@link #guestPort},
 * and each operation that is intercepted, calling {@code super} in it: {@code super.format()} and {@code super.root()}
 * then remain what the guest has loaded.
 */
public abstract class GuestTableCpu implements VirtualCpu {
    /** What the strategy may do to this vCPU. */
    protected final VcpuServices services;

    private final WalkPort port;
    private final WalkPort uncachedPort;
    private PageTableFormat format;
    private long[] roots = new long[1];

    /**
     * Begins with paging off.
     *
     * @param port what {@link #port} gives
     * @param uncachedPort what {@link #uncachedPort} gives, and {@link #guestPort} unless that is overridden
     * @param physicalBits bits of a guest-physical address
     */
    protected GuestTableCpu(VcpuServices services, WalkPort port, WalkPort uncachedPort, int physicalBits) {
        this.services = services;
        this.port = port;
        this.uncachedPort = uncachedPort;
        format = new Unpaged(physicalBits);
    }

    @Override
    public PageTableFormat format() {
        return format;
    }

    @Override
    public long root(int number) {
        return roots[number];
    }

    @Override
    public final WalkPort port() {
        return port;
    }

    @Override
    public final WalkPort uncachedPort() {
        return uncachedPort;
    }

    @Override
    public WalkPort guestPort() {
        return uncachedPort;
    }

    @Override
    public void pagingOn(PageTableFormat guestFormat, int asid, long... newRoots) {
        format = guestFormat;
        roots = newRoots.clone();
    }

    @Override
    public void loadRoot(long newRoot, int asid) {
        roots[0] = newRoot;
    }

    /** Does nothing: the guest's own instruction reaches what is cached of its own table. */
    @Override
    public void invalidate(Invalidation stale, int asid) {}
}

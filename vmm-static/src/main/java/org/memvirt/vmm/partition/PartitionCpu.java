package org.memvirt.vmm.partition;

import org.memvirt.api.mmu.Fault;
import org.memvirt.api.mmu.Invalidation;
import org.memvirt.api.mmu.PageTableFormat;
import org.memvirt.api.mmu.Unpaged;
import org.memvirt.api.mmu.Walk;
import org.memvirt.api.mmu.WalkPort;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.api.vmm.VmStopped;

/** A vCPU of a partition: everything is the guest's own business, but for an address outside. */
final class PartitionCpu implements VirtualCpu {
    private final long size;
    private final boolean isVirtual;
    private final VcpuServices services;
    private final WalkPort port;
    private final WalkPort uncachedPort;
    private PageTableFormat format;
    private long root;

    PartitionCpu(long base, long size, boolean isVirtual, VcpuServices services) {
        this.size = size;
        this.isVirtual = isVirtual;
        this.services = services;
        port = new OffsetPort(base, size, services.hostPort());
        uncachedPort = new OffsetPort(base, size, services.softwarePort());
        format = new Unpaged(Long.SIZE - Long.numberOfLeadingZeros(size - 1));
    }

    @Override
    public PageTableFormat format() {
        return format;
    }

    @Override
    public long root() {
        return root;
    }

    @Override
    public WalkPort port() {
        return port;
    }

    @Override
    public WalkPort uncachedPort() {
        return uncachedPort;
    }

    @Override
    public WalkPort guestPort() {
        return uncachedPort;
    }

    @Override
    public Resolution onFault(Walk walk) {
        if (walk.fault != Fault.OUT_OF_BOUNDS) {
            return Resolution.GUEST;
        }
        if (isVirtual) {
            services.exit(ExitCause.OUT_OF_BOUNDS);
        }
        throw new VmStopped("%s touches physical address %#x, but its memory ends at %#x: a machine check"
                .formatted(isVirtual ? "the guest" : "the kernel", walk.faultAddress, size));
    }

    @Override
    public void pagingOn(PageTableFormat guestFormat, long newRoot, int asid) {
        format = guestFormat;
        root = newRoot;
    }

    @Override
    public void loadRoot(long newRoot, int asid) {
        root = newRoot;
    }

    @Override
    public void invalidate(Invalidation stale, int asid) {
        // The guest's own instruction does it; nobody else keeps anything.
    }
}

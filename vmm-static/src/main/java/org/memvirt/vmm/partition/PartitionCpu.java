package org.memvirt.vmm.partition;

import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.GuestTableCpu;
import org.memvirt.api.vmm.GuestTlb;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VmStopped;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;

/** A vCPU of a partition: everything is the guest's own business, but for an address outside. */
final class PartitionCpu extends GuestTableCpu {
    private final long size;
    private final OutOfBounds outOfBounds;
    private final GuestTlb guestTlb;

    PartitionCpu(long base, long size, OutOfBounds outOfBounds, VcpuServices services) {
        super(
                services,
                new OffsetPort(base, size, services.hostPort()),
                new OffsetPort(base, size, services.softwarePort()),
                Long.SIZE - Long.numberOfLeadingZeros(size - 1));
        this.size = size;
        this.outOfBounds = outOfBounds;
        guestTlb = new PartitionTlb(base, size, outOfBounds.isVirtual(), services);
    }

    @Override
    public GuestTlb guestTlb() {
        return guestTlb;
    }

    @Override
    public Resolution onFault(Walk walk) {
        if (walk.fault != Fault.OUT_OF_BOUNDS) {
            return Resolution.GUEST;
        }
        if (outOfBounds.isVirtual()) {
            services.exit(ExitCause.OUT_OF_BOUNDS);
        }
        if (outOfBounds == OutOfBounds.MACHINE_CHECK) {
            return Resolution.INJECT;
        }
        throw new VmStopped("%s touches physical address %#x, but its memory ends at %#x: a machine check"
                .formatted(outOfBounds.isVirtual() ? "the guest" : "the kernel", walk.faultAddress, size));
    }
}

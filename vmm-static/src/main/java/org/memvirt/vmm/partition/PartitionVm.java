package org.memvirt.vmm.partition;

import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.api.vmm.VirtualMachine;

/** A VM whose memory is host-physical memory from {@code base} on, and stays there. Without a VMM the base is 0. */
final class PartitionVm implements VirtualMachine {
    private final long base;
    private final long size;
    private final OutOfBounds outOfBounds;

    PartitionVm(long base, long size, OutOfBounds outOfBounds) {
        this.base = base;
        this.size = size;
        this.outOfBounds = outOfBounds;
    }

    @Override
    public VirtualCpu addCpu(VcpuServices services) {
        return new PartitionCpu(base, size, outOfBounds, services);
    }

    @Override
    public void destroy() {
        // It has nothing but its partition, which the host takes back.
    }

    @Override
    public long tableBytes() {
        return 0;
    }
}

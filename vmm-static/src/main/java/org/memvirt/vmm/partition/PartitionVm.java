package org.memvirt.vmm.partition;

import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.api.vmm.VirtualMachine;

/** A VM whose memory is host-physical memory from {@code base} on, and stays there. Without a VMM the base is 0. */
final class PartitionVm implements VirtualMachine {
    private final long base;
    private final long size;
    private final boolean isVirtual;

    PartitionVm(long base, long size, boolean isVirtual) {
        this.base = base;
        this.size = size;
        this.isVirtual = isVirtual;
    }

    @Override
    public VirtualCpu addCpu(VcpuServices services) {
        return new PartitionCpu(base, size, isVirtual, services);
    }

    @Override
    public long tableBytes() {
        return 0;
    }
}

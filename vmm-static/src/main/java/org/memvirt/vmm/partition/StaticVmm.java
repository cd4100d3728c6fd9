package org.memvirt.vmm.partition;

import org.memvirt.api.option.Options;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.api.vmm.VmmProvider;

/** Finds the strategy {@code static}. */
public final class StaticVmm implements VmmProvider {
    @Override
    public String name() {
        return "static";
    }

    @Override
    public String description() {
        return "static partitioning: guest-physical memory is one contiguous piece of the host's, base and bound";
    }

    @Override
    public boolean usesStageTwo() {
        return false;
    }

    @Override
    public VirtualMachine create(Host host, Options options) {
        long size = host.backing().size();
        long base = host.backing().reserveContiguous();
        if (base < 0) {
            throw new VmRefused("the host has no contiguous piece of " + Sizes.text(size)
                    + " for the VM; give the VM less with --guest-memory, or the host more with --host-memory");
        }
        return new PartitionVm(base, size, true);
    }
}

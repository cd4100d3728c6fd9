package org.memvirt.vmm.partition;

import org.memvirt.api.option.Options;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VirtualMachine;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.api.vmm.VmmProvider;

/** Finds {@code native}: no virtualization, the baseline. The partition is the whole machine and nothing exits. */
public final class NativeMachine implements VmmProvider {
    @Override
    public String name() {
        return "native";
    }

    @Override
    public String description() {
        return "no virtualization: the guest owns the machine; the baseline";
    }

    @Override
    public boolean isVirtual() {
        return false;
    }

    @Override
    public boolean usesStageTwo() {
        return false;
    }

    @Override
    public VirtualMachine create(Host host, Options options) {
        long size = host.backing().size();
        if (host.backing().reserveContiguous() != 0) {
            throw new VmRefused("the machine has less than the " + Sizes.text(size)
                    + " of memory that its kernel is told; give --host-memory of at least that");
        }
        return new PartitionVm(0, size, OutOfBounds.END_OF_MACHINE);
    }
}

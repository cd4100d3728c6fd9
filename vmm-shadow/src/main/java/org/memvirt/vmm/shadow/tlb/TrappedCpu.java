package org.memvirt.vmm.shadow.tlb;

import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.GuestTableCpu;
import org.memvirt.api.vmm.GuestTlb;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VmStopped;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.vmm.shadow.memory.GuestPort;

/** A vCPU whose TLB instructions trap. Hardware walks nothing: the guest's tables are read by the guest's handlers alone. */
final class TrappedCpu extends GuestTableCpu {
    private final TrappedTlb tlb;
    private final long size;

    TrappedCpu(
            VcpuServices services, GuestBacking backing, AddressLayout layout, int largerSize, TlbCounts counts,
            long seed) {
        this(services, new GuestPort(backing, services.softwarePort()), backing.size(),
                new TrappedTlb(services, backing, layout, largerSize, counts, seed));
    }

    private TrappedCpu(VcpuServices services, GuestPort port, long size, TrappedTlb tlb) {
        super(services, port, port, Long.SIZE - Long.numberOfLeadingZeros(size - 1));
        this.tlb = tlb;
        this.size = size;
    }

    @Override
    public GuestTlb guestTlb() {
        return tlb;
    }

    TrappedTlb tlb() {
        return tlb;
    }

    @Override
    public void enterCore(int core) {
        tlb.enterCore(core);
    }

    @Override
    public void modeSwitch(boolean toKernel) {
        tlb.modeSwitch(toKernel);
    }

    @Override
    public Resolution onFault(Walk walk) {
        if (walk.fault == Fault.OUT_OF_BOUNDS) {
            services.exit(ExitCause.OUT_OF_BOUNDS);
            throw new VmStopped("the guest touches gPA %#x, which it may not: its memory ends at %#x"
                    .formatted(walk.faultAddress, size));
        }
        tlb.callsKernel();
        return Resolution.INJECT;
    }
}

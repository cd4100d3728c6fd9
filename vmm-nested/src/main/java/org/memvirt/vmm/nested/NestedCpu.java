package org.memvirt.vmm.nested;

import org.memvirt.api.mmu.Fault;
import org.memvirt.api.mmu.Invalidation;
import org.memvirt.api.mmu.PageTableFormat;
import org.memvirt.api.mmu.Stage;
import org.memvirt.api.mmu.StageTwoPort;
import org.memvirt.api.mmu.Unpaged;
import org.memvirt.api.mmu.Walk;
import org.memvirt.api.mmu.WalkPort;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VirtualCpu;
import org.memvirt.api.vmm.VmStopped;

/**
 * A vCPU under nested paging. The guest's page table is the guest's own business: none of its privileged operations and
 * none of its page faults leaves the guest. A stage-2 fault does, and the VMM maps what is missing.
 */
final class NestedCpu implements VirtualCpu {
    private final NestedVm machine;
    private final VcpuServices services;
    private final StageTwoPort port;
    private final StageTwoPort uncachedPort;
    private PageTableFormat format;
    private long root;

    NestedCpu(NestedVm machine, VcpuServices services) {
        this.machine = machine;
        this.services = services;
        port = new StageTwoPort(
                services.stageTwoOwner(machine.root()),
                machine.format(),
                machine.root(),
                services.hostPort(),
                services.nestedTlb());
        uncachedPort =
                new StageTwoPort(0, machine.format(), machine.root(), services.softwarePort(), null);
        format = new Unpaged(machine.format().inputBits());
    }

    VcpuServices services() {
        return services;
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
    public long stageTwoRoot() {
        return machine.root();
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
        if (walk.faultStage == Stage.STAGE_1) {
            return Resolution.GUEST;
        }
        boolean misconfigured = walk.fault == Fault.MISCONFIGURED;
        services.exit(misconfigured ? ExitCause.STAGE_2_MISCONFIGURED : ExitCause.STAGE_2_FAULT);
        long gpa = walk.faultAddress;
        if (gpa < 0 || gpa >= machine.backing().size()) {
            throw new VmStopped("the guest touches gPA %#x, but its memory ends at %#x"
                    .formatted(gpa, machine.backing().size()));
        }
        if (misconfigured || !machine.map(gpa)) {
            throw new VmStopped("stage 2 refuses an access that it allows: " + walk);
        }
        return Resolution.RETRY;
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
        // The guest's INVLPG reaches its own tagged entries without an exit.
    }
}

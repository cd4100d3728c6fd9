package org.memvirt.vmm.nested;

import org.memvirt.api.access.Rights;
import org.memvirt.api.table.StageTwoPort;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.GuestTableCpu;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VmStopped;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;

/**
 * A vCPU under nested paging. The guest's page table is the guest's own business: none of its privileged operations and
 * none of its page faults leaves the guest. A stage-2 fault does, and the VMM maps or allows what the host does.
 */
final class NestedCpu extends GuestTableCpu {
    private final NestedVm machine;
    private final StageTwoPort cached;
    private final StageTwoPort uncached;

    NestedCpu(NestedVm machine, VcpuServices services) {
        this(
                machine,
                services,
                new StageTwoPort(
                        services.stageTwoContext(machine.root()),
                        machine.format(),
                        machine.root(),
                        services.hostPort(),
                        services.nestedTlb()),
                new StageTwoPort(0, machine.format(), machine.root(), services.softwarePort(), null));
    }

    private NestedCpu(NestedVm machine, VcpuServices services, StageTwoPort cached, StageTwoPort uncached) {
        super(services, cached, uncached, machine.format().inputBits());
        this.machine = machine;
        this.cached = cached;
        this.uncached = uncached;
    }

    @Override
    public long stageTwoRoot() {
        return machine.root();
    }

    /** The second stage has another root from now on. */
    void moveRoot(long root) {
        cached.moveRoot(services.stageTwoContext(root), root);
        uncached.moveRoot(0, root);
    }

    void invalidateGuestPhysical(long gpa, long bytes) {
        services.invalidateGuestPhysical(gpa, bytes);
    }

    @Override
    public Resolution onFault(Walk walk) {
        if (walk.faultStage == Stage.STAGE_1) {
            return Resolution.GUEST;
        }
        boolean misconfigured = walk.fault == Fault.MISCONFIGURED;
        services.exit(misconfigured ? ExitCause.STAGE_2_MISCONFIGURED : ExitCause.STAGE_2_FAULT);
        long gpa = walk.faultAddress;
        if (gpa < 0 || gpa >= machine.memorySize()) {
            throw new VmStopped("the guest touches gPA %#x, but its memory ends at %#x"
                    .formatted(gpa, machine.memorySize()));
        }
        SecondStage.Answer answer =
                misconfigured ? SecondStage.Answer.UNCHANGED : machine.mend(gpa, walk.faultAccess);
        return switch (answer) {
            case MENDED -> Resolution.RETRY;
            case FORBIDDEN -> throw new VmStopped("the guest may not do %s at gPA %#x, which its host holds read-only"
                    .formatted(Rights.text(walk.faultAccess), gpa));
            case UNCHANGED -> throw new VmStopped("stage 2 refuses an access that it allows: " + walk);
        };
    }
}

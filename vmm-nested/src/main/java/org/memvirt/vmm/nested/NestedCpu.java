package org.memvirt.vmm.nested;

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
 * none of its page faults leaves the guest. A stage-2 fault does, and the VMM maps what is missing.
 */
final class NestedCpu extends GuestTableCpu {
    private final NestedVm machine;

    NestedCpu(NestedVm machine, VcpuServices services) {
        super(
                services,
                new StageTwoPort(
                        services.stageTwoContext(machine.root()),
                        machine.format(),
                        machine.root(),
                        services.hostPort(),
                        services.nestedTlb()),
                new StageTwoPort(0, machine.format(), machine.root(), services.softwarePort(), null),
                machine.format().inputBits());
        this.machine = machine;
    }

    @Override
    public long stageTwoRoot() {
        return machine.root();
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
}

package org.memvirt.vmm.nested;

import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.StageTwoPort;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.GuestTableCpu;
import org.memvirt.api.vmm.GuestTlb;
import org.memvirt.api.vmm.VcpuServices;
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
    private final NestedTlbFill guestTlb;
    private @Nullable StoreLog storeLog;

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
        cached.useWalkCache(services.stageTwoWalkCache());
        guestTlb = new NestedTlbFill(machine, services);
    }

    @Override
    public GuestTlb guestTlb() {
        return guestTlb;
    }

    @Override
    public long stageTwoRoot() {
        return machine.root();
    }

    /** The VM has a tag now, under which what is cached of the second stage is kept: operations that name it reach that, too. */
    @Override
    public void enterCore(int core) {
        moveRoot(machine.root());
    }

    /** The second stage has another root from now on. */
    void moveRoot(long root) {
        cached.moveRoot(services.stageTwoContext(root), root);
        uncached.moveRoot(0, root);
    }

    @Override
    public void vmTagChanged() {
        moveRoot(machine.root());
    }

    void invalidateGuestPhysical(long gpa, long bytes) {
        services.invalidateGuestPhysical(gpa, bytes);
    }

    boolean isRefilledBySoftware() {
        return services.softwareTlb() != null;
    }

    /** See {@link org.memvirt.api.vmm.VirtualMachine#logStores}. */
    void logStores(int entries, @Nullable LongConsumer log) {
        drainLog();
        storeLog = log == null ? null : new StoreLog(entries, log, services);
        cached.noteStores(storeLog);
        uncached.noteStores(storeLog);
    }

    void drainLog() {
        if (storeLog != null) {
            storeLog.drain();
        }
    }

    @Override
    public Resolution onFault(Walk walk) {
        if (walk.faultStage == Stage.STAGE_1) {
            return Resolution.GUEST;
        }
        boolean misconfigured = walk.fault == Fault.MISCONFIGURED;
        services.exit(misconfigured ? ExitCause.STAGE_2_MISCONFIGURED : ExitCause.STAGE_2_FAULT);
        machine.resolve(walk);
        return Resolution.RETRY;
    }
}

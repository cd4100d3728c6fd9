package org.memvirt.engine.cpu;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.invalidation.InvalidationEvent;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.walk.NestedTlb;
import org.memvirt.api.walk.StageTwoWalkCache;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkObserver;
import org.memvirt.api.walk.WalkPort;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;

/** What the strategy may do to one vCPU. Where there is one core alone, its ports are handed out as they are. */
final class VcpuPorts implements VcpuServices {
    private final Vcpu vcpu;
    private final HostPort softwarePort;
    private final WalkPort hostPort;
    private final @Nullable NestedTlb nestedTlb;
    private final @Nullable StageTwoWalkCache stageTwoTables;

    VcpuPorts(Vcpu vcpu, PhysicalMemory memory, List<Core> cores, Core core) {
        this.vcpu = vcpu;
        softwarePort = new HostPort(memory);
        boolean moves = cores.size() > 1;
        hostPort = moves ? new CorePort(vcpu) : core.hostPort();
        nestedTlb = moves && core.nested() != null ? new CoreNestedTlb(vcpu) : core.nested();
        stageTwoTables = moves && core.stageTwoTables() != null ? new CoreWalkCache(vcpu) : core.stageTwoTables();
    }

    @Override
    public WalkPort hostPort() {
        return hostPort;
    }

    @Override
    public WalkPort softwarePort() {
        return softwarePort;
    }

    @Override
    public @Nullable SoftwareTlb softwareTlb() {
        return vcpu.core().softwareTlb();
    }

    @Override
    public long spaceTag(long held) {
        return vcpu.takeSpaceTag(held);
    }

    @Override
    public boolean holdsSpaceTag(long held) {
        return vcpu.caching().holdsSpaceTag(held);
    }

    @Override
    public void exit(ExitCause cause) {
        vcpu.counters().exits.record(cause);
        WalkObserver observer = vcpu.observer();
        if (observer != null) {
            observer.exit(cause.name());
        }
        vcpu.caching().exited();
    }

    @Override
    public void softwareWalk(Walk walk, PageTableFormat format, WalkPort port) {
        WalkObserver observer = vcpu.observer();
        if (observer == null) {
            format.walk(walk, port);
        } else {
            observer.softwareWalk(walk);
            walk.trail.observe(observer);
            format.walk(walk, port);
            walk.trail.observe(null);
            observer.end(walk);
        }
        vcpu.counters().countSoftware(walk);
    }

    @Override
    public void tell(Supplier<String> words) {
        WalkObserver observer = vcpu.observer();
        if (observer != null) {
            observer.step(words.get());
        }
    }

    @Override
    public boolean storesWord() {
        return vcpu.execution().storesWord();
    }

    @Override
    public long storedWord() {
        return vcpu.execution().storedWord();
    }

    @Override
    public void invalidate(Invalidation stale) {
        if (stale.what() == Invalidation.Reach.ROOT) {
            vcpu.caching().rootsChanged();
        } else if (stale.what() != Invalidation.Reach.NOTHING) {
            vcpu.counters().counts.add(Count.VMM_INVALIDATIONS);
            vcpu.caching().happensToVm(InvalidationEvent.VM_PAGE, stale.address(), stale.bytes());
        }
    }

    @Override
    public void invalidateAll() {
        vcpu.counters().counts.add(Count.VMM_INVALIDATIONS);
        vcpu.caching().happensToVm(InvalidationEvent.VM_ALL, 0, 0);
    }

    @Override
    public void invalidateGuestPhysical(long gpa, long bytes) {
        vcpu.counters().counts.add(Count.VMM_INVALIDATIONS);
        vcpu.caching().invalidateGuestPhysical(gpa, bytes);
    }

    @Override
    public @Nullable NestedTlb nestedTlb() {
        return nestedTlb;
    }

    @Override
    public @Nullable StageTwoWalkCache stageTwoWalkCache() {
        return stageTwoTables;
    }

    @Override
    public int stageTwoContext(long stageTwoRoot) {
        return vcpu.caching().contextOf(stageTwoRoot);
    }
}

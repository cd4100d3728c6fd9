package org.memvirt.x86.vector;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.mmu.PageTableFormat;
import org.memvirt.api.mmu.Walk;
import org.memvirt.api.mmu.WalkPort;

/** Entries name guest-physical addresses, each of which a second stage translates. */
final class StageTwoPort implements WalkPort {
    private final RecordedMemory memory;
    private final HostPort host;
    private final PageTableFormat stageTwo;
    private final long root;
    private final Walk inner;
    private final long @Nullable [] pointers;
    private final int pointerLevel;

    /** @param pointers the top table, if it is in registers; else null */
    StageTwoPort(
            RecordedMemory memory,
            PageTableFormat stageTwo,
            long root,
            int pointerLevel,
            long @Nullable [] pointers) {
        this.memory = memory;
        host = new HostPort(memory);
        this.stageTwo = stageTwo;
        this.root = root;
        inner = Walk.inner();
        this.pointerLevel = pointerLevel;
        this.pointers = pointers;
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        if (pointers != null && level == pointerLevel) {
            return pointers[(int) (address >>> 3) & pointers.length - 1];
        }
        if (!translate(walk, level, address, stageTwo.tableReferenceAccess())) {
            return 0;
        }
        return host.readLocated(walk, level, inner.outputAddress);
    }

    @Override
    public long readLocated(Walk walk, int level, long hostAddress) {
        return host.readLocated(walk, level, hostAddress);
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        boolean known = (stageTwo.tableUpdateAccess() & ~stageTwo.tableReferenceAccess()) == 0;
        return (known || translate(walk, level, address, stageTwo.tableUpdateAccess()))
                && memory.compareAndSet(hostAddress, expected, update);
    }

    @Override
    public void resolveLeaf(Walk walk) {
        inner.startInside(walk, 0, root, walk.outputAddress, walk.access);
        stageTwo.walk(inner, host);
        if (!inner.succeeded()) {
            walk.keepFaultOf(inner, false);
            return;
        }
        walk.outputAddress = inner.outputAddress;
        walk.allowed &= inner.allowed;
        walk.stage2Shift = inner.pageShift;
        walk.pageShift = Math.min(walk.pageShift, inner.pageShift);
    }

    private boolean translate(Walk walk, int level, long address, int access) {
        inner.startInside(walk, level, root, address, access);
        stageTwo.walk(inner, host);
        if (!inner.succeeded()) {
            walk.keepFaultOf(inner, true);
        }
        return inner.succeeded();
    }
}

package org.memvirt.testkit.format;

import org.memvirt.api.access.Rights;
import org.memvirt.api.mmu.PageTable;
import org.memvirt.api.mmu.PageTableFormat;
import org.memvirt.api.mmu.Walk;
import org.memvirt.api.mmu.WalkPort;

/** The port of a table whose addresses are guest-physical: each first walks a second stage. No cache anywhere. */
final class SecondStagePort implements WalkPort {
    private final PageTableFormat format;
    private final PageTable table;
    private final WalkPort host;
    private final Walk inner = Walk.inner();

    SecondStagePort(PageTableFormat format, PageTable table, WalkPort host) {
        this.format = format;
        this.table = table;
        this.host = host;
    }

    @Override
    public long readEntry(Walk walk, int level, long address) {
        if (!translate(walk, level, address, format.tableReferenceAccess())) {
            walk.keepFaultOf(inner, true);
            return 0;
        }
        long word = host.readEntry(walk, level, inner.outputAddress);
        walk.locatedShift = inner.pageShift;
        return word;
    }

    @Override
    public long readLocated(Walk walk, int level, long hostAddress) {
        return host.readLocated(walk, level, hostAddress);
    }

    @Override
    public boolean updateEntry(Walk walk, int level, long address, long hostAddress, long expected, long update) {
        if (!Rights.permit(format.tableReferenceAccess(), format.tableUpdateAccess())
                && !translate(walk, level, address, format.tableUpdateAccess())) {
            walk.keepFaultOf(inner, true);
            return false;
        }
        return host.updateEntry(walk, level, hostAddress, hostAddress, expected, update);
    }

    @Override
    public void resolveLeaf(Walk walk) {
        if (!translate(walk, 0, walk.outputAddress, walk.access)) {
            walk.keepFaultOf(inner, false);
            return;
        }
        walk.outputAddress = inner.outputAddress;
        walk.stage2Shift = inner.pageShift;
        walk.pageShift = Math.min(walk.pageShift, inner.pageShift);
        walk.allowed &= inner.allowed;
    }

    private boolean translate(Walk walk, int outerLevel, long gpa, int access) {
        inner.startInside(walk, outerLevel, table.root(), gpa, access);
        format.walk(inner, host);
        return inner.succeeded();
    }
}

package org.memvirt.vmm.shadow;

import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.GuestTableCpu;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VmStopped;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/**
 * A vCPU under shadow paging. Hardware walks the shadow of the table that the guest has loaded; each fault is an exit, and
 * the VMM finds out from the guest's own table whose it is.
 */
final class ShadowCpu extends GuestTableCpu {
    private final ShadowVm machine;
    private final ShadowTables tables;
    private final GuestTables guestTables;
    private final ShadowFill fill;
    private final GuestPort guestPort;
    private final GuestTablePort way;
    private final Walk walk = Walk.outer();
    private ShadowTable shadow;
    private int asid;

    ShadowCpu(ShadowVm machine, VcpuServices services, ShadowTables tables) {
        super(services, services.hostPort(), services.softwarePort(), machine.unpaged().inputBits());
        this.machine = machine;
        this.tables = tables;
        guestTables = tables.guestTables();
        fill = new ShadowFill(machine, tables);
        guestPort = new GuestPort(machine.backing(), services.softwarePort());
        way = new GuestTablePort(machine.backing(), services.softwarePort(), guestTables);
        shadow = load(machine.unpaged(), 0);
    }

    private ShadowTable load(PageTableFormat guestFormat, long root) {
        return tables.load(new ShadowTable.Key(guestFormat, root), machine.shadowing(guestFormat));
    }

    @Override
    public PageTableFormat format() {
        return shadow.format.format();
    }

    @Override
    public long root(int number) {
        return shadow.table.root();
    }

    @Override
    public WalkPort guestPort() {
        return guestPort;
    }

    /** The shadow table that hardware walks. */
    ShadowTable shadow() {
        return shadow;
    }

    // The guest's privileged operations.

    @Override
    public void pagingOn(PageTableFormat guestFormat, int newAsid, long... roots) {
        services.exit(ExitCause.PAGING_MODE);
        super.pagingOn(guestFormat, newAsid, roots);
        changeTo(guestFormat, roots[0], newAsid);
    }

    @Override
    public void loadRoot(long root, int newAsid) {
        services.exit(ExitCause.ROOT_LOAD);
        super.loadRoot(root, newAsid);
        changeTo(shadow.key.guestFormat(), root, newAsid);
    }

    private void changeTo(PageTableFormat guestFormat, long root, int newAsid) {
        asid = newAsid;
        ShadowTable left = shadow;
        shadow = load(guestFormat, root);
        tables.leave(left);
        loseWhatMayBeStale();
        tables.recycle();
        machine.flush();
    }

    /** The guest may not rely any more on what a TLB could hold of its old tables. */
    private void loseWhatMayBeStale() {
        if (machine.sync().tracksTables()) {
            guestTables.syncAll();
        } else {
            tables.empty(shadow);
        }
    }

    @Override
    public void invalidate(Invalidation stale, int ofAsid) {
        services.exit(ExitCause.INVALIDATE);
        guestTables.syncUpper();
        if (!machine.sync().tracksTables() || guestTables.isAnyOutOfStep()) {
            for (ShadowCpu cpu : machine.cpus()) {
                // The table of another space is brought in step when it is loaded.
                if (cpu.asid == ofAsid) {
                    cpu.shadow.meantBy(stale.address(), stale.bytes()).forEach(this::loseIfStale);
                }
            }
        }
        machine.flush();
    }

    private void loseIfStale(ShadowEntry entry) {
        GuestEntry origin = entry.origin;
        if (origin != null) {
            guestTables.sync(origin);
        } else {
            tables.zap(entry);
        }
    }

    @Override
    public void invalidateSpaces() {
        services.exit(ExitCause.INVALIDATE);
        loseWhatMayBeStale();
        machine.flush();
    }

    // Faults.

    @Override
    public Resolution onFault(Walk failed) {
        if (failed.fault == Fault.OUT_OF_BOUNDS) {
            throw outOfBounds(failed.faultAddress);
        }
        walk.start(super.root(0), failed.inputAddress, failed.access);
        way.walk(walk, guestFormat(), services);
        if (walk.fault == Fault.OUT_OF_BOUNDS) {
            throw outOfBounds(walk.faultAddress);
        }
        if (!walk.succeeded()) {
            services.exit(ExitCause.PAGE_FAULT);
            machine.counts().trueFaults++;
            failed.takeFaultOf(walk);
            machine.flush();
            return Resolution.INJECT;
        }
        if (walk.outputAddress < 0 || walk.outputAddress >= machine.backing().size()) {
            throw outOfBounds(walk.outputAddress);
        }
        Resolution resolution = (walk.access & Rights.WRITE) != 0 && isTable(walk.outputAddress)
                ? storeToTable()
                : hiddenFault();
        machine.flush();
        return resolution;
    }

    private PageTableFormat guestFormat() {
        return shadow.key.guestFormat();
    }

    private VmStopped outOfBounds(long gpa) {
        services.exit(ExitCause.OUT_OF_BOUNDS);
        return new VmStopped("the guest touches gPA %#x, which it may not: its memory ends at %#x"
                .formatted(gpa, machine.backing().size()));
    }

    /** Whether what the walk ends in is protected, or will be once the walk's own way is. */
    private boolean isTable(long gpa) {
        GuestTable known = guestTables.at(gpa);
        return known != null
                ? !known.outOfStep
                : machine.sync().tracksTables() && way.passed(gpa, machine.backing().granuleShift());
    }

    private Resolution hiddenFault() {
        services.exit(ExitCause.HIDDEN_FAULT);
        machine.counts().hiddenFaults++;
        fill.fill(shadow, walk, way);
        return Resolution.HIDDEN;
    }

    /** The guest writes to one of its tables, through the TLB. */
    private Resolution storeToTable() {
        services.exit(ExitCause.TABLE_WRITE);
        machine.counts().tableWrites++;
        GuestTable table = guestTables.at(walk.outputAddress);
        boolean free = table != null && mayGoOutOfStep(table);
        if (services.storesWord() && !free) {
            emulate(walk.outputAddress & -Long.BYTES, services.storedWord());
            return Resolution.EMULATED;
        }
        // Also what cannot be emulated, since nobody knows what it writes.
        if (table != null) {
            guestTables.leaveOutOfStep(table);
        }
        fill.fill(shadow, walk, way);
        return Resolution.RETRY;
    }

    private boolean mayGoOutOfStep(GuestTable table) {
        return machine.sync() == SyncPolicy.UNSYNC && table.holdsLeavesAlone();
    }

    @Override
    public boolean onStore(long gpa, long value) {
        GuestTable table = guestTables.at(gpa);
        if (table == null || table.outOfStep) {
            return false;
        }
        services.exit(ExitCause.TABLE_WRITE);
        machine.counts().tableWrites++;
        if (mayGoOutOfStep(table)) {
            guestTables.leaveOutOfStep(table);
            return false;
        }
        emulate(gpa, value);
        machine.flush();
        return true;
    }

    /** Makes a store in the guest's place. */
    private void emulate(long gpa, long value) {
        long hostAddress = guestPort.locate(gpa, Rights.SUPERVISOR_WRITE);
        if (hostAddress < 0) {
            throw outOfBounds(gpa);
        }
        machine.counts().emulated++;
        long before = machine.host().memory().load(hostAddress);
        machine.host().memory().store(hostAddress, value);
        if (before != value) {
            guestTables.written(gpa);
        }
        GuestTable table = guestTables.at(gpa);
        if (table != null) {
            guestTables.countStore(table);
        }
    }
}

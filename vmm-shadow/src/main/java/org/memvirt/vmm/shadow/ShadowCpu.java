package org.memvirt.vmm.shadow;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.TagPool;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.GuestTableCpu;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VmStopped;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;
import org.memvirt.vmm.shadow.memory.GuestPort;

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
    private final int number;
    // By whom they are for, and then by the number of the root that hardware walks them from.
    private ShadowTable[][] loaded = {};
    private ShadowFormat format;
    private PageTableFormat guestFormat;
    private int asid;
    private boolean inKernel;
    // The VMM has just delivered a fault, and enters the guest's kernel for that.
    private boolean delivering;

    /** @param number of the vCPU, from 0 */
    ShadowCpu(ShadowVm machine, int number, VcpuServices services, ShadowTables tables) {
        super(services, services.hostPort(), services.softwarePort(), machine.unpaged().inputBits());
        this.machine = machine;
        this.number = number;
        this.tables = tables;
        guestTables = tables.guestTables();
        fill = new ShadowFill(machine, tables);
        guestPort = new GuestPort(machine.backing(), services.softwarePort());
        way = new GuestTablePort(machine.backing(), services.softwarePort(), guestTables);
        guestFormat = machine.unpaged();
        format = machine.shadowing(guestFormat);
        walk.recordsTables = true;
        loaded = load();
        giveTags();
    }

    /** The shadows of the roots that the guest has loaded, as many as its separation takes. */
    private ShadowTable[][] load() {
        Separation separation = machine.separation();
        ShadowTable[][] all = new ShadowTable[separation.tables()][format.format().roots()];
        for (int table = 0; table < all.length; table++) {
            View view = separation.view(separation == Separation.TWO_TABLES ? table != 0 : inKernel);
            int copy = separation == Separation.REWRITE ? number : table;
            for (int root = 0; root < all[table].length; root++) {
                // Of a guest with one root, all addresses are translated from that.
                long guestRoot = super.root(Math.min(root, guestFormat.roots() - 1));
                all[table][root] = tables.load(Role.ofRoot(guestFormat, root, guestRoot, copy), format, view);
                tables.turn(all[table][root], view);
            }
        }
        return all;
    }

    @Override
    public PageTableFormat format() {
        return format.format();
    }

    @Override
    public long root(int number) {
        return current()[number].table.root();
    }

    /** Those that hardware walks now. */
    private ShadowTable[] current() {
        return loaded[inKernel ? loaded.length - 1 : 0];
    }

    @Override
    public WalkPort guestPort() {
        return guestPort;
    }

    /** The shadow tables that it has loaded. */
    List<ShadowTable> shadows() {
        return Arrays.stream(loaded).flatMap(Arrays::stream).toList();
    }

    private ShadowTable shadowOf(long address) {
        return current()[format.format().rootOf(address)];
    }

    // Tags: a table's goes by that of root 0.

    @Override
    public int asid(int guestAsid) {
        if (!machine.tags().exist()) {
            return guestAsid;
        }
        // What is cached of another space goes with its entries when these are zapped; nothing has tag 0.
        return guestAsid == asid ? TagPool.tag(current()[0].ticket) : 0;
    }

    @Override
    public boolean removesAtRootLoad() {
        return !machine.tags().exist();
    }

    private void giveTags() {
        List<ShadowTable> used = Stream.concat(machine.cpus().stream().flatMap(ShadowCpu::tagged), tagged())
                .toList();
        tagged().forEach(table -> machine.tags().give(table, used));
    }

    /** The tables whose tags it runs under. */
    Stream<ShadowTable> tagged() {
        return Arrays.stream(loaded).map(roots -> roots[0]);
    }

    // Modes.

    @Override
    public void modeSwitch(boolean toKernel) {
        boolean entered = delivering && toKernel;
        delivering = false;
        inKernel = toKernel;
        if (machine.separation() == Separation.HARDWARE) {
            return;
        }
        if (!entered) {
            services.exit(ExitCause.MODE_SWITCH);
        }
        machine.counts().modeSwitches++;
        View view = machine.separation().view(inKernel);
        for (ShadowTable table : current()) {
            tables.turn(table, view);
        }
        if (loaded.length > 1 && !machine.tags().exist()) {
            // Both are cached under the same tag.
            tables.flushAll();
        }
        machine.flush();
    }

    // The guest's privileged operations.

    @Override
    public void pagingOn(PageTableFormat newGuestFormat, int newAsid, long... roots) {
        services.exit(ExitCause.PAGING_MODE);
        super.pagingOn(newGuestFormat, newAsid, roots);
        guestFormat = newGuestFormat;
        format = machine.shadowing(newGuestFormat);
        rootsLoaded(newAsid);
    }

    @Override
    public void loadRoot(long root, int newAsid) {
        services.exit(ExitCause.ROOT_LOAD);
        super.loadRoot(root, newAsid);
        rootsLoaded(newAsid);
    }

    private void rootsLoaded(int newAsid) {
        asid = newAsid;
        List<ShadowTable> left = shadows();
        loaded = load();
        giveTags();
        left.forEach(tables::leave);
        loseWhatMayBeStale();
        tables.recycle();
        machine.flush();
    }

    /** The guest may not rely any more on what a TLB could hold of its old tables. */
    private void loseWhatMayBeStale() {
        if (machine.sync().tracksTables()) {
            guestTables.syncAll();
        } else {
            shadows().forEach(tables::empty);
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
                    cpu.meantBy(stale).forEach(this::loseIfStale);
                }
            }
        }
        machine.flush();
    }

    private List<ShadowEntry> meantBy(Invalidation stale) {
        int root = format.format().rootOf(stale.address());
        List<ShadowEntry> found = new ArrayList<>();
        for (ShadowTable[] roots : loaded) {
            found.addAll(roots[root].meantBy(stale.address(), stale.bytes()));
        }
        return found;
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
    public void invalidateSpace(int ofAsid) {
        services.exit(ExitCause.INVALIDATE);
        for (ShadowCpu cpu : machine.cpus()) {
            if (cpu.asid == ofAsid) {
                cpu.loseWhatMayBeStale();
            }
        }
        machine.flush();
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
        walk.start(super.root(guestFormat.rootOf(failed.inputAddress)), failed.inputAddress, failed.access);
        way.walk(walk, guestFormat, services);
        if (walk.fault == Fault.OUT_OF_BOUNDS) {
            throw outOfBounds(walk.faultAddress);
        }
        if (!walk.succeeded()) {
            services.exit(ExitCause.PAGE_FAULT);
            machine.counts().trueFaults++;
            failed.takeFaultOf(walk);
            services.tell(() -> "the fault is the guest's own, and is delivered to it");
            delivering = true;
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
        fill();
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
        // That leaves the table out of step; so does a store that cannot be emulated, since nobody knows what it writes.
        fill();
        return Resolution.RETRY;
    }

    private void fill() {
        ShadowTable shadow = shadowOf(walk.inputAddress);
        ShadowEntry filled = fill.fill(shadow, walk, way);
        services.tell(() -> "gPA %#x lies at hPA %#x"
                .formatted(filled.gpa, machine.backing().find(filled.gpa)));
        if (machine.prefetch() > 1) {
            fill.prefetch(shadow, filled, walk, way, services);
        }
        tables.recycle();
        services.tell(() -> "the shadow table maps %s at %#x, allowing %s; the access is made again"
                .formatted(Sizes.ofPage(filled.shift), filled.address, Rights.text(filled.allowed)));
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
        services.tell(() -> "the VMM stores %#x at gPA %#x in the guest's place".formatted(value, gpa));
        machine.host().memory().store(hostAddress, value);
        guestTables.written(gpa, value);
        GuestTable table = guestTables.at(gpa);
        if (table != null) {
            guestTables.countStore(table);
        }
    }
}

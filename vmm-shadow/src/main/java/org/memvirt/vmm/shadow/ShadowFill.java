package org.memvirt.vmm.shadow;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.api.vmm.VmStopped;
import org.memvirt.api.walk.Walk;

/** Composes what the guest's table maps with what backs the guest's memory, and puts it into a shadow table. */
final class ShadowFill {
    private final ShadowVm machine;
    private final ShadowTables tables;
    private final GuestTables guestTables;
    private final GuestBacking backing;
    private final ShadowPath path;

    ShadowFill(ShadowVm machine, ShadowTables tables) {
        this.machine = machine;
        this.tables = tables;
        guestTables = tables.guestTables();
        backing = machine.backing();
        path = new ShadowPath(tables, machine.shares());
    }

    /**
     * Maps a page for an access.
     *
     * @param guest the walk of the guest's table, which allowed the access and ended at a gPA that the guest owns
     * @param way the entries that it read
     * @return the shadow entry that maps it now
     * @throws VmStopped when the host does not allow the access, or the shadow format cannot express what the guest's does
     */
    ShadowEntry fill(ShadowTable shadow, Walk guest, GuestTablePort way) {
        long gpa = guest.outputAddress;
        if (backing.populate(gpa, guest.access) < 0) {
            throw new VmStopped("the guest may not do %s at gPA %#x, which its host holds read-only"
                    .formatted(Rights.text(guest.access), gpa));
        }
        track(way);
        if ((guest.access & Rights.WRITE) != 0 && guestTables.isProtected(gpa)) {
            // A table may go out of step, or the store cannot be emulated, or its own way leads through what it writes.
            leaveOutOfStep(gpa);
        }
        int rights = rights(guest);
        int request = shadow.format.request(shadow.view().of(rights), guest.access);
        if (request == ShadowFormat.NONE) {
            throw new VmStopped(
                    "%s cannot express what the guest's table allows at %#x, %s: the access would never succeed"
                            .formatted(shadow.format.format().name(), guest.inputAddress, Rights.text(rights)));
        }
        ShadowEntry filled = put(shadow, guest, rights, request, way);
        settle(way);
        return filled;
    }

    private void track(GuestTablePort way) {
        if (machine.sync().tracksTables()) {
            guestTables.track(way);
        }
    }

    private void settle(GuestTablePort way) {
        if (machine.sync().tracksTables()) {
            guestTables.settle(way);
        }
    }

    /** What the guest may do where a walk ended: what its own table and the host both allow, and no stores to its tables. */
    private int rights(Walk guest) {
        int rights = guest.allowed & backing.rights(guest.outputAddress);
        return guestTables.isProtected(guest.outputAddress) ? rights & ~Rights.WRITE : rights;
    }

    /**
     * Maps the neighbours of an entry in its aligned group, as far as the guest has used them, the host has memory there, and
     * nothing is mapped yet. Nobody can tell: no bit of the guest's changes.
     *
     * @param walk to ask with
     */
    void prefetch(ShadowTable shadow, ShadowEntry filled, Walk walk, GuestTablePort way, VcpuServices services) {
        long first = filled.address & -((long) machine.prefetch() << filled.shift);
        for (int i = 0; i < machine.prefetch(); i++) {
            long address = first + ((long) i << filled.shift);
            if (shadow.at(address) == null) {
                walk.start(shadow.role.guestTable(), address, Rights.NONE);
                way.peek(walk, shadow.role.guestFormat(), services);
                long gpa = walk.outputAddress;
                if (walk.succeeded() && gpa >= 0 && gpa < backing.size() && backing.find(gpa) >= 0) {
                    prefetch(shadow, walk, way);
                }
            }
        }
    }

    private void prefetch(ShadowTable shadow, Walk guest, GuestTablePort way) {
        track(way);
        int rights = rights(guest);
        int request = shadow.format.request(shadow.view().of(rights), Rights.NONE);
        if (request != ShadowFormat.NONE && shadow.format.allows(request) != Rights.NONE) {
            attach(shadow, guest, way);
            if (shadow.at(guest.inputAddress) == null) {
                machine.counts().prefetched++;
                map(shadow, guest, rights, request, way);
            }
        }
        settle(way);
    }

    private void leaveOutOfStep(long gpa) {
        GuestTable table = guestTables.at(gpa);
        if (table != null) {
            guestTables.leaveOutOfStep(table);
        }
    }

    private ShadowEntry put(ShadowTable shadow, Walk guest, int rights, int request, GuestTablePort way) {
        boolean attached = attach(shadow, guest, way);
        for (ShadowEntry old = shadow.at(guest.inputAddress); old != null; old = shadow.at(guest.inputAddress)) {
            if (mapsTheSame(old, guest, origin(old.table, guest, way))) {
                boolean changes = attached || old.allowed != shadow.format.allows(request);
                machine.counts().spuriousFaults += changes ? 0 : 1;
                tables.change(old, rights, request);
                return old;
            }
            tables.zap(old);
            attached = attach(shadow, guest, way);
        }
        machine.counts().filled++;
        return map(shadow, guest, rights, request, way);
    }

    /** Links what other shadows have already. */
    private boolean attach(ShadowTable shadow, Walk guest, GuestTablePort way) {
        boolean attached = path.attach(shadow, guest, way);
        machine.counts().shared += attached ? 1 : 0;
        return attached;
    }

    private @Nullable GuestEntry origin(ShadowTable page, Walk guest, GuestTablePort way) {
        return machine.sync().tracksTables() ? ShadowPath.origin(page, guest, way) : null;
    }

    private ShadowEntry map(ShadowTable shadow, Walk guest, int rights, int request, GuestTablePort way) {
        int shift = largestShift(shadow, guest);
        long mask = -1L << shift;
        ShadowTable page = path.pageFor(shadow, guest, way, shift);
        return tables.map(
                page,
                guest.inputAddress & mask,
                guest.outputAddress & mask,
                shift,
                guest.stage1Shift,
                rights,
                request,
                guest.global,
                origin(page, guest, way));
    }

    /** Whether an entry, which no change of the host's has removed, needs other rights alone. */
    private boolean mapsTheSame(ShadowEntry old, Walk guest, @Nullable GuestEntry origin) {
        long within = (1L << old.shift) - 1;
        return old.origin == origin
                && old.gpa == (guest.outputAddress & ~within)
                && old.shift <= wholeShift(guest)
                && old.guestShift == guest.stage1Shift;
    }

    /** Offset bits of the smaller of the guest's page and the host's piece. */
    private int wholeShift(Walk guest) {
        // What is no larger than a granule is in one piece whatever the host does, and need not be asked for.
        return guest.pageShift <= backing.granuleShift()
                ? guest.pageShift
                : Math.min(guest.pageShift, backing.contiguousShift(guest.outputAddress));
    }

    /** The smaller of the guest's page and the host's piece, unless a table lies there, or something is mapped around. */
    private int largestShift(ShadowTable shadow, Walk guest) {
        long gpa = guest.outputAddress;
        int whole = wholeShift(guest);
        int[] shifts = shadow.format.pageShifts(shadow.role.number());
        for (int size = shifts.length - 1; size > 0; size--) {
            int shift = shifts[size];
            long mask = -1L << shift;
            long first = guest.inputAddress & mask;
            if (shift <= whole && !holdsTable(gpa & mask, shift) && shadow.isFree(first, first | ~mask)) {
                return shift;
            }
        }
        return shifts[0];
    }

    /** Whether a piece of more than a granule holds a table of the guest's. */
    private boolean holdsTable(long gpa, int shift) {
        return shift > backing.granuleShift() && guestTables.isAnyIn(gpa, 1L << shift);
    }
}

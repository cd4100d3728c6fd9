package org.memvirt.vmm.shadow;

import java.util.List;
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

    ShadowFill(ShadowVm machine, ShadowTables tables) {
        this.machine = machine;
        this.tables = tables;
        guestTables = tables.guestTables();
        backing = machine.backing();
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
        GuestEntry origin = machine.sync().tracksTables() ? guestTables.track(way) : null;
        if ((guest.access & Rights.WRITE) != 0 && guestTables.isProtected(gpa)) {
            // Its own way leads through what it writes.
            leaveOutOfStep(gpa);
        }
        int rights = guest.allowed & backing.rights(gpa);
        if (guestTables.isProtected(gpa)) {
            rights &= ~Rights.WRITE;
        }
        int request = shadow.format.request(rights, guest.access);
        if (request == ShadowFormat.NONE) {
            throw new VmStopped(
                    "%s cannot express what the guest's table allows at %#x, %s: the access would never succeed"
                            .formatted(shadow.format.format().name(), guest.inputAddress, Rights.text(rights)));
        }
        ShadowEntry filled = put(shadow, guest, request, origin);
        if (origin != null) {
            guestTables.built(origin);
        }
        return filled;
    }

    /**
     * Maps the neighbours of an entry in its aligned group, as far as the guest has used them, the host has memory there, and
     * nothing is mapped yet. Nobody can tell: no bit of the guest's changes.
     *
     * @param walk to ask with
     */
    void prefetch(ShadowEntry filled, Walk walk, GuestTablePort way, VcpuServices services) {
        ShadowTable shadow = filled.table;
        long first = filled.address & -((long) machine.prefetch() << filled.shift);
        for (int i = 0; i < machine.prefetch(); i++) {
            long address = first + ((long) i << filled.shift);
            if (shadow.at(address) == null) {
                walk.start(shadow.key.guestRoot(), address, Rights.NONE);
                way.peek(walk, shadow.key.guestFormat(), services);
                long gpa = walk.outputAddress;
                if (walk.succeeded() && gpa >= 0 && gpa < backing.size() && backing.find(gpa) >= 0) {
                    prefetch(shadow, walk, way);
                }
            }
        }
    }

    private void prefetch(ShadowTable shadow, Walk guest, GuestTablePort way) {
        GuestEntry origin = machine.sync().tracksTables() ? guestTables.track(way) : null;
        long gpa = guest.outputAddress;
        int rights = guest.allowed & backing.rights(gpa);
        if (guestTables.isProtected(gpa)) {
            rights &= ~Rights.WRITE;
        }
        int request = shadow.format.request(rights, Rights.NONE);
        if (request != ShadowFormat.NONE && shadow.format.allows(request) != Rights.NONE) {
            machine.counts().prefetched++;
            map(shadow, guest, request, origin);
        }
        if (origin != null) {
            guestTables.built(origin);
        }
    }

    private void leaveOutOfStep(long gpa) {
        GuestTable table = guestTables.at(gpa);
        if (table != null) {
            guestTables.leaveOutOfStep(table);
        }
    }

    private ShadowEntry put(ShadowTable shadow, Walk guest, int request, @Nullable GuestEntry origin) {
        ShadowEntry old = shadow.at(guest.inputAddress);
        if (old != null) {
            if (mapsTheSame(old, guest, origin)) {
                machine.counts().spuriousFaults += old.allowed == shadow.format.allows(request) ? 1 : 0;
                tables.change(old, request);
                return old;
            }
            tables.zap(old);
        }
        machine.counts().filled++;
        return map(shadow, guest, request, origin);
    }

    private ShadowEntry map(ShadowTable shadow, Walk guest, int request, @Nullable GuestEntry origin) {
        int shift = largestShift(shadow, guest);
        long mask = -1L << shift;
        return tables.map(
                shadow,
                guest.inputAddress & mask,
                guest.outputAddress & mask,
                shift,
                guest.stage1Shift,
                request,
                guest.global,
                origin);
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
        List<Integer> shifts = shadow.format.ofRoot(shadow.key.number()).pageShifts();
        for (int shift : shifts.reversed()) {
            long mask = -1L << shift;
            long first = guest.inputAddress & mask;
            boolean holdsTable = shift > backing.granuleShift() && guestTables.isAnyIn(gpa & mask, 1L << shift);
            if (shift <= whole && !holdsTable && shadow.isFree(first, first | ~mask)) {
                return shift;
            }
        }
        return shifts.getFirst();
    }
}

package org.memvirt.vmm.shadow;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.memvirt.api.access.Rights;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;

/** Checks what must hold between any two instructions of the guest. */
final class ShadowAudit {
    private final ShadowVm machine;
    private final ShadowTables tables;
    private final GuestBacking backing;
    private final List<String> broken = new ArrayList<>();
    private final Walk walk = Walk.outer();

    ShadowAudit(ShadowVm machine, ShadowTables tables) {
        this.machine = machine;
        this.tables = tables;
        backing = machine.backing();
    }

    /** A message for each law that is broken. */
    List<String> check() {
        long bytes = 0;
        Set<ShadowEntry> reached = new HashSet<>(tables.aliases().leadingTo(0, backing.size()));
        int entries = 0;
        for (ShadowTable shadow : tables.all()) {
            bytes += shadow.table.bytes();
            entries += shadow.size();
            checkLeaves(shadow);
            for (ShadowEntry entry : shadow.entries()) {
                if (!reached.contains(entry)) {
                    broken.add("%s is not known by what it leads to".formatted(entry));
                }
                checkBacking(entry);
                checkGuest(entry);
            }
        }
        if (entries != reached.size() || entries != tables.aliases().size()) {
            broken.add("shadow tables have %d entries, but %d are known by what they lead to, or %d"
                    .formatted(entries, reached.size(), tables.aliases().size()));
        }
        if (bytes != tables.bytes()) {
            broken.add("shadow tables take %d bytes, but %d are counted".formatted(bytes, tables.bytes()));
        }
        checkUsers();
        checkOrigins();
        return broken;
    }

    /** What hardware finds is what the VMM remembers. */
    private void checkLeaves(ShadowTable shadow) {
        int[] found = new int[1];
        shadow.table.forEach(leaf -> {
            found[0]++;
            ShadowEntry entry = shadow.at(leaf.inputAddress());
            if (entry == null
                    || entry.shift != leaf.pageShift()
                    || backing.find(entry.gpa) != leaf.outputAddress()
                    || entry.allowed != leaf.allowed()) {
                broken.add("%s maps %s, but the VMM remembers %s".formatted(shadow, leaf, entry));
            }
        });
        if (found[0] != shadow.size()) {
            broken.add("%s has %d leaves, but the VMM remembers %d".formatted(shadow, found[0], shadow.size()));
        }
    }

    /** Each granule lies where the entry has it, nothing is allowed that the host forbids, no protected table may be written. */
    private void checkBacking(ShadowEntry entry) {
        long granule = 1L << backing.granuleShift();
        long first = backing.find(entry.gpa);
        for (long at = 0; at < 1L << entry.shift; at += granule) {
            long gpa = entry.gpa + at;
            if (backing.find(gpa) != first + at || !Rights.permit(backing.rights(gpa), entry.allowed)) {
                broken.add("%s allows %s, but what backs gPA %#x lies at %#x and is allowed %s"
                        .formatted(entry, Rights.text(entry.allowed), gpa, backing.find(gpa),
                                Rights.text(backing.rights(gpa))));
                return;
            }
            if ((entry.allowed & Rights.WRITE) != 0 && tables.guestTables().isProtected(gpa)) {
                broken.add("%s may be written, but a table is protected at gPA %#x".formatted(entry, gpa));
                return;
            }
        }
    }

    /** What the guest's own table says now; where its tables may be out of step there is nothing to compare. */
    private void checkGuest(ShadowEntry entry) {
        if (!machine.sync().tracksTables() || tables.guestTables().isAnyOutOfStep()) {
            return;
        }
        ShadowTable.Key key = entry.table.key;
        walk.start(key.guestRoot(), entry.address, Rights.NONE);
        key.guestFormat().walk(walk, new GuestGlance(backing, machine.services().softwarePort()));
        if (walk.fault == Fault.OUT_OF_BOUNDS) {
            // The host has taken the memory of a table away, and keeps what is in it.
            return;
        }
        if (!walk.succeeded()
                || walk.outputAddress != entry.gpa
                || walk.pageShift != entry.guestShift
                || !Rights.permit(walk.allowed, entry.allowed)) {
            broken.add("%s allows %s, but the guest's table says %s"
                    .formatted(entry, Rights.text(entry.allowed), walk));
        }
    }

    private void checkUsers() {
        for (ShadowTable shadow : tables.all()) {
            long users = machine.cpus().stream().filter(cpu -> cpu.shadows().contains(shadow)).count();
            if (users != shadow.users) {
                broken.add("%s is loaded by %d vCPUs, but %d are counted".formatted(shadow, users, shadow.users));
            }
            if (users == 0 && shadow.isEmpty()) {
                broken.add("%s is empty and not loaded, but was not given back".formatted(shadow));
            }
        }
    }

    /** A granule is a table as long as something is built from it, and no longer. */
    private void checkOrigins() {
        for (GuestTable table : tables.guestTables().all()) {
            if (table.isEmpty()) {
                broken.add("%s is protected, but nothing is built from it".formatted(table));
            }
            for (GuestEntry entry : table.entries()) {
                if (!entry.isUsed() || entry.table != table) {
                    broken.add("nothing is built from %s, but it is remembered".formatted(entry));
                }
            }
        }
        for (ShadowTable shadow : tables.all()) {
            for (ShadowEntry entry : shadow.entries()) {
                GuestEntry origin = entry.origin;
                if (origin != null && origin.table.find(origin.address) != origin) {
                    broken.add("%s was built from %s, which is forgotten".formatted(entry, origin));
                }
            }
        }
    }
}

package org.memvirt.vmm.shadow;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTableFormat;
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
        Set<ShadowEntry> reached = new HashSet<>(tables.reverseMap().leadingTo(0, backing.size()));
        int entries = 0;
        for (ShadowTable shadow : tables.all()) {
            bytes += shadow.table.bytes();
            entries += shadow.size();
            for (ShadowEntry entry : shadow.entries()) {
                if (!reached.contains(entry)) {
                    broken.add("%s is not known by what it leads to".formatted(entry));
                }
                checkBacking(entry);
                checkView(entry);
            }
        }
        for (ShadowTable root : tables.roots()) {
            checkLeaves(root);
            root.forEach(entry -> checkGuest(root, entry));
            if (root.users != 0) {
                checkViews(root, root.view());
            }
        }
        if (entries != reached.size() || entries != tables.reverseMap().size()) {
            broken.add("shadow tables have %d entries, but %d are known by what they lead to, or %d"
                    .formatted(entries, reached.size(), tables.reverseMap().size()));
        }
        long pages =
                tables.pages().size() + tables.roots().stream().mapToLong(root -> root.tables() - below(root)).sum();
        if (pages != machine.counts().pages) {
            broken.add("shadows consist of %d tables, but %d are counted".formatted(pages, machine.counts().pages));
        }
        if (bytes != tables.bytes()) {
            broken.add("shadow tables take %d bytes, but %d are counted".formatted(bytes, tables.bytes()));
        }
        checkUsers();
        checkLinks();
        checkOrigins();
        return broken;
    }

    /** How many pages it links, those that these link included. */
    private static long below(ShadowTable table) {
        return table.links().stream().mapToLong(link -> 1 + below(link.child)).sum();
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
                    || entry.hidden
                    || entry.allowed != leaf.allowed()) {
                broken.add("%s maps %s, but the VMM remembers %s".formatted(shadow, leaf, entry));
            }
        });
        int[] remembered = new int[1];
        shadow.forEach(entry -> remembered[0] += entry.hidden ? 0 : 1);
        if (found[0] != remembered[0]) {
            broken.add("%s has %d leaves, but the VMM remembers %d".formatted(shadow, found[0], remembered[0]));
        }
    }

    /** Each granule lies where the entry has it, nothing is allowed that the host forbids, no protected table may be written. */
    private void checkBacking(ShadowEntry entry) {
        long granule = 1L << backing.granuleShift();
        long first = backing.find(entry.gpa);
        for (long at = 0; at < 1L << entry.shift; at += granule) {
            long gpa = entry.gpa + at;
            if (backing.find(gpa) != first + at || !Rights.permit(backing.rights(gpa), entry.granted())) {
                broken.add("%s grants %s, but what backs gPA %#x lies at %#x and is allowed %s"
                        .formatted(entry, Rights.text(entry.granted()), gpa, backing.find(gpa),
                                Rights.text(backing.rights(gpa))));
                return;
            }
            if ((entry.granted() & Rights.WRITE) != 0 && tables.guestTables().isProtected(gpa)) {
                broken.add("%s may be written, but a table is protected at gPA %#x".formatted(entry, gpa));
                return;
            }
        }
    }

    /** No more is allowed than whom the table is for may do, and what they may do nothing with is not there at all. */
    private void checkView(ShadowEntry entry) {
        View view = entry.table.view();
        if (!Rights.permit(view.of(entry.granted()), entry.allowed) || entry.hidden && entry.allowed != Rights.NONE) {
            broken.add("%s allows %s in a table for %s, of %s"
                    .formatted(entry, Rights.text(entry.allowed), view, Rights.text(entry.granted())));
        }
    }

    /** All that hardware may walk is for the same; what nobody has loaded may link what was rewritten since. */
    private void checkViews(ShadowTable table, View view) {
        if (table.view() != view) {
            broken.add("%s is for %s, but is linked by one that is for %s".formatted(table, table.view(), view));
        }
        table.links().forEach(link -> checkViews(link.child, view));
    }

    /** What the guest's own table says now; where its tables may be out of step there is nothing to compare. */
    private void checkGuest(ShadowTable root, ShadowEntry entry) {
        if (!machine.sync().tracksTables() || tables.guestTables().isAnyOutOfStep()) {
            return;
        }
        walk.start(root.role.guestTable(), entry.address, Rights.NONE);
        root.role.guestFormat().walk(walk, new GuestGlance(backing, machine.services().softwarePort()));
        if (walk.fault == Fault.OUT_OF_BOUNDS) {
            // The host has taken the memory of a table away, and keeps what is in it.
            return;
        }
        if (!walk.succeeded()
                || walk.outputAddress != entry.gpa
                || walk.pageShift != entry.guestShift
                || !Rights.permit(walk.allowed, entry.granted()) && !isGrantedElsewhere(root, entry)) {
            broken.add("%s grants %s, but the guest's table says %s"
                    .formatted(entry, Rights.text(entry.granted()), walk));
        }
    }

    /**
     * Whether another part of the same page of the guest allows it: of leaves that map one page together each says for itself
     * whether it was written to.
     */
    private boolean isGrantedElsewhere(ShadowTable root, ShadowEntry entry) {
        PageTableFormat format = root.role.guestFormat();
        long part = 1L << format.pageShifts().getFirst();
        long page = entry.address & -1L << entry.guestShift;
        for (long at = page; at < page + (1L << entry.guestShift); at += part) {
            walk.start(root.role.guestTable(), at, Rights.NONE);
            format.walk(walk, new GuestGlance(backing, machine.services().softwarePort()));
            if (walk.succeeded() && Rights.permit(walk.allowed, entry.granted())) {
                return true;
            }
        }
        return false;
    }

    private void checkUsers() {
        for (ShadowTable shadow : tables.roots()) {
            long users = machine.cpus().stream().filter(cpu -> cpu.shadows().contains(shadow)).count();
            if (users != shadow.users) {
                broken.add("%s is loaded by %d vCPUs, but %d are counted".formatted(shadow, users, shadow.users));
            }
            if (!machine.tags().sharers(tables.roots()).isEmpty()) {
                broken.add("%s have the tags of others".formatted(machine.tags().sharers(tables.roots())));
            }
            if (users == 0 && shadow.isEmpty()) {
                broken.add("%s is empty and not loaded, but was not given back".formatted(shadow));
            }
        }
    }

    /** A page is linked by somebody, and there is something in it; both ends of a link know of it, and so does the guest's entry. */
    private void checkLinks() {
        for (ShadowTable shadow : tables.all()) {
            if (shadow.role.isPage() && (shadow.isEmpty() || shadow.parents().isEmpty() || shadow.users != 0)) {
                broken.add("%s is empty, not linked, or loaded itself".formatted(shadow));
            }
            for (ShadowLink link : shadow.links()) {
                GuestEntry origin = link.origin;
                boolean known = link.parent == shadow && link.child.parents().contains(link)
                        && tables.find(link.child.role) == link.child;
                if (!known || origin != null && origin.table.find(origin.address) != origin) {
                    broken.add("%s is not known at both ends, or was built from what is forgotten".formatted(link));
                }
            }
        }
    }

    /** A granule is a table as long as something is built from it, and no longer. */
    private void checkOrigins() {
        for (GuestTable table : tables.guestTables().all()) {
            if (table.isEmpty()) {
                broken.add("%s is protected, but nothing is built from it".formatted(table));
            }
            if (table.holdsLeavesAlone() == table.entries().stream().anyMatch(GuestEntry::leadsOn)) {
                broken.add("%s is wrong about whether it holds leaves alone".formatted(table));
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

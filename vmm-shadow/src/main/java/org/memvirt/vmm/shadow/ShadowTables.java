package org.memvirt.vmm.shadow;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.Host;
import org.memvirt.api.vmm.VcpuServices;
import org.memvirt.vmm.shadow.memory.GuestPort;

/**
 * All shadow tables of a VM, and every entry in them. A table is kept when no vCPU has it loaded any more, until nothing is
 * left in it or its memory is wanted; those loaded longest ago go first. A page that several link goes when nothing is left in
 * it, or with the last that links it.
 */
final class ShadowTables {
    private final Host host;
    private final long mostBytes;
    private final GuestBacking backing;
    private final ShadowCounts counts;
    private final Flush flush;
    private final VcpuServices services;
    private final ReverseMap reverseMap;
    private final Aliases aliases;
    private final GuestTables guestTables;
    // The one loaded last comes last.
    private final Map<Role, ShadowTable> roots = new LinkedHashMap<>();
    private final Map<Role, ShadowTable> pages = new LinkedHashMap<>();
    private final int[] splintered = new int[Long.SIZE];
    private long bytes;

    /**
     * @param mostBytes that the tables may take; 0 for as many as there are
     * @param services of any vCPU of the VM
     */
    ShadowTables(
            Host host, long mostBytes, ShadowCounts counts, Flush flush, GuestPort memory, VcpuServices services) {
        this.host = host;
        this.mostBytes = mostBytes;
        this.counts = counts;
        this.flush = flush;
        this.services = services;
        backing = host.backing();
        int granuleShift = backing.granuleShift();
        reverseMap = new ReverseMap(granuleShift);
        aliases = new Aliases(this, reverseMap, granuleShift, counts);
        guestTables = new GuestTables(
                granuleShift,
                counts,
                table -> aliases.forbidWrites(table.gpa, 1L << granuleShift),
                this::zap,
                gpa -> host.memory().load(memory.locate(gpa, Rights.SUPERVISOR_READ)));
    }

    /** The guest's tables, as far as something was built from them. */
    GuestTables guestTables() {
        return guestTables;
    }

    /** The entries by what they lead to. */
    ReverseMap reverseMap() {
        return reverseMap;
    }

    /** What can be done to all that lead to the same. */
    Aliases aliases() {
        return aliases;
    }

    /** Whole page tables, and then the pages that they share. */
    Collection<ShadowTable> all() {
        List<ShadowTable> all = new ArrayList<>(roots.values());
        all.addAll(pages.values());
        return all;
    }

    /** The whole page tables, the one loaded last last. */
    Collection<ShadowTable> roots() {
        return roots.values();
    }

    /** The pages that they share. */
    Collection<ShadowTable> pages() {
        return pages.values();
    }

    /** What all tables take now. */
    long bytes() {
        return bytes;
    }

    // Tables.

    /** Finds or makes the table of a root that a vCPU loads, which is one of its users from now on. */
    ShadowTable load(Role role, ShadowFormat format, View view) {
        ShadowTable known = roots.remove(role);
        ShadowTable table = known != null ? known : make(role, format, view);
        roots.put(role, table);
        table.users++;
        counts.rootsMade += known == null ? 1 : 0;
        return table;
    }

    /** A vCPU does not use the table any more. */
    void leave(ShadowTable table) {
        table.users--;
        releaseIfDone(table);
    }

    /** The page with a role, or null. */
    @Nullable ShadowTable find(Role role) {
        return pages.get(role);
    }

    /** The page with a role, which is made if need be. */
    ShadowTable page(Role role, ShadowFormat format, View view) {
        ShadowTable known = pages.get(role);
        if (known != null) {
            return known;
        }
        ShadowTable made = make(role, format, view);
        pages.put(role, made);
        return made;
    }

    private ShadowTable make(Role role, ShadowFormat format, View view) {
        PageTableFormat ofRoot = format.ofRoot(role.number());
        CountedFrames frames = new CountedFrames(host.tableFrames(), counts);
        PageTable table = withRoom(() -> role.isPage()
                ? ofRoot.createPart(role.level(), host.memory(), frames)
                : ofRoot.create(host.memory(), frames));
        bytes += table.bytes();
        ShadowTable made = new ShadowTable(role, format, view, table, splintered);
        frames.belongTo(made);
        return made;
    }

    /**
     * Links a page where nothing is mapped.
     *
     * @param origin the guest's entry that leads to the table that the page stands for; null if parent and page stand for parts
     *     of the same
     */
    void link(ShadowTable parent, ShadowTable page, @Nullable GuestEntry origin) {
        ShadowLink link = new ShadowLink(parent, page, origin);
        breakFirst(parent, link.address(), 1L << page.coverShift());
        flush.note(withRoom(() -> parent.table.link(link.address(), page.table)));
        ShadowTable.add(link);
        if (origin != null) {
            origin.add(link);
        }
    }

    /** Takes a page away from one that links it. */
    private void cut(ShadowLink link) {
        ShadowTable parent = link.parent;
        flush.note(parent.table.unlink(link.address(), link.child.table));
        if (parent.format.format().loadsTopTable()) {
            flush.note(Invalidation.root(link.address(), 1));
        }
        ShadowTable.remove(link);
        guestTables.unlink(link);
        releaseIfDone(parent);
        releaseIfDone(link.child);
    }

    private interface Work<T> {
        T get();
    }

    /** Does what takes memory for tables; if there is none left, tables that nobody has loaded are given up first. */
    private <T> T withRoom(Work<T> work) {
        while (true) {
            try {
                return work.get();
            } catch (TableFrames.OutOfMemory full) {
                if (!recycleOldest()) {
                    throw full;
                }
            }
        }
    }

    /** Gives tables up until those that are left take no more than they may, or all are in use. */
    void recycle() {
        boolean more = true;
        while (more && mostBytes != 0 && bytes > mostBytes) {
            more = recycleOldest();
        }
    }

    private boolean recycleOldest() {
        for (ShadowTable table : roots.values()) {
            if (table.users == 0) {
                counts.recycled++;
                release(table);
                return true;
            }
        }
        return false;
    }

    private void releaseIfDone(ShadowTable table) {
        boolean isPage = table.role.isPage();
        boolean done = table.isEmpty() || isPage && table.parents().isEmpty();
        if (table.users == 0 && done && (isPage ? pages : roots).get(table.role) == table) {
            counts.released += isPage ? 0 : 1;
            release(table);
        }
    }

    private void release(ShadowTable table) {
        boolean isPage = table.role.isPage();
        (isPage ? pages : roots).remove(table.role);
        List.copyOf(table.parents()).forEach(this::cut);
        List.copyOf(table.entries()).forEach(this::forget);
        List.copyOf(table.links()).forEach(this::cut);
        bytes -= table.table.bytes();
        table.table.release();
        if (!isPage) {
            // Its memory may be a table again before anybody runs, and walk caches know it by its address. Of a page, what led
            // here went when it was cut.
            flush.noteAll();
        }
    }

    /** The VM ends: gives the memory of all tables back, whoever has loaded them. */
    void releaseAll() {
        while (!roots.isEmpty()) {
            release(roots.values().iterator().next());
        }
        while (!pages.isEmpty()) {
            release(pages.values().iterator().next());
        }
    }

    /** Zaps what is in a page, or below it, and was built from what has changed since; the page may be gone then. */
    void sync(ShadowTable page) {
        guestTables.syncUpper();
        Set<GuestEntry> origins = new LinkedHashSet<>();
        page.forEach(entry -> origins.add(Objects.requireNonNull(entry.origin)));
        origins.forEach(guestTables::sync);
    }

    /** Zaps all that is in a table. */
    void empty(ShadowTable table) {
        List.copyOf(table.entries()).forEach(this::zap);
        List.copyOf(table.links()).forEach(this::zap);
    }

    // Entries.

    /**
     * Maps a page in a table, where nothing is mapped.
     *
     * @param granted what the guest may do there
     * @param request the rights to map it with
     */
    ShadowEntry map(
            ShadowTable table, long address, long gpa, int shift, int guestShift, int granted, int request,
            boolean global, @Nullable GuestEntry origin) {
        ShadowEntry entry = new ShadowEntry(
                table, address, gpa, shift, guestShift, granted, table.format.allows(request), origin);
        mapLeaf(entry, request, global && table.view() == View.BOTH);
        table.add(entry);
        reverseMap.add(entry);
        if (origin != null) {
            origin.add(entry);
        }
        return entry;
    }

    private void mapLeaf(ShadowEntry entry, int request, boolean global) {
        PageTable table = entry.table.table;
        long rootBefore = table.root();
        long bytesBefore = table.bytes();
        int attributes = PageTable.ACCESSED | PageTable.DIRTY | (global ? PageTable.GLOBAL : 0);
        long hostAddress = backing.find(entry.gpa);
        makeRoom(entry);
        try {
            flush.note(withRoom(() -> table.map(entry.address, hostAddress, entry.shift, request, attributes)));
        } finally {
            bytes += table.bytes() - bytesBefore;
        }
        if (table.root() != rootBefore) {
            flush.noteRoot();
        }
    }

    /** Where the format wants it, an empty table goes before a page takes its place, and what is cached of what was there. */
    private void makeRoom(ShadowEntry entry) {
        ShadowTable shadow = entry.table;
        long bytes = 1L << entry.shift;
        if (breaksBeforeMake(shadow)) {
            shadow.table.prune(entry.address, bytes, entry.address, entry.address + bytes, flush::note);
        }
        breakFirst(shadow, entry.address, bytes);
    }

    /** Where the format wants it, caches lose what was in a range before anything else is put there. */
    private void breakFirst(ShadowTable shadow, long address, long bytes) {
        if (breaksBeforeMake(shadow) && flush.isPending(address, bytes)) {
            flush.now(services);
        }
    }

    private static boolean breaksBeforeMake(ShadowTable shadow) {
        return shadow.format.format().breaksBeforeMake();
    }

    private void unmapLeaf(ShadowEntry entry) {
        if (!entry.hidden) {
            flush.note(entry.table.table.unmap(entry.address));
        }
    }

    /** Removes an entry or a link; a table in which nothing is left, and that nobody has loaded, goes, too. */
    void zap(Built built) {
        if (built instanceof ShadowLink link) {
            counts.unlinked++;
            cut(link);
        } else if (built instanceof ShadowEntry entry) {
            counts.zapped++;
            unmapLeaf(entry);
            forget(entry);
            releaseIfDone(entry.table);
        }
    }

    private void forget(ShadowEntry entry) {
        entry.table.remove(entry);
        reverseMap.remove(entry);
        guestTables.unlink(entry);
    }

    /**
     * Has an entry map the same with other rights.
     *
     * @param granted what the guest may do
     * @param request the rights to map it with
     */
    void change(ShadowEntry entry, int granted, int request) {
        entry.grant(granted);
        allow(entry, request);
    }

    /** The same, where what the guest may do is noted already. */
    void allow(ShadowEntry entry, int request) {
        int allowed = entry.table.format.allows(request);
        if (entry.hidden) {
            mapLeaf(entry, request, false);
            entry.hidden = false;
        } else {
            Invalidation stale = entry.table.table.protect(entry.address, request);
            if (!Rights.permit(allowed, entry.allowed)) {
                // One that is cached with fewer rights counts as a miss; one with more must go.
                flush.note(stale);
            }
        }
        entry.allowed = allowed;
    }

    /** All that is cached for the VM goes before anybody runs. */
    void flushAll() {
        flush.noteAll();
    }

    /** Rewrites a table, and those that it links, for somebody else. */
    void turn(ShadowTable table, View view) {
        for (ShadowEntry entry : table.turn(view)) {
            counts.rewritten++;
            int request = table.format.request(view.of(entry.granted()), Rights.NONE);
            if (request != ShadowFormat.NONE && table.format.allows(request) != Rights.NONE) {
                allow(entry, request);
            } else {
                unmapLeaf(entry);
                entry.hidden = true;
                entry.allowed = Rights.NONE;
            }
        }
        table.links().forEach(link -> turn(link.child, view));
    }
}

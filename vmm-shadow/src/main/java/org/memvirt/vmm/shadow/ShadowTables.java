package org.memvirt.vmm.shadow;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.vmm.Host;

/**
 * All shadow tables of a VM, and every entry in them. A table is kept when no vCPU has it loaded any more, until nothing is
 * left in it or its memory is wanted; those loaded longest ago go first.
 */
final class ShadowTables {
    private final Host host;
    private final long mostBytes;
    private final int granuleShift;
    private final ShadowCounts counts;
    private final Flush flush;
    private final ReverseMap aliases;
    private final GuestTables guestTables;
    // The one loaded last comes last.
    private final Map<ShadowTable.Key, ShadowTable> tables = new LinkedHashMap<>();
    private long bytes;

    /** @param mostBytes that the tables may take; 0 for as many as there are */
    ShadowTables(Host host, long mostBytes, ShadowCounts counts, Flush flush, GuestPort memory) {
        this.host = host;
        this.mostBytes = mostBytes;
        this.counts = counts;
        this.flush = flush;
        granuleShift = host.backing().granuleShift();
        aliases = new ReverseMap(granuleShift);
        guestTables = new GuestTables(
                granuleShift,
                counts,
                table -> forbidWrites(table.gpa, 1L << granuleShift),
                this::zap,
                gpa -> host.memory().load(memory.locate(gpa, Rights.SUPERVISOR_READ)));
    }

    /** The guest's tables, as far as something was built from them. */
    GuestTables guestTables() {
        return guestTables;
    }

    /** The entries by what they lead to. */
    ReverseMap aliases() {
        return aliases;
    }

    Collection<ShadowTable> all() {
        return tables.values();
    }

    /** What all tables take now. */
    long bytes() {
        return bytes;
    }

    // Tables.

    /** Finds or makes the table of a root that a vCPU loads, which is one of its users from now on. */
    ShadowTable load(ShadowTable.Key key, ShadowFormat format) {
        ShadowTable known = tables.remove(key);
        ShadowTable table = known != null ? known : make(key, format);
        tables.put(key, table);
        table.users++;
        return table;
    }

    /** A vCPU does not use the table any more. */
    void leave(ShadowTable table) {
        table.users--;
        releaseIfDone(table);
    }

    private ShadowTable make(ShadowTable.Key key, ShadowFormat format) {
        PageTable table = withRoom(() -> format.ofRoot(key.number()).create(host.memory(), host.tableFrames()));
        bytes += table.bytes();
        counts.rootsMade++;
        return new ShadowTable(key, format, table);
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
        for (ShadowTable table : tables.values()) {
            if (table.users == 0) {
                counts.recycled++;
                release(table);
                return true;
            }
        }
        return false;
    }

    private void releaseIfDone(ShadowTable table) {
        if (table.users == 0 && table.isEmpty() && tables.containsKey(table.key)) {
            counts.released++;
            release(table);
        }
    }

    private void release(ShadowTable table) {
        tables.remove(table.key);
        for (ShadowEntry entry : List.copyOf(table.entries())) {
            forget(entry);
        }
        bytes -= table.table.bytes();
        table.table.release();
        // Its memory may be a table again before anybody runs, and walk caches know it by its address.
        flush.noteAll();
    }

    /** Zaps all that is in a table. */
    void empty(ShadowTable table) {
        List.copyOf(table.entries()).forEach(this::zap);
    }

    // Entries.

    /** Maps a page of a table, where nothing is mapped. */
    ShadowEntry map(
            ShadowTable table, long address, long gpa, int shift, int guestShift, int request, boolean global,
            @Nullable GuestEntry origin) {
        long rootBefore = table.table.root();
        long bytesBefore = table.table.bytes();
        int attributes = PageTable.ACCESSED | PageTable.DIRTY | (global ? PageTable.GLOBAL : 0);
        long hostAddress = host.backing().find(gpa);
        Invalidation stale;
        try {
            stale = withRoom(() -> table.table.map(address, hostAddress, shift, request, attributes));
        } finally {
            bytes += table.table.bytes() - bytesBefore;
        }
        flush.note(stale);
        if (table.table.root() != rootBefore) {
            flush.noteRoot();
        }
        ShadowEntry entry =
                new ShadowEntry(table, address, gpa, shift, guestShift, table.format.allows(request), origin);
        table.add(entry);
        aliases.add(entry);
        if (origin != null) {
            origin.add(entry);
        }
        return entry;
    }

    /** Removes an entry; if nothing is left in a table that nobody has loaded, that goes, too. */
    void zap(ShadowEntry entry) {
        counts.zapped++;
        flush.note(entry.table.table.unmap(entry.address));
        forget(entry);
        releaseIfDone(entry.table);
    }

    private void forget(ShadowEntry entry) {
        entry.table.remove(entry);
        aliases.remove(entry);
        guestTables.unlink(entry);
    }

    /** Has an entry map the same with other rights: those that were asked for with {@code request}. */
    void change(ShadowEntry entry, int request) {
        int allowed = entry.table.format.allows(request);
        Invalidation stale = entry.table.table.protect(entry.address, request);
        if (!Rights.permit(allowed, entry.allowed)) {
            // One that is cached with fewer rights counts as a miss; one with more must go.
            flush.note(stale);
        }
        entry.allowed = allowed;
    }

    /** Zaps all entries that lead to a part of a range. */
    void zapAliases(long gpa, long bytes) {
        aliases.leadingTo(gpa, bytes).forEach(this::zap);
    }

    /** Removes the entries of more than a granule that lead to some part of a range. */
    void zapAliasesOverGranule(long gpa, long bytes) {
        for (ShadowEntry entry : new ArrayList<>(aliases.leadingTo(gpa, bytes))) {
            if (entry.shift > granuleShift) {
                zap(entry);
            }
        }
    }

    /** Tells the entries that lead to some part of a range. */
    void forEachAlias(long gpa, long bytes, Consumer<ShadowEntry> visitor) {
        aliases.leadingTo(gpa, bytes).forEach(visitor);
    }

    /** Takes the right to write from all that leads to a part of a range. */
    void forbidWrites(long gpa, long bytes) {
        for (ShadowEntry entry : new ArrayList<>(aliases.leadingTo(gpa, bytes))) {
            if ((entry.allowed & Rights.WRITE) != 0) {
                boolean whole = entry.gpa >= gpa && entry.gpa + (1L << entry.shift) <= gpa + bytes;
                int request = entry.table.format.request(entry.allowed & ~Rights.WRITE, Rights.NONE);
                if (whole && request != ShadowFormat.NONE) {
                    counts.protectedEntries++;
                    change(entry, request);
                } else {
                    zap(entry);
                }
            }
        }
    }
}

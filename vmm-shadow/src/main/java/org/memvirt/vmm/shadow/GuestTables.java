package org.memvirt.vmm.shadow;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Which granules of the guest's memory are treated as page tables, and what was built from the entries in them: found from
 * the ways of the VMM's walks, so that a table may have any format. A granule is one as long as something is built from it.
 *
 * <p>A granule that is written again and again without being walked is given up as a table (write flooding). Each time that
 * this happens to a granule it takes twice as many stores: one that is written as data and walked in turn is not built and
 * torn down for ever.
 */
final class GuestTables {
    /** Stores without a walk after which a granule is given up at first: as many as KVM takes. */
    static final int FLOODED = 3;

    private static final int MOST_DOUBLINGS = 20;

    private final int granuleShift;
    private final ShadowCounts counts;
    private final TreeMap<Long, GuestTable> tables = new TreeMap<>();
    private final Set<GuestTable> outOfStep = new LinkedHashSet<>();
    // By granule, how often it was given up.
    private final Map<Long, Integer> floods = new HashMap<>();
    private final Consumer<GuestTable> protector;
    private final Consumer<Built> zapper;
    private final LongUnaryOperator memory;

    /**
     * @param protector takes the right to write a table from all that maps it
     * @param zapper removes what was built, and tells {@link #unlink} of it
     * @param memory reads a word of the guest's memory
     */
    GuestTables(
            int granuleShift,
            ShadowCounts counts,
            Consumer<GuestTable> protector,
            Consumer<Built> zapper,
            LongUnaryOperator memory) {
        this.granuleShift = granuleShift;
        this.counts = counts;
        this.protector = protector;
        this.zapper = zapper;
        this.memory = memory;
    }

    private long granule(long gpa) {
        return gpa & -1L << granuleShift;
    }

    @Nullable GuestTable at(long gpa) {
        return tables.get(granule(gpa));
    }

    /** Whether the guest's stores there must trap. */
    boolean isProtected(long gpa) {
        GuestTable table = at(gpa);
        return table != null && !table.outOfStep;
    }

    /** Whether there is a table in the range, in step or not. */
    boolean isAnyIn(long gpa, long bytes) {
        Long first = tables.ceilingKey(granule(gpa));
        return first != null && first < gpa + bytes;
    }

    Iterable<GuestTable> all() {
        return tables.values();
    }

    int size() {
        return tables.size();
    }

    // What was built.

    /**
     * Notes the entries that a walk has read, from which something is about to be built, and pins them until {@link #settle};
     * what was built from them when they held something else goes.
     */
    void track(GuestTablePort way) {
        for (int i = 0; i < way.length(); i++) {
            GuestEntry entry = current(way.address(i), way.value(i), way.entryBytes());
            entry.pin(true);
            entry.value = way.value(i);
            entry.table.writes = 0;
            way.setEntry(i, entry);
        }
    }

    /**
     * Has each entry of a part of a tracked way lead to the next, so that what is built from the last goes with any of them.
     *
     * @return the last, or null if the part is empty
     */
    static @Nullable GuestEntry chain(GuestTablePort way, int from, int to) {
        for (int i = from + 1; i < to; i++) {
            if (way.entry(i) != way.entry(i - 1)) {
                way.entry(i - 1).leadsTo(way.entry(i));
            }
        }
        return from == to ? null : way.entry(to - 1);
    }

    /** All that was to be built from a way that {@link #track} noted has been, if anything. */
    void settle(GuestTablePort way) {
        for (int i = 0; i < way.length(); i++) {
            way.entry(i).pin(false);
        }
        for (int i = way.length() - 1; i >= 0; i--) {
            release(way.entry(i));
        }
    }

    /** The entry, from which nothing is built that is not true while it holds {@code value}. */
    private GuestEntry current(long address, long value, int bytes) {
        GuestEntry known = find(address);
        if (known != null && known.value != value) {
            counts.synced++;
            forget(known);
            known = find(address);
        }
        return known != null ? known : tableFor(address).make(address, bytes);
    }

    private @Nullable GuestEntry find(long address) {
        GuestTable table = at(address);
        return table == null ? null : table.find(address);
    }

    private GuestTable tableFor(long address) {
        GuestTable known = at(address);
        if (known != null) {
            return known;
        }
        GuestTable table = new GuestTable(granule(address), granuleShift);
        tables.put(table.gpa, table);
        counts.mostGuestTables = Math.max(counts.mostGuestTables, tables.size());
        protector.accept(table);
        return table;
    }

    /** Zaps all that was built from an entry, through other entries, too. */
    private void forget(GuestEntry entry) {
        List<GuestEntry> led = entry.cutBelow();
        for (Built built = entry.first(); built != null; built = entry.first()) {
            zapper.accept(built);
        }
        led.forEach(this::forget);
        release(entry);
    }

    /** Something that was built is gone. */
    void unlink(Built built) {
        GuestEntry origin = built.origin;
        if (origin != null) {
            origin.remove(built);
            release(origin);
        }
    }

    /** Lets go of an entry of which nothing is built any more, and of those that led to it alone. */
    private void release(GuestEntry entry) {
        GuestTable table = entry.table;
        if (entry.isUsed() || table.find(entry.address) != entry) {
            return;
        }
        table.remove(entry);
        if (table.isEmpty()) {
            tables.remove(table.gpa);
            outOfStep.remove(table);
        }
        entry.cutAbove().forEach(this::release);
    }

    // Stores.

    /** The VMM has set accessed or dirty bits of an entry, which makes nothing untrue: the aligned word with it is this now. */
    void marked(long address, long before, long word) {
        GuestEntry entry = find(address);
        if (entry != null && entry.value == entry.valueIn(before)) {
            entry.value = entry.valueIn(word);
        }
    }

    /** The guest has stored an aligned word, by a trap. */
    void written(long address, long word) {
        for (long at = address; at < address + Long.BYTES; at += Integer.BYTES) {
            GuestEntry entry = find(at);
            if (entry != null && entry.value != entry.valueIn(word)) {
                counts.entriesRemoved++;
                forget(entry);
            }
        }
    }

    /** Counts a store to a table, and gives the table up when there were too many. */
    void countStore(GuestTable table) {
        table.writes++;
        int before = floods.getOrDefault(table.gpa, 0);
        if (table.writes >= FLOODED << Math.min(before, MOST_DOUBLINGS) && !table.isEmpty()) {
            counts.flooded++;
            floods.put(table.gpa, before + 1);
            table.entries().forEach(this::forget);
        }
    }

    // Tables that are out of step.

    /** Lets the guest write a table without traps until {@link #protect}. */
    void leaveOutOfStep(GuestTable table) {
        counts.unsync++;
        table.outOfStep = true;
        outOfStep.add(table);
    }

    boolean isAnyOutOfStep() {
        return !outOfStep.isEmpty();
    }

    int outOfStep() {
        return outOfStep.size();
    }

    /** Zaps what was built from an entry that has changed since, if its table is out of step. */
    void sync(GuestEntry entry) {
        if (entry.table.outOfStep && entry.isUsed() && isStale(entry)) {
            counts.synced++;
            forget(entry);
        }
    }

    private boolean isStale(GuestEntry entry) {
        return entry.valueIn(memory.applyAsLong(entry.address & -Long.BYTES)) != entry.value;
    }

    /** Brings tables back in step that do not hold leaves alone: a change there may reach any address. */
    void syncUpper() {
        for (GuestTable table : List.copyOf(outOfStep)) {
            if (!table.holdsLeavesAlone()) {
                table.entries().forEach(this::sync);
            }
        }
    }

    /** Brings all tables back in step, and protects them. */
    void syncAll() {
        for (GuestTable table : List.copyOf(outOfStep)) {
            table.entries().forEach(this::sync);
            table.outOfStep = false;
            if (outOfStep.remove(table)) {
                protector.accept(table);
            }
        }
    }
}

package org.memvirt.vmm.shadow;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;

/** The shadow of one page table of the guest, which hardware walks in its place. */
final class ShadowTable {
    /**
     * Which table of the guest it shadows, and where.
     *
     * @param guestFormat what fixes the table's meaning
     * @param number of the root, among those of the shadow's format, that it stands at
     * @param guestRoot the guest's root register
     */
    record Key(PageTableFormat guestFormat, int number, long guestRoot) {}

    final Key key;
    final ShadowFormat format;
    final PageTable table;
    private final TreeMap<Long, ShadowEntry> entries = new TreeMap<>();
    // By offset bits of the guest's page, how many entries map a part of one.
    private final int[] splintered = new int[Long.SIZE];
    /** How many vCPUs have it loaded. */
    int users;

    ShadowTable(Key key, ShadowFormat format, PageTable table) {
        this.key = key;
        this.format = format;
        this.table = table;
    }

    void add(ShadowEntry entry) {
        entries.put(entry.address, entry);
        splintered[entry.guestShift] += entry.isSplintered() ? 1 : 0;
    }

    void remove(ShadowEntry entry) {
        entries.remove(entry.address);
        splintered[entry.guestShift] -= entry.isSplintered() ? 1 : 0;
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    int size() {
        return entries.size();
    }

    Collection<ShadowEntry> entries() {
        return entries.values();
    }

    /** The entry that maps an address, or null. */
    @Nullable ShadowEntry at(long address) {
        Map.Entry<Long, ShadowEntry> below = entries.floorEntry(address);
        return below != null && below.getValue().lastAddress() >= address ? below.getValue() : null;
    }

    /** Whether nothing is mapped from {@code first}, the beginning of an aligned piece, to {@code last}. */
    boolean isFree(long first, long last) {
        Long next = entries.ceilingKey(first);
        return (next == null || next > last) && at(first) == null;
    }

    /**
     * The entries that a guest means which invalidates a range: those that map a part of it, and the other parts of a page
     * that is the guest's own and only here in parts.
     */
    List<ShadowEntry> meantBy(long address, long bytes) {
        long last = address + bytes - 1;
        List<ShadowEntry> found = new ArrayList<>();
        ShadowEntry before = at(address);
        if (before != null && before.address != address) {
            found.add(before);
        }
        found.addAll(entries.subMap(address, true, last, true).values());
        for (int shift = 0; shift < splintered.length; shift++) {
            if (splintered[shift] != 0) {
                int guestShift = shift;
                long mask = -1L << shift;
                addParts(address & mask, address - 1, guestShift, before, found);
                addParts(last + 1, last | ~mask, guestShift, before, found);
            }
        }
        return found;
    }

    private void addParts(
            long first, long last, int guestShift, @Nullable ShadowEntry known, List<ShadowEntry> found) {
        if (first <= last) {
            entries.subMap(first, true, last, true).values().stream()
                    .filter(entry -> entry.guestShift == guestShift && entry.isSplintered() && entry != known)
                    .forEach(found::add);
        }
    }

    @Override
    public String toString() {
        return "the shadow of root %#x".formatted(key.guestRoot);
    }
}

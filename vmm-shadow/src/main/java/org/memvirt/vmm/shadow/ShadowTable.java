package org.memvirt.vmm.shadow;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.Unpaged;

/**
 * The shadow of a page table of the guest, which hardware walks in its place; or, where shadows share their tables, one page of
 * some, which they link. What is asked of addresses is answered for all that lies below.
 */
final class ShadowTable {
    final Role role;
    final ShadowFormat format;
    final PageTable table;
    private final TreeMap<Long, ShadowEntry> entries = new TreeMap<>();
    private final TreeMap<Long, ShadowLink> links = new TreeMap<>();
    private final Set<ShadowLink> parents = new LinkedHashSet<>();
    // By offset bits of the guest's page, how many entries of all shadows map a part of one.
    private final int[] splintered;
    // Those that are not the same in all views.
    private final Set<ShadowEntry> ofOneView = new LinkedHashSet<>();
    private View view;
    // With those that it links.
    private int tables;
    private int mostTables;
    /** How many vCPUs have it loaded. */
    int users;
    /** Of {@link ShadowTags}: its tag, if that is current. */
    long ticket;

    /** @param splintered one array for all shadows that may link each other */
    ShadowTable(Role role, ShadowFormat format, View view, PageTable table, int[] splintered) {
        this.role = role;
        this.view = view;
        this.format = format;
        this.table = table;
        this.splintered = splintered;
    }

    /** Offset bits of the addresses that a page translates. */
    int coverShift() {
        return format.ofRoot(role.number()).coverShift(role.level());
    }

    /** For whom it is now. */
    View view() {
        return view;
    }

    /** Is for somebody else from now on; returns the entries that must be rewritten for that. */
    List<ShadowEntry> turn(View newView) {
        List<ShadowEntry> changed = view == newView ? List.of() : List.copyOf(ofOneView);
        view = newView;
        return changed;
    }

    /** The rights of an entry here have changed. */
    void noteRights(ShadowEntry entry) {
        if (view == View.BOTH) {
            return;
        }
        if (View.differ(entry.granted())) {
            ofOneView.add(entry);
        } else {
            ofOneView.remove(entry);
        }
    }

    /** It consists of so many tables more; so do those that link it. */
    void grow(int more) {
        tables += more;
        mostTables = Math.max(mostTables, tables);
        parents.forEach(link -> link.parent.grow(more));
    }

    /** How many tables it consists of, those that it links included. */
    int tables() {
        return tables;
    }

    /** How many they were at most. */
    int mostTables() {
        return mostTables;
    }

    // What it holds itself.

    void add(ShadowEntry entry) {
        entries.put(entry.address, entry);
        noteRights(entry);
        splintered[entry.guestShift] += entry.isSplintered() ? 1 : 0;
    }

    void remove(ShadowEntry entry) {
        entries.remove(entry.address);
        if (view != View.BOTH) {
            ofOneView.remove(entry);
        }
        splintered[entry.guestShift] -= entry.isSplintered() ? 1 : 0;
    }

    static void add(ShadowLink link) {
        link.parent.links.put(link.address(), link);
        link.child.parents.add(link);
        link.parent.grow(link.child.tables);
    }

    static void remove(ShadowLink link) {
        link.parent.links.remove(link.address());
        link.child.parents.remove(link);
        link.parent.grow(-link.child.tables);
    }

    boolean isEmpty() {
        return entries.isEmpty() && links.isEmpty();
    }

    int size() {
        return entries.size();
    }

    Collection<ShadowEntry> entries() {
        return entries.values();
    }

    Collection<ShadowLink> links() {
        return links.values();
    }

    /** The links that lead here. */
    Collection<ShadowLink> parents() {
        return parents;
    }

    // What lies below.

    /** The link that translates an address, or null. */
    @Nullable ShadowLink linkAt(long address) {
        if (links.isEmpty()) {
            return null;
        }
        Map.Entry<Long, ShadowLink> below = links.floorEntry(address);
        return below != null && below.getValue().lastAddress() >= address ? below.getValue() : null;
    }

    /** The entry that maps an address, or null. */
    @Nullable ShadowEntry at(long address) {
        ShadowTable owner = this;
        for (ShadowLink link = linkAt(address); link != null; link = owner.linkAt(address)) {
            owner = link.child;
        }
        return owner.ownAt(address);
    }

    private @Nullable ShadowEntry ownAt(long address) {
        Map.Entry<Long, ShadowEntry> below = entries.floorEntry(address);
        return below != null && below.getValue().lastAddress() >= address ? below.getValue() : null;
    }

    /** Whether nothing is mapped from {@code first}, the beginning of an aligned piece, to {@code last}. */
    boolean isFree(long first, long last) {
        ShadowTable owner = this;
        ShadowLink link = linkAt(first);
        while (link != null && link.lastAddress() >= last) {
            owner = link.child;
            link = owner.linkAt(first);
        }
        Long entry = owner.entries.ceilingKey(first);
        Long next = owner.links.ceilingKey(first);
        return (entry == null || entry > last) && (next == null || next > last) && owner.ownAt(first) == null;
    }

    /** Visits the entries that map a part of a range, by address. */
    void forEach(long first, long last, Consumer<ShadowEntry> visitor) {
        if (first > last) {
            return;
        }
        ShadowEntry before = ownAt(first);
        if (before != null && before.address != first) {
            visitor.accept(before);
        }
        entries.subMap(first, true, last, true).values().forEach(visitor);
        if (!links.isEmpty()) {
            ShadowLink around = linkAt(first);
            long from = around == null ? first : around.address();
            links.subMap(from, true, last, true).values().forEach(link -> link.child.forEach(
                    Math.max(first, link.address()), Math.min(last, link.lastAddress()), visitor));
        }
    }

    /** Visits all entries. */
    void forEach(Consumer<ShadowEntry> visitor) {
        entries.values().forEach(visitor);
        links.values().forEach(link -> link.child.forEach(visitor));
    }

    /** How many entries there are. */
    int count() {
        return entries.size() + links.values().stream().mapToInt(link -> link.child.count()).sum();
    }

    /**
     * The entries that a guest means which invalidates a range: those that map a part of it, and the other parts of a page
     * that is the guest's own and only here in parts.
     */
    List<ShadowEntry> meantBy(long address, long bytes) {
        long last = address + bytes - 1;
        List<ShadowEntry> found = new ArrayList<>();
        forEach(address, last, found::add);
        for (int shift = 0; shift < splintered.length; shift++) {
            if (splintered[shift] != 0) {
                int guestShift = shift;
                long mask = -1L << shift;
                Consumer<ShadowEntry> part = entry -> {
                    boolean outside = entry.lastAddress() < address || entry.address > last;
                    if (outside && entry.guestShift == guestShift && entry.isSplintered()) {
                        found.add(entry);
                    }
                };
                forEach(address & mask, address - 1, part);
                forEach(last + 1, last | ~mask, part);
            }
        }
        return found;
    }

    /** Of a whole page table, what it stands for. */
    String describe() {
        return "%s%#x%s%s".formatted(
                role.guestFormat() instanceof Unpaged ? "paging off, " : "root ",
                role.guestTable(),
                role.number() == 0 ? "" : " of half " + role.number(),
                role.copy() == 0 ? "" : ", copy " + role.copy());
    }

    @Override
    public String toString() {
        return role.isPage()
                ? "the shadow page for %#x of the guest's table at gPA %#x".formatted(role.base(), role.guestTable())
                : "the shadow of " + describe();
    }
}

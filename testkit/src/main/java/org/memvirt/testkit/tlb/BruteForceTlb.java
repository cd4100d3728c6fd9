package org.memvirt.testkit.tlb;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.TlbPreset.OtherSizes;
import org.memvirt.api.tlb.TlbPreset.Replacement;
import org.memvirt.api.walk.Walk;

/**
 * The rules of a TLB with LRU or LFU replacement, written down with plain lists and no shortcut.
 *
 * <p>Groups are asked level by level; in a group the arrays in their order, each for its smallest page that holds the
 * address. An entry that lacks a right does not answer and is not touched; it is removed when its successor is filled in.
 * A hit at a level makes the entry its set's most recent and fills all levels before it, the deepest first.
 */
public final class BruteForceTlb implements Tlb {
    private final List<Group> groups = new ArrayList<>();
    private int vm;
    private int space;

    public BruteForceTlb(TlbPreset preset) {
        preset.groups().forEach(described -> groups.add(new Group(described)));
    }

    private static final class Entry {
        final int shift;
        final long page;
        final boolean global;
        final int owner;
        final long frame;
        final int allowed;
        long uses = 1;

        Entry(int shift, long page, boolean global, int owner, long frame, int allowed) {
            this.shift = shift;
            this.page = page;
            this.global = global;
            this.owner = owner;
            this.frame = frame;
            this.allowed = allowed;
        }

        boolean holds(long address) {
            return address >>> shift == page;
        }

        boolean overlaps(long address, long bytes) {
            long first = page << shift;
            return first + (1L << shift) - 1 - address >= 0 && address + bytes - 1 - first >= 0;
        }

        boolean isOf(Target owners) {
            return global ? owners.includeGlobalsOf(owner) : owners.includeSpace(owner);
        }
    }

    private static final class Group {
        final TlbPreset.Group described;
        final Counts counts;
        final List<Array> arrays = new ArrayList<>();

        Group(TlbPreset.Group described) {
            this.described = described;
            counts = new Counts(described.name());
            described.arrays().forEach(array -> arrays.add(new Array(array)));
        }

        boolean serves(int needed) {
            return (needed & Rights.EXECUTE) != 0 ? described.code() : described.data();
        }
    }

    /** Each set is a list, the most recently used entry first. */
    private static final class Array {
        final TlbPreset.Array described;
        final List<List<Entry>> sets = new ArrayList<>();

        Array(TlbPreset.Array described) {
            this.described = described;
            for (int set = 0; set < described.sets(); set++) {
                sets.add(new ArrayList<>());
            }
        }

        List<Entry> setOf(int shift, long page) {
            return sets.get((int) Long.remainderUnsigned(page, described.sets()));
        }

        /** The largest size not above {@code shift}, or -1. */
        int sizeFor(int shift) {
            return described.pageShifts().stream()
                    .filter(size -> size <= shift)
                    .mapToInt(Integer::intValue)
                    .max()
                    .orElse(-1);
        }
    }

    @Override
    public int advance(AccessBatch batch, int from, int to) {
        for (int at = from; at < to; at++) {
            if (!look(batch.addresses[at], batch.kinds[at])) {
                return at;
            }
        }
        return to;
    }

    private boolean look(long address, int needed) {
        List<Group> path = path(needed);
        for (int level = 0; level < path.size(); level++) {
            Group group = path.get(level);
            for (Array array : group.arrays) {
                Entry entry = find(array, address);
                if (entry != null && Rights.permit(entry.allowed, needed)) {
                    group.counts.hits++;
                    use(array, entry);
                    long output = entry.frame | address & (1L << entry.shift) - 1;
                    fill(path, level, address, entry.shift, output, entry.allowed, entry.global);
                    return true;
                }
            }
            group.counts.misses++;
        }
        return false;
    }

    private List<Group> path(int needed) {
        return groups.stream().filter(group -> group.serves(needed)).toList();
    }

    private @Nullable Entry find(Array array, long address) {
        for (int shift : array.described.pageShifts()) {
            for (boolean global : new boolean[] {false, true}) {
                for (Entry entry : array.setOf(shift, address >>> shift)) {
                    if (entry.shift == shift
                            && entry.holds(address)
                            && entry.global == global
                            && entry.owner == (global ? vm : space)) {
                        return entry;
                    }
                }
            }
        }
        return null;
    }

    private static void use(Array array, Entry entry) {
        List<Entry> set = array.setOf(entry.shift, entry.page);
        set.remove(entry);
        set.addFirst(entry);
        entry.uses++;
    }

    /** Makes room: the entry that was used least often where that counts, and of those, or else, the least recently used. */
    private static void removeOne(Array array, List<Entry> set) {
        Entry goes = set.getLast();
        for (Entry entry : set.reversed()) {
            if (array.described.replacement() == Replacement.LFU && entry.uses < goes.uses) {
                goes = entry;
            }
        }
        set.remove(goes);
    }

    @Override
    public void insert(Walk walk, int needed) {
        List<Group> path = path(needed);
        fill(path, path.size(), walk.inputAddress, walk.pageShift, walk.outputAddress, walk.allowed, walk.global);
    }

    private void fill(
            List<Group> path, int levels, long address, int pageShift, long output, int allowed, boolean global) {
        for (int level = levels - 1; level >= 0; level--) {
            Array best = null;
            Group group = path.get(level);
            for (Array array : group.arrays) {
                Entry old = find(array, address);
                if (old != null) {
                    array.setOf(old.shift, old.page).remove(old);
                }
                if (array.sizeFor(pageShift) >= 0
                        && (group.described.others() == OtherSizes.SPLINTER || array.sizeFor(pageShift) == pageShift)
                        && (best == null || array.sizeFor(pageShift) > best.sizeFor(pageShift))) {
                    best = array;
                }
            }
            if (best != null) {
                int shift = best.sizeFor(pageShift);
                long page = address >>> shift;
                List<Entry> set = best.setOf(shift, page);
                if (set.size() == best.described.ways()) {
                    removeOne(best, set);
                }
                set.addFirst(new Entry(shift, page, global, global ? vm : space, output & -1L << shift, allowed));
            }
        }
    }

    @Override
    public void cancelMiss(int needed) {
        path(needed).forEach(group -> group.counts.misses--);
    }

    @Override
    public void select(int newVm, int newSpace) {
        vm = newVm;
        space = newSpace;
    }

    @Override
    public void invalidate(Target owners) {
        removeIf(entry -> entry.isOf(owners));
    }

    @Override
    public void invalidate(Target owners, long address, long bytes) {
        removeIf(entry -> entry.isOf(owners) && entry.overlaps(address, bytes));
    }

    @Override
    public void invalidateAll() {
        removeIf(entry -> true);
    }

    private void removeIf(Predicate<Entry> stale) {
        for (Group group : groups) {
            for (Array array : group.arrays) {
                array.sets.forEach(set -> set.removeIf(stale));
            }
        }
    }

    @Override
    public boolean probe(long address, int needed, Walk answer) {
        for (Group group : path(needed)) {
            for (Array array : group.arrays) {
                Entry entry = find(array, address);
                if (entry != null && Rights.permit(entry.allowed, needed)) {
                    answer.outputAddress = entry.frame | address & (1L << entry.shift) - 1;
                    answer.pageShift = entry.shift;
                    answer.allowed = entry.allowed;
                    answer.global = entry.global;
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    public List<Counts> counts() {
        return groups.stream().map(group -> group.counts).toList();
    }
}

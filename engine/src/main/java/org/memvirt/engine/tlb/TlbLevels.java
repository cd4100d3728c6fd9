package org.memvirt.engine.tlb;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.walk.Walk;

/**
 * The levels of TLBs that a preset describes, looked up and filled one access after another. Most accesses of real programs go
 * to a page that has an entry at level 1 and change nothing but the time of its use: the {@link MruFilter} answers those.
 */
public final class TlbLevels {
    private final Uses uses;
    private final MruFilter mru;
    private final TlbGroups groups;
    private final TlbGroup[] dataPath;
    private final TlbGroup[] codePath;
    private final Tags tags;
    // Of the current space, and of its VM's global entries.
    private int tag;
    private int globalTag;
    // Whether the look-up under way found an entry that lacks rights, which its successor must replace.
    private boolean stale;
    // While a block is under way, its misses, whose entries have no values yet; else null.
    private @Nullable Walked walked;
    // Level-1 misses since beginHits.
    private int dataMisses;
    private int codeMisses;

    /** @param seed of random replacement */
    public TlbLevels(TlbPreset preset, long seed) {
        groups = new TlbGroups(preset, seed);
        dataPath = groups.data;
        codePath = groups.code;
        uses = groups.uses;
        mru = new MruFilter(uses);
        tags = new Tags(groups::usedTags);
    }

    /** The groups that serve data, by level; those that serve code may be the same. */
    public List<TlbGroup> data() {
        return List.of(dataPath);
    }

    /** Likewise those that serve code. */
    public List<TlbGroup> code() {
        return List.of(codePath);
    }

    /** The times of the uses of level 1's entries. */
    public Uses uses() {
        return uses;
    }

    public int entries() {
        return groups.entries();
    }

    // Blocks.

    /** Keeps everything, for {@link #undo}; from now on misses may be given entries by {@link #insertPending}. */
    public void plan(Walked ofBlock) {
        walked = ofBlock;
        groups.save();
        mru.save();
    }

    /** Makes everything what it was at {@link #plan}. */
    public void undo() {
        walked = null;
        groups.restore();
        mru.restore();
    }

    /** Gives all entries what their walks answered. */
    public void settle(Walked ofBlock) {
        walked = null;
        groups.settle(ofBlock);
    }

    // Looking up.

    /** {@link Tlb#advance}. */
    public int advance(AccessBatch batch, int from, int to) {
        beginHits();
        int at = step(batch.addresses, batch.kinds, from, to);
        int code = codeAccesses(batch.kinds, from, at);
        // The access that missed all levels is beyond those that are counted here.
        boolean missed = at != to;
        boolean missedCode = missed && isCode(batch.kinds[at]);
        codeMisses -= missedCode ? 1 : 0;
        dataMisses -= missed && !missedCode ? 1 : 0;
        countHits(code, at - from - code);
        return at;
    }

    /** After all accesses of a stretch were looked up, those that missed included: counts the others as hits of level 1. */
    public void countHits(byte[] kinds, int from, int to) {
        int code = codeAccesses(kinds, from, to);
        countHits(code, to - from - code);
    }

    /** Begins to count level-1 misses, for {@link #countHits}. */
    public void beginHits() {
        dataMisses = 0;
        codeMisses = 0;
    }

    /** Counts those of so many level-1 look-ups that hit: all but the misses since {@link #beginHits}. */
    public void countHits(int code, int data) {
        codePath[0].counts.hits += code - codeMisses;
        dataPath[0].counts.hits += data - dataMisses;
    }

    /** After the entries of level 1 were changed by others: nothing is known of them. */
    public void forgetMru() {
        mru.clear();
    }

    /** The first access from {@code from} on that misses all levels; {@code to} if none does. */
    public int step(long[] addresses, byte[] kinds, int from, int to) {
        long time = uses.now() + 1 - from;
        int at = from;
        while (true) {
            at = mru.skim(addresses, kinds, at, to, time);
            uses.goOn(time + at);
            if (at == to || !look(addresses[at], kinds[at])) {
                return at;
            }
            at++;
        }
    }

    private static int codeAccesses(byte[] kinds, int from, int to) {
        int code = 0;
        for (int i = from; i < to; i++) {
            int need = kinds[i];
            code += (need >> 2 | need >> 5) & 1;
        }
        return code;
    }

    private static boolean isCode(int need) {
        return (need & Rights.EXECUTE) != 0;
    }

    private TlbGroup[] pathOf(int need) {
        return isCode(need) ? codePath : dataPath;
    }

    /** Looks every level up for an access after all that were looked up before. */
    public boolean lookNext(long address, int need) {
        uses.goOn(uses.now() + 1);
        return look(address, need);
    }

    /** Looks every level up for an access that the MRU filter did not answer; false if it misses them all. */
    private boolean look(long address, int need) {
        TlbGroup[] path = pathOf(need);
        stale = false;
        for (TlbArray array : path[0].arrays) {
            int entry = array.find(address, tag, globalTag);
            if (entry != TlbArray.NONE) {
                if (allows(array, entry, need)) {
                    array.touch(entry);
                    noteUse(array, entry, address, need);
                    return true;
                }
                stale = true;
            }
        }
        path[0].counts.misses++;
        if (isCode(need)) {
            codeMisses++;
        } else {
            dataMisses++;
        }
        return lookBeyond(path, address, need);
    }

    /** Whether the entry allows it; one whose walk is not made yet does, and the walk must. */
    private boolean allows(TlbArray array, int entry, int need) {
        int lacking = need & ~array.allowed(entry);
        if (lacking != 0 && walked != null && Pending.is(array.value(entry))) {
            walked.demand(Pending.number(array.value(entry)), lacking);
            array.setValue(entry, array.value(entry) | lacking);
            return true;
        }
        return lacking == 0;
    }

    private boolean lookBeyond(TlbGroup[] path, long address, int need) {
        for (int level = 1; level < path.length; level++) {
            TlbGroup group = path[level];
            for (TlbArray array : group.arrays) {
                int entry = array.find(address, tag, globalTag);
                if (entry != TlbArray.NONE) {
                    if (allows(array, entry, need)) {
                        group.counts.hits++;
                        array.touch(entry);
                        fill(
                                path,
                                level,
                                address,
                                need,
                                array.pageShift(entry),
                                array.output(entry, address),
                                array.allowed(entry),
                                array.isGlobal(entry),
                                array.value(entry));
                        return true;
                    }
                    stale = true;
                }
            }
            group.counts.misses++;
        }
        return false;
    }

    // Filling.

    /** Puts a translation, for an access that missed all levels, into each of them. */
    public void insert(long address, int need, int pageShift, long output, int allowed, boolean global) {
        TlbGroup[] path = pathOf(need);
        fill(path, path.length, address, need, pageShift, output, allowed, global, 0);
    }

    /** The same for a translation whose walk is not made yet, and is foreseen to have a page of this size. */
    public void insertPending(long address, int need, int pageShift, int number) {
        TlbGroup[] path = pathOf(need);
        fill(path, path.length, address, need, pageShift, 0, need, false, Pending.value(number, need));
    }

    /** Forgets that an access missed: it is given up. */
    public void cancelMiss(int need) {
        for (TlbGroup group : pathOf(need)) {
            group.counts.misses--;
        }
    }

    /**
     * Puts a translation into the levels below {@code levels}, the last of them first.
     *
     * @param value that of an entry with the translation: if it is {@link Pending}, the new ones have it, too
     */
    private void fill(
            TlbGroup[] path,
            int levels,
            long address,
            int need,
            int pageShift,
            long output,
            int allowed,
            boolean global,
            long value) {
        if (stale) {
            removeStale(path, levels, address);
        }
        for (int level = levels - 1; level >= 0; level--) {
            TlbArray best = path[level].arrayFor(pageShift);
            if (best != null) {
                int bestSize = best.sizeFor(pageShift);
                int entry;
                if (level == 0) {
                    entry = placeFirst(best, bestSize, address, output, allowed, global);
                    noteUse(best, entry, address, need);
                } else {
                    entry = best.take(address, bestSize);
                    best.write(entry, address, bestSize, global ? globalTag : tag, global, output, allowed);
                }
                if (Pending.is(value)) {
                    best.setValue(entry, value);
                }
            }
        }
    }

    private int placeFirst(TlbArray array, int size, long address, long output, int allowed, boolean global) {
        int entry = array.take(address, size);
        if (array.isValid(entry)) {
            mru.drop(array.page(entry), array.pageShift(entry));
        }
        array.write(entry, address, size, global ? globalTag : tag, global, output, allowed);
        return entry;
    }

    /** The next uses of the page need not be looked up, as long as they change nothing else. */
    private void noteUse(TlbArray array, int entry, long address, int need) {
        if (array.countsUses()) {
            return;
        }
        if (array.needsLatest()) {
            int before = array.makeLatest(entry);
            if (before != entry && before != TlbArray.NONE && array.isValid(before)) {
                mru.drop(array.page(before), array.pageShift(before));
            }
        }
        mru.put(address, need, array.pageShift(entry), array.allowed(entry), array.useOf(entry));
    }

    /** Removes the entries whose lack of rights the new one makes up for; they may lie in other arrays, as other sizes. */
    private void removeStale(TlbGroup[] path, int levels, long address) {
        for (int level = 0; level < levels; level++) {
            for (TlbArray array : path[level].arrays) {
                int entry = array.find(address, tag, globalTag);
                if (entry != TlbArray.NONE) {
                    if (level == 0) {
                        mru.drop(array.page(entry), array.pageShift(entry));
                    }
                    array.remove(entry);
                }
            }
        }
    }

    // Spaces and invalidation.

    /** The tag of entries of the current space. */
    public int tag() {
        return tag;
    }

    /** The tag of its VM's global entries. */
    public int globalTag() {
        return globalTag;
    }

    public void select(int vm, int space) {
        tags.select(vm, space);
        tag = tags.tag();
        globalTag = tags.globalTag();
        mru.clear();
    }

    /** Whether so many spaces have entries at once that only {@link TlbArray#find} tells them apart. */
    public boolean hasWideTags() {
        return tags.areWide();
    }

    public void invalidateAll() {
        mru.clear();
        groups.forEachArray(TlbRemoval::everything);
    }

    public void invalidate(Tlb.Target owners) {
        mru.clear();
        boolean[] chosen = tags.of(owners);
        groups.forEachArray(array -> TlbRemoval.all(array, any -> chosen[any]));
    }

    public void invalidate(Tlb.Target owners, long address, long bytes) {
        mru.clear();
        groups.forEachArray(array -> TlbRemoval.range(array, any -> tags.isOf(any, owners), address, bytes));
    }

    // For others.

    public boolean probe(long address, int needed, Walk answer) {
        for (TlbGroup group : pathOf(needed)) {
            for (TlbArray array : group.arrays) {
                int entry = array.find(address, tag, globalTag);
                if (entry != TlbArray.NONE && (needed & ~array.allowed(entry)) == 0) {
                    answer.inputAddress = address;
                    answer.outputAddress = array.output(entry, address);
                    answer.pageShift = array.pageShift(entry);
                    answer.allowed = array.allowed(entry);
                    answer.global = array.isGlobal(entry);
                    return true;
                }
            }
        }
        return false;
    }

    public List<Tlb.Counts> counts() {
        return groups.counts();
    }

    public long wholeSizes() {
        return groups.wholeSizes();
    }
}

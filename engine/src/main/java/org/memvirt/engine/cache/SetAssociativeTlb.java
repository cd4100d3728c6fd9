package org.memvirt.engine.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.access.Turns;
import org.memvirt.api.mmu.Tlb;
import org.memvirt.api.mmu.TlbPreset;
import org.memvirt.api.mmu.Walk;

/**
 * The TLBs of one vCPU as a preset describes them: set-associative, split or unified, in any number of levels. A hit at a
 * level fills the levels before it; levels neither include nor exclude each other.
 *
 * <p>Most accesses of real programs go to the page that was used last in its set, and change nothing. Those are answered by
 * the {@link Front}; and where a batch knows its {@link Turns}, and every level-1 array holds small pages alone, in sets
 * that tell the rows of the turns apart, they are not even looked at: they hit, whatever else happens, until something is
 * invalidated or somebody else uses the TLB.
 */
public final class SetAssociativeTlb implements Tlb {
    private static final long PAGE = -4096;

    private final Front front = new Front();
    private final Group[] dataPath;
    private final Group[] codePath;
    private final Group[] groups;
    private final TlbArray[] firstArrays;
    private final boolean setsTellRowsApart;
    private final Tags tags = new Tags();
    // Of the current space, and of its VM's global entries.
    private int tag;
    private int globalTag;
    // Whether every level-1 array has been seen to hold small pages alone; then it need not tell which entry is the latest.
    private boolean simple;
    // Whether every array holds small pages alone, none of them global, in the plainest way; see look.
    private boolean lean;
    // Whether the look-up under way found an entry that lacks rights, which its successor must replace.
    private boolean stale;
    // Level-1 misses of the advance that is under way.
    private int dataMisses;
    private int codeMisses;
    // The turns that are being followed, or null; and the next of them.
    private @Nullable Turns turns;
    private int turn;

    /** @param seed of random replacement */
    public SetAssociativeTlb(TlbPreset preset, long seed) {
        List<Group> all = new ArrayList<>();
        List<Group> data = new ArrayList<>();
        List<Group> code = new ArrayList<>();
        for (TlbPreset.Group described : preset.groups()) {
            Group group = new Group(described, seed + all.size());
            all.add(group);
            if (described.data()) {
                data.add(group);
            }
            if (described.code()) {
                code.add(group);
            }
        }
        if (data.isEmpty() || code.isEmpty()) {
            throw new IllegalArgumentException("TLB preset '" + preset.name() + "' serves no "
                    + (data.isEmpty() ? "data" : "code") + " accesses");
        }
        dataPath = data.toArray(Group[]::new);
        codePath = code.toArray(Group[]::new);
        groups = all.toArray(Group[]::new);
        boolean split = dataPath[0] != codePath[0];
        firstArrays = Stream.of(dataPath[0], codePath[0])
                .distinct()
                .flatMap(group -> Stream.of(group.arrays))
                .toArray(TlbArray[]::new);
        setsTellRowsApart = split
                && Stream.of(firstArrays).allMatch(array -> array.sets() % Turns.ROWS == 0 && array.shiftOf(0) == 12);
        simple = setsTellRowsApart;
    }

    /** A group's arrays and counts. */
    private static final class Group {
        final TlbArray[] arrays;
        final Counts counts;
        /** Whether pages of other sizes than those of its arrays are not kept here. */
        final boolean bypassed;
        /** Its only array, or the first of several. */
        final TlbArray only;

        Group(TlbPreset.Group described, long seed) {
            arrays = described.arrays().stream()
                    .map(array -> new TlbArray(array, seed))
                    .toArray(TlbArray[]::new);
            counts = new Counts(described.name());
            bypassed = described.others() == TlbPreset.OtherSizes.BYPASS;
            only = arrays[0];
        }
    }

    // The way of a hit.

    @Override
    public int advance(AccessBatch batch, int from, int to) {
        dataMisses = 0;
        codeMisses = 0;
        Turns ofBatch = batch.turns();
        if (from == 0) {
            simple = setsTellRowsApart && allSmall();
            lean = isLean();
            turns = simple ? ofBatch : null;
            turn = 0;
        }
        if (ofBatch != turns || to != batch.length) {
            turns = null;
        }
        int at = from;
        int code = 0;
        Turns followed = turns;
        if (followed != null && isAt(from, followed)) {
            int codeBefore = codeBefore(from, followed, batch.kinds);
            at = follow(followed);
            code = followed.codeBefore(turn) - codeBefore;
        }
        if (turns == null) {
            at = step(batch.addresses, batch.kinds, at, to);
            code = codeAccesses(batch.kinds, from, at);
        }
        boolean missed = at != to;
        boolean missedCode = missed && isCode(batch.kinds[at]);
        codePath[0].counts.hits += code - (codeMisses - (missedCode ? 1 : 0));
        dataPath[0].counts.hits += at - from - code - (dataMisses - (missed && !missedCode ? 1 : 0));
        return at;
    }

    /** Looks at every access, from one that the turns know nothing of on. */
    private int step(long[] addresses, byte[] kinds, int from, int to) {
        int at = from;
        while (true) {
            at = front.skim(addresses, kinds, at, to);
            if (at == to || !look(addresses[at], kinds[at])) {
                return at;
            }
            at++;
        }
    }

    /** Whether {@code from} is where the last advance ended: the access that missed is made again, or is done. */
    private boolean isAt(int from, Turns followed) {
        int last = followed.position(turn);
        if (from != 0 && from != last && from != last + 1) {
            turns = null;
        }
        return turns != null;
    }

    /** Moves to the turn at or after {@code from}, and says how many accesses before {@code from} are fetches. */
    private int codeBefore(int from, Turns followed, byte[] kinds) {
        if (from == 0) {
            return 0;
        }
        int last = followed.position(turn);
        int code = followed.codeBefore(turn);
        if (from == last) {
            return code;
        }
        turn++;
        return code + (isCode(kinds[last]) ? 1 : 0);
    }

    /** Looks at the turns alone; ends early, with {@link #turns} null, when the other accesses need not hit any more. */
    private int follow(Turns followed) {
        int count = followed.count();
        int next = turn;
        while (next < count) {
            long address = followed.address(next);
            int need = followed.kind(next);
            if (!front.matches(address, need)) {
                if (!look(address, need)) {
                    break;
                }
                if (turns == null) {
                    return followed.position(next) + 1;
                }
            }
            next++;
        }
        turn = next;
        return followed.position(next);
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

    /** Looks every level up for an access that the front did not answer; false if it misses them all. */
    private boolean look(long address, int need) {
        return lean ? lookLean(address, need) : lookAll(address, need);
    }

    /** {@link #lookAll} for two levels of one lean array each. */
    private boolean lookLean(long address, int need) {
        boolean code = isCode(need);
        Group[] path = code ? codePath : dataPath;
        TlbArray first = path[0].only;
        long key = address & PAGE | tag;
        int entry = first.searchSmall(key);
        stale = false;
        if (entry >= 0) {
            long value = first.value(entry);
            if ((need & ~value) == 0) {
                first.touch(entry);
                front.put(address, need, (int) value);
                return true;
            }
            stale = true;
        }
        path[0].counts.misses++;
        if (code) {
            codeMisses++;
        } else {
            dataMisses++;
        }
        TlbArray second = path[1].only;
        entry = second.searchSmall(key);
        if (entry >= 0) {
            long value = second.value(entry);
            if ((need & ~value) == 0) {
                path[1].counts.hits++;
                second.touch(entry);
                if (stale) {
                    removeStale(path, 1, address);
                }
                first.placeSmall(key, value);
                front.put(address, need, (int) value);
                return true;
            }
            stale = true;
        }
        path[1].counts.misses++;
        return false;
    }

    private boolean lookAll(long address, int need) {
        Group[] path = isCode(need) ? codePath : dataPath;
        stale = false;
        for (TlbArray array : path[0].arrays) {
            int entry = array.find(address, tag, globalTag);
            if (entry != TlbArray.NONE) {
                int allowed = array.allowed(entry);
                if ((need & ~allowed) == 0) {
                    array.touch(entry);
                    noteLatest(array, entry);
                    front.put(address, need, allowed);
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

    private boolean lookBeyond(Group[] path, long address, int need) {
        for (int level = 1; level < path.length; level++) {
            Group group = path[level];
            for (TlbArray array : group.arrays) {
                int entry = array.find(address, tag, globalTag);
                if (entry != TlbArray.NONE) {
                    int allowed = array.allowed(entry);
                    if ((need & ~allowed) == 0) {
                        group.counts.hits++;
                        array.touch(entry);
                        fill(
                                path,
                                level,
                                address,
                                need,
                                array.pageShift(entry),
                                array.output(entry, address),
                                allowed,
                                array.isGlobal(entry));
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

    @Override
    public void insert(Walk walk, int needed) {
        Group[] path = isCode(needed) ? codePath : dataPath;
        if (lean && walk.pageShift == 12 && !walk.global && !stale) {
            long key = walk.inputAddress & PAGE | tag;
            long value = walk.outputAddress & PAGE | walk.allowed;
            path[1].only.placeSmall(key, value);
            path[0].only.placeSmall(key, value);
            front.put(walk.inputAddress, needed, walk.allowed);
            return;
        }
        lean = false;
        fill(
                path,
                path.length,
                walk.inputAddress,
                needed,
                walk.pageShift,
                walk.outputAddress,
                walk.allowed,
                walk.global);
    }

    /** Puts a translation into the levels below {@code levels}, the last of them first. */
    private void fill(
            Group[] path,
            int levels,
            long address,
            int need,
            int pageShift,
            long output,
            int allowed,
            boolean global) {
        if (stale) {
            removeStale(path, levels, address);
        }
        for (int level = levels - 1; level >= 0; level--) {
            TlbArray best = null;
            int bestSize = TlbArray.NONE;
            for (TlbArray array : path[level].arrays) {
                int size = array.sizeFor(pageShift);
                if (size != TlbArray.NONE
                        && (!path[level].bypassed || array.shiftOf(size) == pageShift)
                        && (best == null || array.shiftOf(size) > best.shiftOf(bestSize))) {
                    best = array;
                    bestSize = size;
                }
            }
            if (best != null) {
                if (level == 0) {
                    placeFirst(best, bestSize, address, output, allowed, global);
                    front.put(address, need, allowed);
                } else {
                    int entry = best.take(address, bestSize);
                    best.write(entry, address, bestSize, global ? globalTag : tag, global, output, allowed);
                }
            }
        }
    }

    private void placeFirst(TlbArray array, int size, long address, long output, int allowed, boolean global) {
        if (simple && size > 0) {
            simple = false;
            turns = null;
            front.clear();
            for (TlbArray first : firstArrays) {
                first.forgetLatest();
            }
        }
        int entry = array.take(address, size);
        if (!simple && array.isValid(entry)) {
            front.drop(array.page(entry), array.pageShift(entry));
        }
        array.write(entry, address, size, global ? globalTag : tag, global, output, allowed);
        noteLatest(array, entry);
    }

    /** What was used before it in its set is not the latest any more; where all pages are small, it had the same row. */
    private void noteLatest(TlbArray array, int entry) {
        if (!simple) {
            int before = array.makeLatest(entry);
            if (before != entry && before != TlbArray.NONE && array.isValid(before)) {
                front.drop(array.page(before), array.pageShift(before));
            }
        }
    }

    /** Removes the entries whose lack of rights the new one makes up for; they may lie in other arrays, as other sizes. */
    private void removeStale(Group[] path, int levels, long address) {
        for (int level = 0; level < levels; level++) {
            for (TlbArray array : path[level].arrays) {
                int entry = array.find(address, tag, globalTag);
                if (entry != TlbArray.NONE) {
                    if (level == 0) {
                        front.drop(array.page(entry), array.pageShift(entry));
                    }
                    array.remove(entry);
                }
            }
        }
    }

    @Override
    public void giveUp(int needed) {
        // The page of this turn is not there, and the accesses that follow it in its row may come first.
        turns = null;
        for (Group group : isCode(needed) ? codePath : dataPath) {
            group.counts.misses--;
        }
    }

    private boolean isLean() {
        if (!simple || dataPath.length != 2 || codePath.length != 2) {
            return false;
        }
        for (Group group : groups) {
            if (group.arrays.length != 1 || !group.only.isLean()) {
                return false;
            }
        }
        return true;
    }

    private boolean allSmall() {
        for (TlbArray array : firstArrays) {
            if (!array.allSmall()) {
                return false;
            }
        }
        return true;
    }

    /** Forgets what was known to hit without being looked at. */
    private void trustNothing() {
        front.clear();
        turns = null;
    }

    // Spaces and invalidation.

    @Override
    public void select(int vm, int space) {
        tag = tags.takeForSpace(vm, space, this::removeTag);
        globalTag = tags.takeForVm(vm, this::removeTag);
        trustNothing();
    }

    private void removeTag(int gone) {
        removeIf((array, entry) -> array.tag(entry) == gone);
    }

    @Override
    public void invalidateRange(int vm, int space, long address, long bytes) {
        int spaceTag = tags.ofSpace(space);
        int vmTag = tags.ofVm(vm);
        removeIf((array, entry) -> {
            int owner = array.tag(entry);
            return (owner == spaceTag || owner == vmTag) && overlaps(array, entry, address, bytes);
        });
    }

    private static boolean overlaps(TlbArray array, int entry, long address, long bytes) {
        long page = array.page(entry);
        // Either begins within the other.
        return address - page >= 0 && address - page < 1L << array.pageShift(entry)
                || page - address >= 0 && page - address < bytes;
    }

    @Override
    public void invalidateSpace(int space) {
        int spaceTag = tags.ofSpace(space);
        removeIf((array, entry) -> array.tag(entry) == spaceTag);
    }

    @Override
    public void invalidateVm(int vm) {
        removeIf((array, entry) -> tags.isOfVm(array.tag(entry), vm));
    }

    @Override
    public void invalidateAll() {
        removeIf((array, entry) -> true);
    }

    private interface Chooser {
        boolean chooses(TlbArray array, int entry);
    }

    private void removeIf(Chooser chooser) {
        trustNothing();
        for (Group group : groups) {
            for (TlbArray array : group.arrays) {
                for (int index = 0; index < array.entries(); index++) {
                    int entry = array.entryAt(index);
                    if (array.isValid(entry) && chooser.chooses(array, entry)) {
                        array.remove(entry);
                    }
                }
            }
        }
    }

    @Override
    public boolean probe(long address, int needed, Walk answer) {
        for (Group group : isCode(needed) ? codePath : dataPath) {
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

    @Override
    public List<Counts> counts() {
        return Stream.of(groups).map(group -> group.counts).toList();
    }

    // Invalidation by owner.

    @Override
    public void invalidate(Owners owners) {
        trustNothing();
        boolean[] chosen = chosen(owners);
        for (Group group : groups) {
            for (TlbArray array : group.arrays) {
                array.removeAll(chosen);
            }
        }
    }

    @Override
    public void invalidate(Owners owners, long address, long bytes) {
        trustNothing();
        boolean[] chosen = chosen(owners);
        for (Group group : groups) {
            for (TlbArray array : group.arrays) {
                array.removeRange(chosen, address, bytes);
            }
        }
    }

    private boolean[] chosen(Owners owners) {
        boolean[] chosen = new boolean[tags.count()];
        for (int any = 0; any < chosen.length; any++) {
            chosen[any] = tags.isOf(any, owners);
        }
        return chosen;
    }

    @Override
    public long wholeSizes() {
        long whole = -1;
        for (Group group : groups) {
            long sizes = group.bypassed ? -1 : 0;
            for (TlbArray array : group.arrays) {
                sizes |= array.sizes();
            }
            whole &= sizes;
        }
        return whole;
    }
}

package org.memvirt.engine.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.access.Turns;
import org.memvirt.api.mmu.PlainWalks;
import org.memvirt.api.mmu.Tlb;
import org.memvirt.api.mmu.TlbPreset;
import org.memvirt.api.mmu.Walk;

/**
 * The TLBs of one vCPU as a preset describes them: set-associative, split or unified, in any number of levels. A hit at a
 * level fills the levels before it; levels neither include nor exclude each other.
 *
 * <p>Most accesses of real programs go to the page that was used last in its set, and change nothing: the {@link Front}
 * answers those. Where the preset is of the usual kind, whole blocks of accesses are looked up ahead by {@link LookupBlock},
 * as long as nothing happens but hits and walks that succeed.
 */
public final class SetAssociativeTlb implements Tlb {
    private static final long PAGE = -4096;

    /** Fewer accesses than this are made one by one. */
    private static final int WORTH_A_BLOCK = 32;

    /** After a block that had to be given up, how many accesses are made one by one, at least and at most. */
    private static final int LEAST_CAUTION = 64;

    private static final int MOST_CAUTION = 1 << 15;

    private final Front front = new Front();
    private final TlbGroup[] dataPath;
    private final TlbGroup[] codePath;
    private final TlbGroup[] groups;
    private final TlbArray[] firstArrays;
    private final boolean setsTellRowsApart;
    private final Tags tags = new Tags();
    // Null where the preset does not admit blocks.
    private final @Nullable LookupBlock block;
    // Of the current space, and of its VM's global entries.
    private int tag;
    private int globalTag;
    // Whether every level-1 array has been seen to hold small pages alone; then it need not tell which entry is the latest.
    private boolean simple;
    // Whether the look-up under way found an entry that lacks rights, which its successor must replace.
    private boolean stale;
    // Level-1 misses of the advance that is under way.
    private int dataMisses;
    private int codeMisses;
    // The block, while one is under way.
    private @Nullable LookupBlock ahead;
    // How many accesses are to be made one by one before the next block, and how many after the next failure.
    private int cautious;
    private int caution = LEAST_CAUTION;

    /** @param seed of random replacement */
    public SetAssociativeTlb(TlbPreset preset, long seed) {
        List<TlbGroup> all = new ArrayList<>();
        List<TlbGroup> data = new ArrayList<>();
        List<TlbGroup> code = new ArrayList<>();
        for (TlbPreset.Group described : preset.groups()) {
            TlbGroup group = new TlbGroup(described, seed + all.size());
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
        dataPath = data.toArray(TlbGroup[]::new);
        codePath = code.toArray(TlbGroup[]::new);
        groups = all.toArray(TlbGroup[]::new);
        boolean split = dataPath[0] != codePath[0];
        firstArrays = Stream.of(dataPath[0], codePath[0])
                .distinct()
                .flatMap(group -> Stream.of(group.arrays))
                .toArray(TlbArray[]::new);
        boolean twoLevels = dataPath.length == 2 && codePath.length == 2;
        boolean searchable = Stream.of(groups).allMatch(TlbGroup::isSearchable)
                && Stream.of(dataPath[0].small, codePath[0].small)
                        .allMatch(array -> tellsRowsApart(array)
                                && Integer.bitCount(array.sets()) == 1
                                && array.ways() >= 2);
        setsTellRowsApart = split && Stream.of(firstArrays).allMatch(SetAssociativeTlb::tellsRowsApart);
        simple = setsTellRowsApart;
        block = split && twoLevels && searchable
                ? new LookupBlock(dataPath[0], codePath[0], dataPath[1], codePath[1])
                : null;
    }

    private static boolean tellsRowsApart(TlbArray array) {
        return array.shiftOf(0) == 12 && array.sets() % Turns.ROWS == 0;
    }

    // The way of a hit.

    @Override
    public int advance(AccessBatch batch, int from, int to) {
        int at = from;
        LookupBlock under = ahead;
        if (under != null && under.isAt(batch, from, to)) {
            if (under.hasNext()) {
                return under.next();
            }
            at = finish(under);
        } else if (under != null) {
            settle();
        }
        while (at < to) {
            if (block != null && cautious == 0 && to - at >= WORTH_A_BLOCK) {
                block.begin(batch, at, to, tag, globalTag);
                ahead = block;
                if (block.hasNext()) {
                    return block.next();
                }
                at = finish(block);
            } else {
                release();
                int end = cautious == 0 ? to : Math.min(to, at + cautious);
                int missed = advanceAlone(batch, at, end);
                // The access that missed is made alone, too.
                cautious = Math.max(0, cautious - (missed - at) - (missed == end ? 0 : 1));
                at = missed;
                if (missed != end) {
                    return missed;
                }
            }
        }
        return to;
    }

    /** Ends a block whose misses are all answered; returns where it went on to. */
    private int finish(LookupBlock done) {
        done.finish();
        ahead = null;
        if (done.isWhole()) {
            caution = LEAST_CAUTION;
        } else {
            beCautious();
        }
        return done.end();
    }

    /** Ends a block in the middle: makes its accesses so far again, one by one, with the answers that the walks gave. */
    private void settle() {
        LookupBlock left = ahead;
        if (left == null) {
            release();
            return;
        }
        ahead = null;
        left.undo();
        beCautious();
        Turns turns = left.turns();
        release();
        dataMisses = 0;
        codeMisses = 0;
        // Accesses between turns hit and change nothing.
        int done = left.turnsDone();
        int walk = 0;
        for (int turn = left.firstTurn(); turn < done; turn++) {
            long page = turns.word(turn) & PAGE;
            int need = (int) turns.word(turn) & Rights.ALL;
            if (!look(page, need)) {
                long value = left.walked(walk++);
                fill(pathOf(need), 2, page, need, 12, value & PAGE, (int) value & Rights.ALL, false);
            }
        }
        int code = left.codeAccesses();
        codePath[0].counts.hits += code - codeMisses;
        dataPath[0].counts.hits += left.current() - left.from() - code - dataMisses;
        if (left.isAsked() && look(turns.word(done) & PAGE, (int) turns.word(done) & Rights.ALL)) {
            throw new IllegalStateException(
                    "the access to %#x missed, and hits when made again".formatted(turns.word(done) & PAGE));
        }
    }

    private void beCautious() {
        cautious = caution;
        caution = Math.min(2 * caution, MOST_CAUTION);
    }

    /** Before accesses are made one by one: after blocks, nothing is known of what was used last. */
    private void release() {
        if (block == null || !block.release()) {
            return;
        }
        front.clear();
        simple = setsTellRowsApart && allSmall();
        for (TlbArray first : firstArrays) {
            first.forgetLatest();
        }
    }

    /** {@link #advance}, one access after another. */
    private int advanceAlone(AccessBatch batch, int from, int to) {
        dataMisses = 0;
        codeMisses = 0;
        if (from == 0) {
            simple = setsTellRowsApart && allSmall();
        }
        int at = step(batch.addresses, batch.kinds, from, to);
        int code = codeAccesses(batch.kinds, from, at);
        boolean missed = at != to;
        boolean missedCode = missed && isCode(batch.kinds[at]);
        codePath[0].counts.hits += code - (codeMisses - (missedCode ? 1 : 0));
        dataPath[0].counts.hits += at - from - code - (dataMisses - (missed && !missedCode ? 1 : 0));
        return at;
    }

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

    /** Looks every level up for an access that the front did not answer; false if it misses them all. */
    private boolean look(long address, int need) {
        TlbGroup[] path = pathOf(need);
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

    private boolean lookBeyond(TlbGroup[] path, long address, int need) {
        for (int level = 1; level < path.length; level++) {
            TlbGroup group = path[level];
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
        LookupBlock under = ahead;
        if (under != null && walk.pageShift == 12 && !walk.global && under.answer(walk.outputAddress, walk.allowed)) {
            finishIfDone(under);
            return;
        }
        settle();
        TlbGroup[] path = pathOf(needed);
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

    @Override
    public int foresee(long[] words) {
        return ahead != null ? ahead.foresee(words) : 0;
    }

    @Override
    public int insertForeseen(PlainWalks walks, int count) {
        LookupBlock under = Objects.requireNonNull(ahead, "nothing was foreseen");
        under.answer(walks.output, walks.allowed, count);
        int next = under.current();
        finishIfDone(under);
        return next;
    }

    private void finishIfDone(LookupBlock under) {
        if (!under.hasNext() && under.current() == under.end()) {
            finish(under);
        }
    }

    /** Puts a translation into the levels below {@code levels}, the last of them first. */
    private void fill(
            TlbGroup[] path,
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
    private void removeStale(TlbGroup[] path, int levels, long address) {
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
        settle();
        for (TlbGroup group : pathOf(needed)) {
            group.counts.misses--;
        }
    }

    private boolean allSmall() {
        for (TlbArray array : firstArrays) {
            if (!array.allSmall()) {
                return false;
            }
        }
        return true;
    }

    // Spaces and invalidation.

    @Override
    public void select(int vm, int space) {
        settle();
        tag = tags.takeForSpace(space, this::removeTag);
        globalTag = tags.takeForVm(vm, this::removeTag);
        front.clear();
    }

    private void removeTag(int gone) {
        removeIf((array, entry) -> array.tag(entry) == gone);
    }

    @Override
    public void invalidateAll() {
        removeIf((array, entry) -> true);
    }

    private interface Chooser {
        boolean chooses(TlbArray array, int entry);
    }

    private void removeIf(Chooser chooser) {
        settle();
        front.clear();
        for (TlbGroup group : groups) {
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
        settle();
        for (TlbGroup group : isCode(needed) ? codePath : dataPath) {
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
        settle();
        front.clear();
        boolean[] chosen = chosen(owners);
        for (TlbGroup group : groups) {
            for (TlbArray array : group.arrays) {
                array.removeAll(chosen);
            }
        }
    }

    @Override
    public void invalidate(Owners owners, long address, long bytes) {
        settle();
        front.clear();
        boolean[] chosen = chosen(owners);
        for (TlbGroup group : groups) {
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
        for (TlbGroup group : groups) {
            long sizes = group.bypassed ? -1 : 0;
            for (TlbArray array : group.arrays) {
                sizes |= array.sizes();
            }
            whole &= sizes;
        }
        return whole;
    }
}

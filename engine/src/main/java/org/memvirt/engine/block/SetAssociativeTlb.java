package org.memvirt.engine.block;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.tlb.BatchTlb;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;
import org.memvirt.engine.tlb.PageSizes;
import org.memvirt.engine.tlb.TlbLevels;

/**
 * The TLBs of one vCPU as a preset describes them: set-associative, split or unified, in any number of levels. A hit at a
 * level fills the levels before it; levels neither include nor exclude each other.
 *
 * <p>Whole blocks of accesses are looked up ahead, as long as nothing happens but hits and walks that succeed: by {@link
 * LevelsBlock}, or, where the preset admits it and all pages are small, by {@link LookupBlock}, which is faster.
 * Else {@link TlbLevels} makes one access after another.
 */
public final class SetAssociativeTlb implements BatchTlb {
    /** Fewer accesses than this are made one by one. */
    private static final int WORTH_A_BLOCK = 32;

    /** A block of any pages copies all entries first; so many are copied in the time that an access in a block saves. */
    private static final int COPIED_ENTRIES = 8;

    /** After a block that had to be given up, how many accesses are made one by one, at least and at most. */
    private static final int LEAST_CAUTION = 64;

    private static final int MOST_CAUTION = 1 << 15;

    /** After a block of small pages that met another, how many blocks take any page, at least and at most. */
    private static final int LEAST_MIXED = 4;

    private static final int MOST_MIXED = 1 << 10;

    private final TlbLevels levels;
    private final PageSizes sizes = new PageSizes();
    private final TlbBlock anyPages;
    private final int worthAnyPages;
    // Null where the preset does not admit it.
    private final @Nullable TlbBlock smallPages;
    // The block, while one is under way.
    private @Nullable TlbBlock ahead;
    // How many accesses are to be made one by one before the next block, and how many after the next failure.
    private int cautious;
    private int caution = LEAST_CAUTION;
    // How many blocks are to take any page, and how many after the next that met another than a small one.
    private int mixed;
    private int mixedNext = LEAST_MIXED;

    /** @param seed of random replacement */
    public SetAssociativeTlb(TlbPreset preset, long seed) {
        levels = new TlbLevels(preset, seed);
        smallPages = LookupBlock.of(levels);
        anyPages = new LevelsBlock(levels, sizes);
        worthAnyPages = Math.max(WORTH_A_BLOCK, levels.entries() / COPIED_ENTRIES);
    }

    // The way of a hit.

    @Override
    public int advance(AccessBatch batch, int from, int to) {
        int at = from;
        TlbBlock under = ahead;
        if (under != null && under.isAt(batch, from, to)) {
            if (under.hasNext()) {
                return under.next();
            }
            at = finish(under);
        } else if (under != null) {
            settle();
        }
        while (at < to) {
            if (cautious == 0 && to - at >= worthABlock() && !levels.hasWideTags()) {
                TlbBlock block = choose();
                block.begin(batch, at, to);
                ahead = block;
                if (block.hasNext()) {
                    return block.next();
                }
                at = finish(block);
            } else {
                release();
                int end = cautious == 0 ? to : Math.min(to, at + cautious);
                int missed = levels.advance(batch, at, end);
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

    private int worthABlock() {
        return smallPages != null && mixed == 0 ? WORTH_A_BLOCK : worthAnyPages;
    }

    private TlbBlock choose() {
        if (smallPages != null && mixed == 0) {
            return smallPages;
        }
        mixed = Math.max(0, mixed - 1);
        release();
        return anyPages;
    }

    /** Ends a block whose misses are all answered; returns where it went on to. */
    private int finish(TlbBlock done) {
        ahead = null;
        if (done.finish()) {
            caution = LEAST_CAUTION;
            mixedNext = done == smallPages ? LEAST_MIXED : mixedNext;
        } else {
            expectMixed();
        }
        return done.end();
    }

    private void expectMixed() {
        mixed = mixedNext;
        mixedNext = Math.min(2 * mixedNext, MOST_MIXED);
    }

    /** Ends a block in the middle: makes its accesses so far again, one by one, with the answers that the walks gave. */
    private void settle() {
        TlbBlock left = ahead;
        if (left == null) {
            release();
            return;
        }
        ahead = null;
        left.undo();
        cautious = caution;
        caution = Math.min(2 * caution, MOST_CAUTION);
        release();
        left.replay(levels);
    }

    /** Before accesses are made one by one: after blocks of small pages, nothing is known of level 1. */
    private void release() {
        if (smallPages != null && smallPages.release()) {
            levels.forgetMru();
        }
    }

    // Filling.

    @Override
    public void insert(Walk walk, int needed) {
        sizes.learn(walk.inputAddress, walk.pageShift);
        TlbBlock under = ahead;
        if (under != null && !walk.global && under.answer(walk.outputAddress, walk.pageShift, walk.allowed)) {
            finishIfDone(under);
            return;
        }
        settle();
        if (under != null && under == smallPages && (walk.pageShift != 12 || walk.global)) {
            expectMixed();
            cautious = 0;
        }
        levels.insert(walk.inputAddress, needed, walk.pageShift, walk.outputAddress, walk.allowed, walk.global);
    }

    @Override
    public int pendingMisses(long[] words) {
        return ahead != null ? ahead.pendingMisses(words) : 0;
    }

    @Override
    public int fitting(WalkBatch walks, int count) {
        return ahead != null ? ahead.fitting(walks.pageShift, count) : 0;
    }

    @Override
    public int insertAll(WalkBatch walks, int count) {
        TlbBlock under = Objects.requireNonNull(ahead, "nothing was foreseen");
        under.answer(walks.output, walks.allowed, count);
        int next = under.current();
        finishIfDone(under);
        return next;
    }

    private void finishIfDone(TlbBlock under) {
        if (!under.hasNext() && under.current() == under.end()) {
            finish(under);
        }
    }

    @Override
    public void cancelMiss(int needed) {
        settle();
        levels.cancelMiss(needed);
    }

    // Spaces and invalidation.

    @Override
    public void select(int vm, int space) {
        settle();
        levels.select(vm, space);
    }

    @Override
    public void invalidateAll() {
        settle();
        levels.invalidateAll();
    }

    @Override
    public void invalidate(Target owners) {
        settle();
        levels.invalidate(owners);
    }

    @Override
    public void invalidate(Target owners, long address, long bytes) {
        settle();
        levels.invalidate(owners, address, bytes);
    }

    // For others.

    @Override
    public boolean probe(long address, int needed, Walk answer) {
        settle();
        return levels.probe(address, needed, answer);
    }

    @Override
    public List<Counts> counts() {
        return levels.counts();
    }

    @Override
    public long wholeSizes() {
        return levels.wholeSizes();
    }
}

package org.memvirt.engine.cache;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.BatchTlb;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;

/**
 * The TLBs of one vCPU as a preset describes them: set-associative, split or unified, in any number of levels. A hit at a
 * level fills the levels before it; levels neither include nor exclude each other.
 *
 * <p>Where the preset is of the usual kind, whole blocks of accesses are looked up ahead by {@link LookupBlock}, as long as
 * nothing happens but hits and walks that succeed; else {@link TlbLevels} makes one access after another.
 */
public final class SetAssociativeTlb implements BatchTlb {
    private static final long PAGE = -4096;

    /** Fewer accesses than this are made one by one. */
    private static final int WORTH_A_BLOCK = 32;

    /** After a block that had to be given up, how many accesses are made one by one, at least and at most. */
    private static final int LEAST_CAUTION = 64;

    private static final int MOST_CAUTION = 1 << 15;

    private final TlbLevels levels;
    // Null where the preset does not admit blocks.
    private final @Nullable LookupBlock block;
    // The block, while one is under way.
    private @Nullable LookupBlock ahead;
    // How many accesses are to be made one by one before the next block, and how many after the next failure.
    private int cautious;
    private int caution = LEAST_CAUTION;

    /** @param seed of random replacement */
    public SetAssociativeTlb(TlbPreset preset, long seed) {
        levels = new TlbLevels(preset, seed);
        block = levels.newBlock();
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
            if (block != null && cautious == 0 && to - at >= WORTH_A_BLOCK && !levels.hasWideTags()) {
                block.begin(batch, at, to, levels.tag(), levels.globalTag());
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
        L1Filter turns = left.turns();
        release();
        levels.beginHits();
        // Accesses between turns hit and change nothing.
        int done = left.turnsDone();
        int walk = 0;
        for (int turn = left.firstTurn(); turn < done; turn++) {
            long page = turns.word(turn) & PAGE;
            int need = (int) turns.word(turn) & Rights.ALL;
            if (!levels.look(page, need)) {
                long value = left.walked(walk++);
                levels.insert(page, need, 12, value & PAGE, (int) value & Rights.ALL, false);
            }
        }
        int code = left.codeAccesses();
        levels.countHits(code, left.current() - left.from() - code);
        if (left.isAsked() && levels.look(turns.word(done) & PAGE, (int) turns.word(done) & Rights.ALL)) {
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
        if (block != null && block.release()) {
            levels.forgetOrder();
        }
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
        levels.insert(walk.inputAddress, needed, walk.pageShift, walk.outputAddress, walk.allowed, walk.global);
    }

    @Override
    public int pendingMisses(long[] words) {
        return ahead != null ? ahead.pendingMisses(words) : 0;
    }

    @Override
    public int insertAll(WalkBatch walks, int count) {
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

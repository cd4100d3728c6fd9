package org.memvirt.engine.block;

import org.memvirt.api.access.AccessBatch;
import org.memvirt.engine.tlb.PageSizes;
import org.memvirt.engine.tlb.TlbLevels;
import org.memvirt.engine.tlb.Walked;

/**
 * Looks a block of accesses up in any {@link TlbLevels} before the walks of those that miss are made, so that the walks can be
 * made side by side. What misses is given an entry at once, without a value, of the page size that is likely there; it is
 * exact as long as every walk succeeds and gives a page of that size, not global, with the rights that the rest of the block
 * was seen to need. Where one does not, {@link #undo} makes the levels what they were, and {@link #replay} makes the accesses
 * until there again, with the answers that there are.
 */
final class LevelsBlock implements TlbBlock {
    private static final int MOST_MISSES = 2048;

    /** Accesses of a block, at least and at most: a long one costs much when it is given up, a short one is little worth. */
    private static final int LEAST = 1024;

    private static final int MOST = 1 << 15;

    private final TlbLevels levels;
    private final PageSizes sizes;
    private final Walked walked = new Walked(MOST_MISSES);
    private AccessBatch batch = new AccessBatch(1);
    private int from;
    private int end;
    private int to;
    private int length = LEAST;
    private boolean whole;
    private int asked;
    private int answered;

    /** @param sizes what pages are likely to be like; its owner teaches it */
    LevelsBlock(TlbLevels levels, PageSizes sizes) {
        this.levels = levels;
        this.sizes = sizes;
    }

    @Override
    public void begin(AccessBatch ofBatch, int start, int until) {
        batch = ofBatch;
        from = start;
        to = until;
        asked = 0;
        answered = 0;
        walked.clear();
        levels.plan(walked);
        levels.beginHits();
        long[] addresses = ofBatch.addresses;
        byte[] kinds = ofBatch.kinds;
        int goal = Math.min(until, start + length);
        int at = start;
        while (at < goal && !walked.isFull()) {
            at = levels.step(addresses, kinds, at, goal);
            if (at < goal) {
                long address = addresses[at];
                int need = kinds[at];
                int shift = sizes.likely(address);
                levels.insertPending(address, need, shift, walked.add(at, address, need, shift));
                at++;
            }
        }
        end = at;
        levels.countHits(kinds, start, end);
    }

    @Override
    public boolean isAt(AccessBatch wanted, int at, int until) {
        return wanted == batch && until == to && asked == answered && at == current();
    }

    @Override
    public int end() {
        return end;
    }

    @Override
    public boolean hasNext() {
        return answered < walked.count();
    }

    @Override
    public int next() {
        asked = answered + 1;
        return walked.position(answered);
    }

    @Override
    public int current() {
        if (asked > answered) {
            return walked.position(answered);
        }
        return answered == 0 ? from : walked.position(answered - 1) + 1;
    }

    @Override
    public int pendingMisses(long[] into) {
        return walked.copyAsked(answered, into);
    }

    @Override
    public int fitting(int pageShift, int count) {
        int fitting = 0;
        while (fitting < count && walked.pageShift(answered + fitting) == pageShift) {
            fitting++;
        }
        return fitting;
    }

    @Override
    public boolean answer(long outputAddress, int pageShift, int allowed) {
        if (!walked.isForeseen(answered, pageShift, allowed)) {
            return false;
        }
        walked.answer(answered++, outputAddress, allowed);
        return true;
    }

    @Override
    public void answer(long[] outputs, int[] allowed, int count) {
        for (int i = 0; i < count; i++) {
            walked.answer(answered++, outputs[i], allowed[i]);
        }
        asked = answered;
    }

    @Override
    public boolean finish() {
        levels.settle(walked);
        length = Math.min(2 * length, MOST);
        return true;
    }

    @Override
    public void undo() {
        levels.undo();
        length = LEAST;
    }

    @Override
    public void replay(TlbLevels onto) {
        int stop = asked > answered ? current() + 1 : current();
        int at = from;
        for (int number = 0; at < stop; number++) {
            at = onto.advance(batch, at, stop);
            if (at == stop) {
                return;
            }
            if (at != walked.position(number)) {
                throw new IllegalStateException(
                        "access %d missed in its block, and not when made again".formatted(walked.position(number)));
            }
            if (number == answered) {
                return;
            }
            long address = batch.addresses[at];
            onto.insert(
                    address,
                    batch.kinds[at],
                    walked.pageShift(number),
                    walked.output(number, address),
                    walked.allowed(number),
                    false);
            at++;
        }
    }

    @Override
    public boolean release() {
        return false;
    }
}

package org.memvirt.engine.block;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.engine.tlb.TlbGroup;
import org.memvirt.engine.tlb.TlbLevels;

/**
 * Looks a block of accesses up in two levels of TLBs before the walks of those that miss are made: first all in level 1,
 * then those that missed in level 2, in two tight loops, which the host runs several times faster than one access after
 * another. Level 1 does not depend on level 2, and what hits does not depend on where a page lies; so this is exact as long
 * as every walk succeeds and gives a small page, not global, with the rights that the rest of the block was seen to need.
 * Where one does not, {@link #undo} makes the arrays what they were, and the accesses are made again one by one.
 *
 * <p>While its walk is not made, an entry has a {@link org.memvirt.engine.tlb.Pending} value.
 */
final class LookupBlock implements TlbBlock {
    /** The most runs of a block. */
    static final int RUNS = 2048;

    private static final long PAGE = -4096;
    private static final int PAGE_SHIFT = 12;

    private final TlbLevels levels;
    private final TlbGroup dataSecond;
    private final TlbGroup codeSecond;
    private final L1Pass first;
    private final L2Pass second;
    private final L1Filter found;

    private AccessBatch batch = new AccessBatch(1);
    private int from;
    private int to;
    private L1Filter runs;
    // The block's runs: its first, the one behind its last, and that which was meant to be.
    private int firstRun;
    private int limit;
    private int goal;
    // How far the batch is played: to the block's beginning or, when it is finished, to its end.
    private int played;
    // Whether nothing has happened since the block ended.
    private boolean resumes;

    // What the walks answered, in order; how many were asked for, and how many answered.
    private final long[] walked = new long[RUNS];
    private int asked;
    private int answered;
    // The run of the walk that was asked for last.
    private int run;

    /** One for these levels; null where they do not admit it. */
    static @Nullable LookupBlock of(TlbLevels levels) {
        List<TlbGroup> data = levels.data();
        List<TlbGroup> code = levels.code();
        boolean isSplit = data.getFirst() != code.getFirst();
        boolean twoLevels = data.size() == 2 && code.size() == 2;
        if (!isSplit || !twoLevels || !data.get(1).isPlain() || !code.get(1).isPlain()) {
            return null;
        }
        if (L1SetsPass.fits(data.get(0), code.get(0))) {
            return new LookupBlock(levels, new L1SetsPass(data.get(0), code.get(0)));
        }
        return L1TimesPass.fits(data.get(0), code.get(0))
                ? new LookupBlock(levels, new L1TimesPass(levels, data.get(0), code.get(0)))
                : null;
    }

    private LookupBlock(TlbLevels levels, L1Pass first) {
        this.levels = levels;
        this.first = first;
        dataSecond = levels.data().get(1);
        codeSecond = levels.code().get(1);
        second = new L2Pass(dataSecond, codeSecond);
        found = new L1Filter(RUNS, first.filter());
        runs = found;
    }

    @Override
    public void begin(AccessBatch ofBatch, int start, int until) {
        int tag = levels.tag();
        int globalTag = levels.globalTag();
        L1Filter known = ofBatch instanceof FilteredBatch filtered ? filtered.filter(first.filter()) : null;
        if (known == null || until != ofBatch.length) {
            known = null;
        } else if (start == 0) {
            limit = 0;
        } else if (known != runs || !resumes || start != end()) {
            known = null;
        }
        if (known != null) {
            runs = known;
            firstRun = limit;
        } else {
            runs = found;
            found.find(ofBatch, start, until);
            firstRun = 0;
        }
        goal = Math.min(runs.count(), firstRun + RUNS);
        resumes = false;
        batch = ofBatch;
        from = start;
        to = until;
        asked = 0;
        answered = 0;
        played = start;
        first.begin(tag, start);
        limit = first.look(runs, firstRun, goal, globalTag);
        int looked = second.look(first, tag, globalTag);
        if (looked < first.misses()) {
            // The block ends before the access that has to be made alone.
            limit = first.run(looked);
            first.undo();
            first.look(runs, firstRun, limit, globalTag);
            second.look(first, tag, globalTag);
        }
    }

    @Override
    public boolean isAt(AccessBatch wanted, int at, int until) {
        return wanted == batch && until == to && !isAsked() && at == current();
    }

    @Override
    public int end() {
        return runs.position(limit);
    }

    @Override
    public boolean hasNext() {
        return answered < second.misses();
    }

    @Override
    public int next() {
        asked = answered + 1;
        run = first.run(second.number(answered));
        return runs.position(run);
    }

    private boolean isAsked() {
        return asked > answered;
    }

    @Override
    public int current() {
        return runs.position(run) + (isAsked() ? 0 : 1);
    }

    /** How many accesses of the block before {@link #current} are fetches. */
    private int codeAccesses() {
        int before = runs.codeBefore(run) - runs.codeBefore(firstRun);
        return isAsked() || !L1Pass.isCode(runs.word(run)) ? before : before + 1;
    }

    @Override
    public int pendingMisses(long[] into) {
        return second.copyAsked(answered, into);
    }

    @Override
    public int fitting(int pageShift, int count) {
        return pageShift == PAGE_SHIFT ? count : 0;
    }

    @Override
    public boolean answer(long outputAddress, int pageShift, int allowed) {
        int walk = answered;
        if (pageShift != PAGE_SHIFT || (second.asked(walk) & Rights.ALL & ~allowed) != 0) {
            return false;
        }
        walked[walk] = outputAddress & PAGE | allowed;
        answered = walk + 1;
        return true;
    }

    @Override
    public void answer(long[] outputs, int[] allowed, int count) {
        for (int i = 0; i < count; i++) {
            walked[answered + i] = outputs[i] & PAGE | allowed[i];
        }
        answered += count;
        asked = answered;
        run = first.run(second.number(answered - 1));
    }

    @Override
    public boolean finish() {
        resumes = true;
        second.settle(walked);
        played = end();
        first.settle(second, walked, played);
        int codeMisses = first.codeMisses();
        int codeWalks = second.codeMisses(first);
        int codeLookups = runs.codeBefore(limit) - runs.codeBefore(firstRun);
        count(first.code, codeLookups, codeMisses);
        count(first.data, end() - from - codeLookups, first.misses() - codeMisses);
        count(codeSecond, codeMisses, codeWalks);
        count(dataSecond, first.misses() - codeMisses, second.misses() - codeWalks);
        // Else it ended before an access that this cannot make.
        return limit == goal;
    }

    private static void count(TlbGroup group, int lookups, int misses) {
        group.counts.hits += lookups - misses;
        group.counts.misses += misses;
    }

    @Override
    public void undo() {
        second.undo();
        first.undo();
    }

    @Override
    public void replay(TlbLevels onto) {
        if (first.countsUses()) {
            replayAccesses(onto);
        } else {
            replayRuns(onto);
        }
    }

    private void replayAccesses(TlbLevels onto) {
        int stop = isAsked() ? current() + 1 : current();
        int at = onto.advance(batch, from, stop);
        for (int walk = 0; walk < answered; walk++) {
            long value = walked[walk];
            onto.insert(
                    batch.addresses[at], batch.kinds[at], PAGE_SHIFT, value & PAGE, (int) value & Rights.ALL, false);
            at = onto.advance(batch, at + 1, stop);
        }
        if (at != current()) {
            throw new IllegalStateException("made again, access %d misses, not %d".formatted(at, current()));
        }
    }

    /** What goes on with a run hits and changes nothing. */
    private void replayRuns(TlbLevels onto) {
        onto.beginHits();
        int done = run + (isAsked() ? 0 : 1);
        int walk = 0;
        for (int each = firstRun; each < done; each++) {
            long page = runs.word(each) & PAGE;
            int need = (int) runs.word(each) & Rights.ALL;
            if (!onto.lookNext(page, need)) {
                long value = walked[walk++];
                onto.insert(page, need, PAGE_SHIFT, value & PAGE, (int) value & Rights.ALL, false);
            }
        }
        int code = codeAccesses();
        onto.countHits(code, current() - from - code);
        if (isAsked() && onto.lookNext(runs.word(done) & PAGE, (int) runs.word(done) & Rights.ALL)) {
            throw new IllegalStateException(
                    "the access to %#x missed, and hits when made again".formatted(runs.word(done) & PAGE));
        }
    }

    @Override
    public boolean release() {
        resumes = false;
        return first.release(batch, played);
    }
}

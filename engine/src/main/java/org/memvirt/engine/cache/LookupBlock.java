package org.memvirt.engine.cache;

import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;

/**
 * Looks a block of accesses up in two levels of TLBs before the walks of those that miss are made: first all in level 1,
 * then those that missed in level 2, in two tight loops, which the host runs several times faster than one access after
 * another. Level 1 does not depend on level 2, and what hits does not depend on where a page lies; so this is exact as long
 * as every walk succeeds and gives a small page, not global, with the rights that the rest of the block was seen to need.
 * Where one does not, {@link #undo} makes the arrays what they were, and the accesses are made again one by one.
 *
 * <p>While its walk is not made, an entry has a {@link Pending} value.
 */
final class LookupBlock {
    /** L1Filter of a block. */
    static final int TURNS = 2048;

    private static final long PAGE = -4096;

    private final TlbGroup dataFirst;
    private final TlbGroup codeFirst;
    private final TlbGroup dataSecond;
    private final TlbGroup codeSecond;
    private final FirstLevel first;
    private final SecondLevel second;
    private final L1Filter found = new L1Filter(TURNS);

    private AccessBatch batch = new AccessBatch(1);
    private int from;
    private int to;
    private L1Filter turns = found;
    // The block's turns: its first, the one behind its last, and that which was meant to be.
    private int firstTurn;
    private int limit;
    private int goal;
    // Whether nothing has happened since the block ended.
    private boolean resumes;

    // What the walks answered, in order; how many were asked for, and how many answered.
    private final long[] walked = new long[TURNS];
    private int asked;
    private int answered;
    // The turn of the walk that was asked for last.
    private int turn;

    /** For searchable groups whose level-1 sets tell the rows of {@link L1Filter} apart and are a power of two in number. */
    LookupBlock(TlbGroup dataFirst, TlbGroup codeFirst, TlbGroup dataSecond, TlbGroup codeSecond) {
        this.dataFirst = dataFirst;
        this.codeFirst = codeFirst;
        this.dataSecond = dataSecond;
        this.codeSecond = codeSecond;
        first = new FirstLevel(dataFirst, codeFirst);
        second = new SecondLevel(dataSecond, codeSecond);
    }

    /** Looks accesses from {@code start} on up, in a space with its tag and that of its VM's global entries. */
    void begin(AccessBatch ofBatch, int start, int until, int tag, int globalTag) {
        L1Filter known = ofBatch instanceof FilteredBatch filtered ? filtered.filter() : null;
        if (known == null || until != ofBatch.length) {
            known = null;
        } else if (start == 0) {
            limit = 0;
        } else if (known != turns || !resumes || start != end()) {
            known = null;
        }
        if (known != null) {
            turns = known;
            firstTurn = limit;
        } else {
            turns = found;
            found.find(ofBatch, start, until);
            firstTurn = 0;
        }
        goal = Math.min(turns.count(), firstTurn + TURNS);
        resumes = false;
        batch = ofBatch;
        from = start;
        to = until;
        asked = 0;
        answered = 0;
        first.begin(tag);
        limit = first.look(turns, firstTurn, goal, globalTag);
        int looked = second.look(first, tag, globalTag);
        if (looked < first.misses()) {
            // The block ends before the access that has to be made alone.
            limit = first.turn(looked);
            first.undo();
            first.look(turns, firstTurn, limit, globalTag);
            second.look(first, tag, globalTag);
        }
    }

    /** Whether it can go on here: everything that was asked is answered, and nobody went elsewhere meanwhile. */
    boolean isAt(AccessBatch wanted, int at, int until) {
        return wanted == batch && until == to && !isAsked() && at == current();
    }

    /** Index in the batch of the block's first access. */
    int from() {
        return from;
    }

    /** Index in the batch behind its last access. */
    int end() {
        return turns.position(limit);
    }

    /** Whether it ends where it was meant to, and not before an access that must be made alone. */
    boolean isWhole() {
        return limit == goal;
    }

    /** Whether there is an access left that misses both levels. */
    boolean hasNext() {
        return answered < second.misses();
    }

    /** Index in the batch of the next access that misses both levels. */
    int next() {
        asked = answered + 1;
        turn = first.turn(second.number(answered));
        return turns.position(turn);
    }

    /** Whether an access that missed waits for its answer. */
    boolean isAsked() {
        return asked > answered;
    }

    /** Index in the batch of the access that waits for its answer, or of the one after that which got the last. */
    int current() {
        return turns.position(turn) + (isAsked() ? 0 : 1);
    }

    /** The turn that the block begins with. */
    int firstTurn() {
        return firstTurn;
    }

    /** The turn behind those before {@link #current}. */
    int turnsDone() {
        return turn + (isAsked() ? 0 : 1);
    }

    /** How many accesses of the block before {@link #current} are fetches. */
    int codeAccesses() {
        int before = turns.codeBefore(turn) - turns.codeBefore(firstTurn);
        return isAsked() || !FirstLevel.isCode(turns.word(turn)) ? before : before + 1;
    }

    L1Filter turns() {
        return turns;
    }

    /** {@link org.memvirt.api.tlb.BatchTlb#pendingMisses}. */
    int pendingMisses(long[] into) {
        return second.copyAsked(answered, into);
    }

    /** Answers the access that waits: with a small page that is not global. False, if it does not allow all it has to. */
    boolean answer(long outputAddress, int allowed) {
        int walk = answered;
        if ((second.asked(walk) & Rights.ALL & ~allowed) != 0) {
            return false;
        }
        walked[walk] = outputAddress & PAGE | allowed;
        answered = walk + 1;
        return true;
    }

    /** Answers the next accesses that miss: with small pages that are not global and allow what was foreseen. */
    void answer(long[] outputs, int[] allowed, int count) {
        for (int i = 0; i < count; i++) {
            walked[answered + i] = outputs[i] & PAGE | allowed[i];
        }
        answered += count;
        asked = answered;
        turn = first.turn(second.number(answered - 1));
    }

    /** What a walk answered: the frame and the rights. */
    long walked(int walk) {
        return walked[walk];
    }

    /** When every miss is answered: gives level 1 its values, and counts. */
    void finish() {
        resumes = true;
        second.settle(walked);
        first.settle(second, walked);
        int codeMisses = first.codeMisses();
        int codeWalks = second.codeMisses(first);
        int codeLookups = turns.codeBefore(limit) - turns.codeBefore(firstTurn);
        count(codeFirst, codeLookups, codeMisses);
        count(dataFirst, end() - from - codeLookups, first.misses() - codeMisses);
        count(codeSecond, codeMisses, codeWalks);
        count(dataSecond, first.misses() - codeMisses, second.misses() - codeWalks);
    }

    private static void count(TlbGroup group, int lookups, int misses) {
        group.counts.hits += lookups - misses;
        group.counts.misses += misses;
    }

    /** Makes the TLBs what they were before the block; nothing of it has been counted. */
    void undo() {
        second.undo();
        first.undo();
    }

    /** Gives back what it keeps between blocks; false if that is nothing. */
    boolean release() {
        resumes = false;
        return first.release();
    }
}

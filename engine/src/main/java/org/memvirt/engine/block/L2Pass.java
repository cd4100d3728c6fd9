package org.memvirt.engine.block;

import org.memvirt.api.access.Rights;
import org.memvirt.engine.tlb.Pending;
import org.memvirt.engine.tlb.TlbArray;
import org.memvirt.engine.tlb.TlbGroup;

/** The second pass of a {@link LookupBlock}: what missed level 1 through the small pages of level 2. */
final class L2Pass {
    private static final long PAGE = -4096;

    private final TlbGroup data;
    private final TlbGroup code;
    // Whether the arrays may have changed since they were saved.
    private boolean changed;

    // By number of a level-1 miss: what was found.
    private final long[] value = new long[LookupBlock.RUNS];

    // In order, those that missed here, too: the number, the entry, and the page with the rights that the walk has to give.
    private int misses;
    private final int[] number = new int[LookupBlock.RUNS];
    private final int[] entry = new int[LookupBlock.RUNS];
    private final long[] asked = new long[LookupBlock.RUNS];

    /** For groups that are plain; they may be the same. */
    L2Pass(TlbGroup data, TlbGroup code) {
        this.data = data;
        this.code = code;
    }

    /**
     * Looks all misses of level 1 up. Ends, with everything as it was, at one that finds something else than a small page of
     * the space, or a page that lacks a right.
     *
     * @return how many were looked up
     */
    int look(L1Pass first, int tag, int globalTag) {
        misses = 0;
        if (first.misses() == 0) {
            changed = false;
            return 0;
        }
        save();
        boolean mixed = data.isMixed() || code.isMixed();
        int done = pass(first, tag, mixed ? globalTag : TlbArray.NONE);
        if (done < first.misses()) {
            undo();
        }
        return done;
    }

    /** Passes over stretches of data's and of code's misses, or over all together where they have the same array. */
    private int pass(L1Pass first, int tag, int globalTag) {
        long[] missed = first.allMissed();
        int count = first.misses();
        int at = 0;
        while (at < count) {
            boolean isCode = L1Pass.isCode(missed[at]);
            int end = data.small == code.small ? count : endOfStretch(missed, at, count);
            int done = pass(isCode ? code : data, missed, at, end, tag, globalTag);
            if (done != end) {
                return done;
            }
            at = end;
        }
        return count;
    }

    private static int endOfStretch(long[] missed, int from, int to) {
        int at = from + 1;
        while (at < to && L1Pass.isCode(missed[at]) == L1Pass.isCode(missed[from])) {
            at++;
        }
        return at;
    }

    private int pass(TlbGroup group, long[] missed, int from, int to, int tag, int globalTag) {
        TlbArray array = group.small;
        boolean alike = array.isAlike();
        long[] values = value;
        long[] walkAsked = asked;
        int[] walkNumber = number;
        int[] walkEntry = entry;
        int walks = misses;
        for (int at = from; at < to; at++) {
            long sought = missed[at];
            long key = sought & PAGE | tag;
            int need = (int) sought & Rights.ALL;
            int head = array.headOf(key);
            int place = array.searchSet(head, key);
            if (place == TlbArray.NONE) {
                if (globalTag != TlbArray.NONE && group.findsOther(sought & PAGE, tag, globalTag)) {
                    return at;
                }
                long pending = Pending.value(walks, need);
                values[at] = pending;
                walkAsked[walks] = sought & (PAGE | Rights.ALL);
                walkNumber[walks] = at;
                walkEntry[walks++] =
                        alike ? array.replaceAlike(head, key, pending) : array.replace(head, key, pending);
            } else {
                long found = array.value(place);
                values[at] = found;
                if (alike) {
                    array.touchAlike(head, place);
                } else {
                    array.touch(place);
                }
                if ((need & ~found) != 0) {
                    if (!Pending.is(found)) {
                        return at;
                    }
                    walkAsked[Pending.number(found)] |= need;
                    array.setValue(place, found | need);
                }
            }
        }
        misses = walks;
        return to;
    }

    private void save() {
        changed = true;
        data.small.save();
        if (code.small != data.small) {
            code.small.save();
        }
    }

    /** Makes everything what it was before the look. */
    void undo() {
        if (changed) {
            data.small.restore();
            code.small.restore();
        }
        changed = false;
        misses = 0;
    }

    int misses() {
        return misses;
    }

    /** The number that a miss has among those of level 1. */
    int number(int miss) {
        return number[miss];
    }

    /** The page that missed with, in its low bits, the rights that its walk has to give. */
    long asked(int miss) {
        return asked[miss];
    }

    /** Copies what is {@link #asked} from a miss on. */
    int copyAsked(int miss, long[] into) {
        int count = Math.min(misses - miss, into.length);
        System.arraycopy(asked, miss, into, 0, count);
        return count;
    }

    /** How many misses are of fetches, among what {@code first} looked up. */
    int codeMisses(L1Pass first) {
        if (first.codeMisses() == 0) {
            return 0;
        }
        int fetches = 0;
        for (int miss = 0; miss < misses; miss++) {
            fetches += L1Pass.isCode(first.missed(number[miss])) ? 1 : 0;
        }
        return fetches;
    }

    /** Ends the block: gives the entries of the misses what the walks answered, in order, so that the latest of a place stays. */
    void settle(long[] walked) {
        for (int miss = 0; miss < misses; miss++) {
            TlbArray array = L1Pass.isCode(asked[miss]) ? code.small : data.small;
            array.setValue(entry[miss], walked[miss]);
        }
    }

    /** What level 2, or else the walk, answered to a miss of level 1, by its number there. */
    long answer(int at, long[] walked) {
        long found = value[at];
        return Pending.is(found) ? walked[Pending.number(found)] : found;
    }
}

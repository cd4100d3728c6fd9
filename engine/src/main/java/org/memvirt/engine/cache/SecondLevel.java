package org.memvirt.engine.cache;

import org.memvirt.api.access.Rights;

/** The second pass of a {@link LookupBlock}: what missed level 1 through the small pages of level 2. */
final class SecondLevel {
    private static final long PAGE = -4096;
    private static final int RECORD = 4;

    private final TlbGroup data;
    private final TlbGroup code;

    // By number of a level-1 miss: what was found, and a record by which the look can be undone: the order of its set before,
    // the entry, and where that was replaced, its key and value before.
    private int looked;
    private final long[] value = new long[LookupBlock.TURNS];
    private final long[] record = new long[RECORD * LookupBlock.TURNS];

    // In order, those that missed here, too: the number, and the page with the rights that the walk has to give.
    private int misses;
    private int codeMisses;
    private final int[] number = new int[LookupBlock.TURNS];
    private final long[] asked = new long[LookupBlock.TURNS];

    /** For groups that are searchable; they may be the same. */
    SecondLevel(TlbGroup data, TlbGroup code) {
        this.data = data;
        this.code = code;
    }

    /**
     * Looks all misses of level 1 up. Ends, with everything as it was, at one that finds something else than a small page of
     * the space, or a page that lacks a right.
     *
     * @return how many were looked up
     */
    int look(FirstLevel first, int tag, int globalTag) {
        boolean mixed = data.isMixed() || code.isMixed();
        int done = pass(first, tag, mixed ? globalTag : TlbArray.NONE);
        if (done < first.misses()) {
            undo(first);
        }
        return done;
    }

    private int pass(FirstLevel first, int tag, int globalTag) {
        // In locals, because the host would read the fields anew after every store.
        TlbArray dataArray = data.small;
        TlbArray codeArray = code.small;
        long[] values = value;
        long[] records = record;
        long[] walkAsked = asked;
        int[] walkNumber = number;
        long[] allMissed = first.allMissed();
        int count = first.misses();
        int walks = 0;
        int codeWalks = 0;
        int at = 0;
        for (; at < count; at++) {
            long missed = allMissed[at];
            long wanted = missed & PAGE | tag;
            int need = (int) missed & Rights.ALL;
            TlbArray array = FirstLevel.isCode(missed) ? codeArray : dataArray;
            int place = array.search(wanted);
            int note = RECORD * at;
            if (place != TlbArray.NONE) {
                long found = array.value(place);
                if ((need & ~found) != 0) {
                    if (!Pending.is(found)) {
                        break;
                    }
                    walkAsked[Pending.number(found)] |= need;
                }
                values[at] = found;
                records[note] = array.touch(place);
            } else {
                if (globalTag != TlbArray.NONE
                        && (FirstLevel.isCode(missed) ? code : data).findsOther(missed & PAGE, tag, globalTag)) {
                    break;
                }
                place = array.oldest(wanted);
                long pending = Pending.value(walks);
                values[at] = pending;
                records[note + 2] = array.key(place);
                records[note + 3] = array.value(place);
                records[note] = array.replace(place, wanted, pending);
                walkAsked[walks] = missed & (PAGE | Rights.ALL);
                walkNumber[walks++] = at;
                codeWalks += FirstLevel.isCode(missed) ? 1 : 0;
            }
            records[note + 1] = place;
        }
        looked = at;
        misses = walks;
        codeMisses = codeWalks;
        return at;
    }

    /** Makes everything what it was before the look. */
    void undo(FirstLevel first) {
        int walk = misses - 1;
        for (int at = looked - 1; at >= 0; at--) {
            TlbArray array = FirstLevel.isCode(first.missed(at)) ? code.small : data.small;
            int before = RECORD * at;
            int place = (int) record[before + 1];
            if (walk >= 0 && number[walk] == at) {
                array.restore(place, record[before + 2], record[before + 3]);
                walk--;
            }
            array.restoreOrder(place, record[before]);
        }
        looked = 0;
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

    /** How many misses are fetches. */
    int codeMisses() {
        return codeMisses;
    }

    /** Ends the block: gives the entries of the misses what the walks answered, in order, so that the latest of a place stays. */
    void settle(long[] walked) {
        for (int miss = 0; miss < misses; miss++) {
            TlbArray array = FirstLevel.isCode(asked[miss]) ? code.small : data.small;
            array.setValue((int) record[RECORD * number[miss] + 1], walked[miss]);
        }
    }

    /** What level 2, or else the walk, answered to a miss of level 1, by its number there. */
    long answer(int at, long[] walked) {
        long found = value[at];
        return Pending.is(found) ? walked[Pending.number(found)] : found;
    }
}

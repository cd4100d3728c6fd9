package org.memvirt.engine.cache;

import org.memvirt.api.access.Rights;

/** The second pass of a {@link LookupBlock}: what missed level 1 through the small pages of level 2. */
final class SecondLevel {
    private static final long PAGE = -4096;

    private final TlbGroup data;
    private final TlbGroup code;

    // By number of a level-1 miss: what was found, where, and what the order of its set was before.
    private int looked;
    private final long[] value = new long[LookupBlock.TURNS];
    private final int[] entry = new int[LookupBlock.TURNS];
    private final long[] orderBefore = new long[LookupBlock.TURNS];

    // In order, those that missed here, too: the number, the page with the rights that the walk has to give, what the entry
    // was before.
    private int misses;
    private final int[] number = new int[LookupBlock.TURNS];
    private final long[] asked = new long[LookupBlock.TURNS];
    private final long[] keyBefore = new long[LookupBlock.TURNS];
    private final long[] valueBefore = new long[LookupBlock.TURNS];

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
        int count = first.misses();
        int walks = 0;
        int at = 0;
        for (; at < count; at++) {
            long missed = first.missed(at);
            long wanted = missed & PAGE | tag;
            int need = (int) missed & Rights.ALL;
            TlbArray array = FirstLevel.isCode(missed) ? code.small : data.small;
            int place = array.search(wanted);
            if (place != TlbArray.NONE) {
                long found = array.value(place);
                if ((need & ~found) != 0) {
                    if (!Pending.is(found)) {
                        break;
                    }
                    asked[Pending.number(found)] |= need;
                }
                value[at] = found;
                orderBefore[at] = array.touch(place);
            } else {
                if (globalTag != TlbArray.NONE
                        && (FirstLevel.isCode(missed) ? code : data).findsOther(missed & PAGE, tag, globalTag)) {
                    break;
                }
                place = array.oldest(wanted);
                keyBefore[walks] = array.key(place);
                valueBefore[walks] = array.value(place);
                value[at] = Pending.value(walks);
                orderBefore[at] = array.replace(place, wanted, Pending.value(walks));
                asked[walks] = missed & (PAGE | Rights.ALL);
                number[walks++] = at;
            }
            entry[at] = place;
        }
        looked = at;
        misses = walks;
        return at;
    }

    /** Makes everything what it was before the look. */
    void undo(FirstLevel first) {
        int walk = misses - 1;
        for (int at = looked - 1; at >= 0; at--) {
            TlbArray array = FirstLevel.isCode(first.missed(at)) ? code.small : data.small;
            if (walk >= 0 && number[walk] == at) {
                array.restore(entry[at], keyBefore[walk], valueBefore[walk]);
                walk--;
            }
            array.restoreOrder(entry[at], orderBefore[at]);
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

    /** Ends the block: gives the entries of the misses, by their order, their values; those that were replaced since have none. */
    void settle(long[] walked) {
        for (int miss = 0; miss < misses; miss++) {
            TlbArray array = FirstLevel.isCode(asked[miss]) ? code.small : data.small;
            int place = entry[number[miss]];
            if (array.value(place) == Pending.value(miss)) {
                array.setValue(place, walked[miss]);
            }
        }
    }

    /** What level 2 answered to every level-1 miss, with the values of its own misses put in. */
    long[] values(long[] walked) {
        for (int at = 0; at < looked; at++) {
            long found = value[at];
            if (Pending.is(found)) {
                value[at] = walked[Pending.number(found)];
            }
        }
        return value;
    }
}

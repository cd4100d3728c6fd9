package org.memvirt.engine.block;

import java.util.stream.Stream;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.engine.tlb.TlbArray;
import org.memvirt.engine.tlb.TlbGroup;
import org.memvirt.engine.tlb.TlbKeys;

/**
 * The first pass through sets of few ways. Each set is kept here as a row of words in the order of their use; to search one and
 * move what was found to its front is one short loop, most often over two or three words. The {@link TlbArray}s do not know of
 * what happens until {@link #release}.
 *
 * <p>A word is a page's address with the rights that it was seen to have and the number of its entry in the row, its slot;
 * key and value lie there. What is not a small page of the current space is foreign, and never found.
 */
final class L1SetsPass extends L1Pass {
    private static final int SLOT_SHIFT = 6;
    private static final int SLOTS = 15;
    private static final long SLOT = (long) SLOTS << SLOT_SHIFT;
    private static final long FOREIGN = 1 << 10;
    private static final long SOUGHT = PAGE | FOREIGN;

    private final int dataMask;
    private final int codeMask;
    private final int dataWays;
    private final int codeWays;
    private final int codeStart;
    private final long[] words;
    private final long[] wordsBefore;
    // Key and value by row and slot; of those that missed in this block the ones before.
    private final long[] pairs;
    // By row and slot, the miss that took it last: counted from the first block on.
    private final long[] takenBy;
    // Whether the truth is here, and the tag of the space for which words are not foreign.
    private boolean taken;
    private int tag;

    /** Whether it can pass over such groups. */
    static boolean fits(TlbGroup data, TlbGroup code) {
        return Stream.of(data, code)
                .allMatch(group -> group.isSearchable()
                        && group.small.sets() % L1Filter.Kind.BY_ROWS.rows == 0
                        && Integer.bitCount(group.small.sets()) == 1
                        && group.small.ways() >= 2);
    }

    /** For groups that are searchable and whose number of sets is a power of two, each with at least two ways. */
    L1SetsPass(TlbGroup data, TlbGroup code) {
        super(data, code);
        dataMask = data.small.sets() - 1;
        codeMask = code.small.sets() - 1;
        dataWays = data.small.ways();
        codeWays = code.small.ways();
        codeStart = dataWays * data.small.sets();
        words = new long[codeStart + codeWays * code.small.sets()];
        wordsBefore = words.clone();
        pairs = new long[2 * words.length];
        takenBy = new long[words.length];
        java.util.Arrays.fill(takenBy, -1);
    }

    /** Takes the entries from the arrays unless they are here already. */
    @Override
    void begin(int ofSpace, int start) {
        forgetMisses();
        if (!taken || tag != ofSpace) {
            giveBack();
            data.small.copyByAge(pairs, 0);
            code.small.copyByAge(pairs, 2 * codeStart);
            tag = ofSpace;
            taken = true;
            write(0, codeStart, dataWays);
            write(codeStart, words.length, codeWays);
        }
        System.arraycopy(words, 0, wordsBefore, 0, words.length);
    }

    private void write(int from, int to, int ways) {
        for (int at = from; at < to; at++) {
            long key = pairs[2 * at];
            long value = pairs[2 * at + 1];
            long slot = (long) ((at - from) % ways) << SLOT_SHIFT;
            words[at] = (key & ~PAGE) == tag && !TlbKeys.isGlobal(value)
                    ? key & PAGE | slot | value & Rights.ALL
                    : slot | FOREIGN;
        }
    }

    @Override
    void undo() {
        forgetMisses();
        System.arraycopy(wordsBefore, 0, words, 0, words.length);
    }

    @Override
    boolean release(AccessBatch batch, int at) {
        return giveBack();
    }

    /** Gives the entries back to the arrays; false if they were there. */
    private boolean giveBack() {
        if (!taken) {
            return false;
        }
        give(data.small, 0, codeStart, dataWays);
        give(code.small, codeStart, words.length, codeWays);
        taken = false;
        return true;
    }

    private void give(TlbArray array, int from, int to, int ways) {
        for (int at = from; at < to; at++) {
            int age = (at - from) % ways;
            int pair = 2 * (at - age + slot(words[at]));
            array.setAged((at - from) / ways, age, pairs[pair], pairs[pair + 1]);
        }
    }

    private static int slot(long word) {
        return (int) word >>> SLOT_SHIFT & SLOTS;
    }

    @Override
    int look(L1Filter runs, int from, int to, int globalTag) {
        boolean mixed = data.isMixed() || code.isMixed();
        int done = pass(runs, from, to, mixed ? globalTag : TlbArray.NONE);
        if (done < to) {
            // The last run may have moved what it found already.
            undo();
            pass(runs, from, done, TlbArray.NONE);
        }
        return done;
    }

    private int pass(L1Filter runs, int from, int to, int globalTag) {
        // In locals, because the host would read the fields anew after every store.
        long[] rows = words;
        long[] takers = takenBy;
        long[] allMissed = missed;
        int[] runOf = run;
        int dataSets = dataMask;
        int codeSets = codeMask;
        long numbersBefore = missesBefore;
        int number = 0;
        int codeNumber = 0;
        int at = from;
        for (; at < to; at++) {
            long sought = runs.word(at);
            int page = (int) (sought >>> 12);
            int first;
            int ways;
            if ((sought & Rights.EXECUTE) == 0) {
                ways = dataWays;
                first = (page & dataSets) * ways;
            } else {
                ways = codeWays;
                first = codeStart + (page & codeSets) * ways;
            }
            // A hit differs in nothing but slot and rights, which lie below.
            long word = rows[first];
            if (((word ^ sought) & SOUGHT) != 0) {
                long second = rows[first + 1];
                rows[first + 1] = word;
                word = second;
                if (((word ^ sought) & SOUGHT) != 0) {
                    word = lookBeyond(rows, first + 2, first + ways, sought, word);
                }
            }
            if (((word ^ sought) & SOUGHT) != 0) {
                if (globalTag != TlbArray.NONE && findsOther(sought, tag, globalTag)) {
                    break;
                }
                rows[first] = sought & (PAGE | Rights.ALL) | word & SLOT;
                int taking = first + slot(word);
                takers[taking] = numbersBefore + number;
                runOf[number] = at;
                allMissed[number++] = sought;
                codeNumber += first >= codeStart ? 1 : 0;
            } else {
                long lacking = sought & ~word & Rights.ALL;
                if (lacking != 0) {
                    long rights = exercise(first + slot(word), lacking);
                    if ((lacking & ~rights) != 0) {
                        break;
                    }
                    word |= rights;
                }
                rows[first] = word;
            }
        }
        misses = number;
        codeMisses = codeNumber;
        return at;
    }

    /**
     * Moves the words from {@code from} on by one, the first to take {@code moved}, until one is found, and returns it; or
     * the last.
     */
    private static long lookBeyond(long[] rows, int from, int end, long sought, long moved) {
        long word = moved;
        for (int age = from; age < end; age++) {
            long older = rows[age];
            rows[age] = word;
            word = older;
            if (((word ^ sought) & SOUGHT) == 0) {
                break;
            }
        }
        return word;
    }

    /** Notes that an entry was needed for more than was known; returns the rights that are known now. */
    private long exercise(int entry, long need) {
        long miss = takenBy[entry] - missesBefore;
        if (miss >= 0) {
            missed[(int) miss] |= need;
            return need;
        }
        return pairs[2 * entry + 1] & Rights.ALL;
    }

    @Override
    void settle(L2Pass second, long[] walked, int end) {
        for (int entry = 0; misses > 0 && entry < takenBy.length; entry++) {
            long number = takenBy[entry] - missesBefore;
            if (number >= 0) {
                pairs[2 * entry] = missed[(int) number] & PAGE | tag;
                pairs[2 * entry + 1] = second.answer((int) number, walked);
            }
        }
    }

    @Override
    L1Filter.Kind filter() {
        return L1Filter.Kind.BY_ROWS;
    }
}

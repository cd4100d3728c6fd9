package org.memvirt.engine.block;

import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.engine.tlb.EntryTimes;
import org.memvirt.engine.tlb.TlbArray;
import org.memvirt.engine.tlb.TlbGroup;
import org.memvirt.engine.tlb.TlbLevels;
import org.memvirt.engine.tlb.Uses;

/**
 * The first pass through arrays whose sets have many ways, as one that is fully associative: each entry has the time of its
 * last use.
 *
 * <p>A run gives its entry the time of its last access at once, {@link L1Filter#lastUse}. Until then the entry is not the
 * oldest of its set anyway. Where a block ends within runs, {@link #release} sets the times that are still to come right.
 */
final class L1TimesPass extends L1Pass {
    private final L1Filter.Kind kind;
    private final TlbArray dataArray;
    private final TlbArray codeArray;
    private final EntryTimes dataTimes;
    private final EntryTimes codeTimes;
    // By entry, the miss that took it last: counted from the first block on.
    private final long[] dataTakers;
    private final long[] codeTakers;
    private final Uses uses;
    private int tag;
    // Of the access at index 0 of the batch.
    private long firstTime;
    // Whether the times may be ahead, and what TlbLevels knows of the entries may be wrong.
    private boolean used;

    /** Whether it can pass over such groups. */
    static boolean fits(TlbGroup data, TlbGroup code) {
        return Stream.of(data, code).allMatch(group -> group.isPlain() && group.times() != null)
                && kindFor(data, code) != null;
    }

    private static L1Filter.@Nullable Kind kindFor(TlbGroup data, TlbGroup code) {
        int ways = Math.min(data.small.ways(), code.small.ways());
        return Stream.of(L1Filter.Kind.values()).filter(kind -> kind.suits(ways)).findFirst().orElse(null);
    }

    L1TimesPass(TlbLevels levels, TlbGroup data, TlbGroup code) {
        super(data, code);
        kind = Objects.requireNonNull(kindFor(data, code));
        uses = levels.uses();
        dataArray = data.small;
        codeArray = code.small;
        dataTimes = Objects.requireNonNull(data.times());
        codeTimes = Objects.requireNonNull(code.times());
        dataTakers = new long[dataArray.places()];
        codeTakers = new long[codeArray.places()];
        Arrays.fill(dataTakers, -1);
        Arrays.fill(codeTakers, -1);
    }

    @Override
    void begin(int ofSpace, int start) {
        forgetMisses();
        tag = ofSpace;
        firstTime = uses.now() + 1 - start;
        used = true;
        uses.save();
        dataArray.save();
        codeArray.save();
    }

    @Override
    void undo() {
        forgetMisses();
        uses.restore();
        dataArray.restore();
        codeArray.restore();
    }

    @Override
    int look(L1Filter runs, int from, int to, int globalTag) {
        boolean mixed = data.isMixed() || code.isMixed();
        long[] allMissed = missed;
        int[] runOf = run;
        int number = 0;
        int codeNumber = 0;
        int at = from;
        for (; at < to; at++) {
            long sought = runs.word(at);
            boolean isCode = isCode(sought);
            TlbArray array = isCode ? codeArray : dataArray;
            long key = sought & PAGE | tag;
            int head = array.headOf(key);
            int entry = array.searchSet(head, key);
            if (entry == TlbArray.NONE) {
                if (mixed && findsOther(sought, tag, globalTag)) {
                    break;
                }
                uses.goOn(firstTime + runs.position(at));
                entry = array.replace(head, key, sought & Rights.ALL);
                (isCode ? codeTakers : dataTakers)[entry] = missesBefore + number;
                runOf[number] = at;
                allMissed[number++] = sought;
                codeNumber += isCode ? 1 : 0;
            } else {
                long lacking = sought & ~array.value(entry) & Rights.ALL;
                if (lacking != 0) {
                    long miss = (isCode ? codeTakers : dataTakers)[entry] - missesBefore;
                    if (miss < 0) {
                        break;
                    }
                    allMissed[(int) miss] |= lacking;
                    array.setValue(entry, array.value(entry) | lacking);
                }
            }
            (isCode ? codeTimes : dataTimes).set(entry, firstTime + runs.lastUse(at));
        }
        misses = number;
        codeMisses = codeNumber;
        return at;
    }

    @Override
    void settle(L2Pass second, long[] walked, int end) {
        uses.goOn(firstTime + end - 1);
        if (misses > 0) {
            settle(dataArray, dataTakers, second, walked);
            settle(codeArray, codeTakers, second, walked);
        }
    }

    private void settle(TlbArray array, long[] takers, L2Pass second, long[] walked) {
        for (int entry = 0; entry < takers.length; entry++) {
            long number = takers[entry] - missesBefore;
            if (number >= 0) {
                array.setValue(entry, second.answer((int) number, walked));
            }
        }
    }

    @Override
    boolean release(AccessBatch batch, int at) {
        boolean changed = used;
        used = false;
        int ahead = changed ? dataTimes.after(uses.now()) + codeTimes.after(uses.now()) : 0;
        for (int access = at - 1; ahead > 0; access--) {
            boolean isCode = (batch.kinds[access] & Rights.EXECUTE) != 0;
            TlbArray array = isCode ? codeArray : dataArray;
            EntryTimes times = isCode ? codeTimes : dataTimes;
            long key = batch.addresses[access] & PAGE | tag;
            int entry = array.searchSet(array.headOf(key), key);
            if (entry != TlbArray.NONE && times.of(entry) > uses.now()) {
                times.setBack(entry, firstTime + access);
                ahead--;
            }
        }
        return changed;
    }

    @Override
    L1Filter.Kind filter() {
        return kind;
    }
}

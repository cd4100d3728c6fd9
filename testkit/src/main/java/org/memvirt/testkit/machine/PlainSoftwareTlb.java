package org.memvirt.testkit.machine;

import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;

/** The TLB of {@link RefilledMmu}: entries one after another, as the words of {@link SoftwareTlb} have it, and nothing more. */
final class PlainSoftwareTlb implements SoftwareTlb {
    static final String GROUP = "tlb";

    /** From here on addresses are no program's. */
    static final long SUPERVISOR = 1L << 62;

    private final RefilledMmu mmu;
    private final long sizes;
    private final @Nullable PlainSoftwareTlb below;
    private final Entry[] entries;
    private final SplittableRandom random;
    private final Counts counts;
    private final List<Counts> allCounts;
    private boolean isSecondStage;
    private boolean isDeprivileged;
    private int wired;
    private int tag;
    private long unmapped;
    private Miss lastMiss = Miss.NONE;
    private long missAddress;
    private boolean isRetry;
    private boolean isCountedBelow;
    // What the last look-up found.
    private @Nullable Entry matched;
    private long output;

    PlainSoftwareTlb(RefilledMmu mmu, long seed, String group, @Nullable PlainSoftwareTlb below) {
        this.mmu = mmu;
        sizes = mmu.sizes();
        this.below = below;
        random = new SplittableRandom(seed);
        entries = new Entry[mmu.entries()];
        for (int index = 0; index < entries.length; index++) {
            entries[index] = new Entry();
        }
        counts = new Counts(group, group.equals(GROUP) ? 1 : 0);
        if (below == null) {
            allCounts = List.of(counts);
        } else {
            allCounts = List.of(counts, below.counts);
            below.isSecondStage = true;
        }
    }

    // Accesses.

    @Override
    public int advance(AccessBatch batch, int from, int to) {
        for (int at = from; at < to; at++) {
            boolean again = isRetry;
            isRetry = false;
            isCountedBelow &= again;
            lastMiss = attempt(batch.addresses[at], batch.kinds[at]);
            if (!again) {
                boolean through = lastMiss == Miss.NONE || lastMiss == Miss.STAGE_2;
                unmapped += through && matched == null ? 1 : 0;
                counts.hits += through && matched != null ? 1 : 0;
                counts.misses += through ? 0 : 1;
            }
            if (lastMiss != Miss.NONE) {
                return at;
            }
        }
        lastMiss = Miss.NONE;
        return to;
    }

    private Miss attempt(long address, int needed) {
        Miss miss = lookUp(address, needed);
        if (miss != Miss.NONE || below == null) {
            return miss;
        }
        boolean passes = below.lookUp(output, needed) == Miss.NONE;
        if (!isCountedBelow) {
            below.counts.hits += passes ? 1 : 0;
            below.counts.misses += passes ? 0 : 1;
            isCountedBelow = !passes;
        }
        missAddress = output;
        return passes ? Miss.NONE : Miss.STAGE_2;
    }

    private Miss lookUp(long address, int needed) {
        matched = null;
        if (!isSecondStage && (needed & Rights.USER) != 0 && (address < 0 || address >= SUPERVISOR)) {
            return Miss.ADDRESS_ERROR;
        }
        if (!isSecondStage && address < 0) {
            output = address & Long.MAX_VALUE;
            return isDeprivileged ? Miss.ADDRESS_ERROR : Miss.NONE;
        }
        int index = probe(address, tag);
        if (index < 0) {
            return Miss.REFILL;
        }
        Entry entry = entries[index];
        matched = entry;
        Half half = entry.half(address, mmu.pairs());
        int lacking = needed & ~half.allowed;
        output = half.output | address & (1L << entry.pageShift) - 1;
        if (!half.valid) {
            return Miss.INVALID;
        }
        if (lacking == 0) {
            return Miss.NONE;
        }
        return (lacking & ~Rights.WRITE) == 0 ? Miss.MODIFIED : Miss.PROTECTED;
    }

    @Override
    public Miss lastMiss() {
        return lastMiss;
    }

    @Override
    public long missAddress() {
        return missAddress;
    }

    @Override
    public void retryMiss() {
        isRetry = true;
    }

    @Override
    public void cancelMiss(int needed) {
        counts.misses--;
    }

    // What software does.

    @Override
    public int entries() {
        return entries.length;
    }

    @Override
    public boolean pairs() {
        return mmu.pairs();
    }

    @Override
    public int deniable() {
        return mmu.deniable();
    }

    @Override
    public boolean isUnmapped(long address, int needed) {
        return !isSecondStage && address < 0;
    }

    @Override
    public void deprivilege() {
        isDeprivileged = true;
    }

    @Override
    public int wired() {
        return wired;
    }

    @Override
    public void wire(int count) {
        wired = count;
    }

    @Override
    public int tag() {
        return tag;
    }

    @Override
    public void selectTag(int newTag) {
        tag = newTag;
    }

    @Override
    public int probe(long address, int ofTag) {
        for (int index = 0; index < entries.length; index++) {
            Entry entry = entries[index];
            long bytes = (mmu.pairs() ? 2L : 1L) << entry.pageShift;
            if (entry.present && (entry.global || entry.tag == ofTag) && (address & -bytes) == entry.address) {
                return index;
            }
        }
        return -1;
    }

    @Override
    public void read(int index, Entry into) {
        into.set(entries[index]);
    }

    @Override
    public void write(int index, Entry entry) {
        long page = 1L << entry.pageShift;
        if (entry.present) {
            boolean aligned = (entry.address & (mmu.pairs() ? 2 * page : page) - 1) == 0;
            if (!aligned || (sizes & page) == 0 || !isLegal(entry.even) || !isLegal(entry.odd)) {
                throw new IllegalArgumentException("an entry for %#x, 2^%d bytes, that this TLB cannot hold"
                        .formatted(entry.address, entry.pageShift));
            }
            entry.present = false;
            int other = probe(entry.address, entry.tag);
            entry.present = true;
            if (other >= 0 && other != index && entry != entries[other]) {
                throw new IllegalArgumentException("two entries, %d and %d, match %#x"
                        .formatted(index, other, entry.address));
            }
        }
        entries[index].set(entry);
    }

    private boolean isLegal(Half half) {
        int user = half.allowed & Rights.USER;
        return !half.valid
                || half.allowed == (user | user << Rights.SUPERVISOR_SHIFT)
                        && (~half.allowed & Rights.ALL & ~mmu.deniable()) == 0;
    }

    @Override
    public int writeRandom(Entry entry) {
        int index = wired + random.nextInt(entries.length - wired);
        write(index, entry);
        return index;
    }

    @Override
    public void invalidateAll() {
        for (Entry entry : entries) {
            entry.present = false;
        }
        if (below != null) {
            below.invalidateAll();
        }
    }

    // For others.

    @Override
    public boolean probe(long address, int needed, Walk answer) {
        if (lookUp(address, needed) != Miss.NONE) {
            return false;
        }
        Entry by = matched;
        long physical = output;
        if (below != null && !below.probe(physical, needed, answer)) {
            return false;
        }
        int shift = by == null ? 12 : by.pageShift;
        int allowed = by == null ? Rights.SUPERVISOR : by.half(address, mmu.pairs()).allowed;
        answer.inputAddress = address;
        answer.outputAddress = below == null ? physical : answer.outputAddress;
        answer.pageShift = below == null ? shift : Math.min(shift, answer.pageShift);
        answer.allowed = below == null ? allowed : allowed & answer.allowed;
        answer.global = by == null || by.global;
        answer.fault = Fault.NONE;
        return true;
    }

    @Override
    public @Nullable SoftwareTlb stageTwo() {
        return below;
    }

    @Override
    public long unmapped() {
        return unmapped;
    }

    @Override
    public long wholeSizes() {
        return sizes;
    }

    @Override
    public List<Counts> counts() {
        return allCounts;
    }
}

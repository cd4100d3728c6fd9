package org.memvirt.engine.cache;

import java.util.function.IntPredicate;
import org.memvirt.api.mmu.NestedTlb;
import org.memvirt.api.mmu.NestedTlbPreset;
import org.memvirt.api.mmu.PlainWalks;
import org.memvirt.api.mmu.Walk;

/**
 * The nested TLB: a set-associative LRU cache of stage-2 translations, tagged by VM, each of its page's own size. An entry
 * that lacks the rights which are asked for counts as a miss and is replaced. An entry holds what its walk costs without
 * caches, so that what a hit saves is exact.
 */
public final class NestedTranslations implements NestedTlb {
    private static final int SHIFT_BITS = 6;

    private final AssociativeCache places;
    private final long[] frame;
    private final byte[] allowed;
    private final long[] attributes;
    private final int[] cost;
    // Bit s is set once a page of size 2^s was kept.
    private long sizesSeen;
    private final long[] counts = new long[2];

    public NestedTranslations(NestedTlbPreset preset) {
        places = new AssociativeCache(preset.sets(), preset.ways());
        frame = new long[places.slots()];
        allowed = new byte[places.slots()];
        attributes = new long[places.slots()];
        cost = new int[places.slots()];
    }

    @Override
    public boolean find(int vm, Walk inner) {
        long gpa = inner.inputAddress;
        for (long sizes = sizesSeen; sizes != 0; sizes &= sizes - 1) {
            int shift = Long.numberOfTrailingZeros(sizes);
            long page = gpa >>> shift;
            int slot = places.find(places.setOf(page), page, tag(vm, shift));
            if (slot != AssociativeCache.NONE && (inner.access & ~allowed[slot]) == 0) {
                counts[1]++;
                inner.outputAddress = frame[slot] | gpa & (1L << shift) - 1;
                inner.pageShift = shift;
                inner.stage1Shift = shift;
                inner.allowed = allowed[slot];
                inner.faultDetail = attributes[slot];
                inner.trail.skip(cost[slot]);
                return true;
            }
        }
        counts[0]++;
        return false;
    }

    @Override
    public void insert(int vm, Walk inner) {
        int shift = inner.pageShift;
        long page = inner.inputAddress >>> shift;
        int slot = places.peek(page, tag(vm, shift));
        if (slot == AssociativeCache.NONE) {
            slot = places.insert(places.setOf(page), page, tag(vm, shift));
            sizesSeen |= 1L << shift;
        }
        frame[slot] = inner.outputAddress & -1L << shift;
        allowed[slot] = (byte) inner.allowed;
        attributes[slot] = inner.faultDetail;
        cost[slot] = inner.uncachedCost();
    }

    // The same for walks that were made side by side without this cache.

    /** Whether the cache has nothing for one of the walks, or what that walk found; no effect. */
    public boolean agrees(int owner, PlainWalks inners, int walk) {
        long gpa = inners.input[walk];
        for (long sizes = sizesSeen; sizes != 0; sizes &= sizes - 1) {
            int shift = Long.numberOfTrailingZeros(sizes);
            int slot = places.peek(gpa >>> shift, tag(owner, shift));
            if (slot != AssociativeCache.NONE
                    && (shift != inners.pageShift
                            || frame[slot] != (inners.output[walk] & -1L << shift)
                            || allowed[slot] != inners.allowed[walk]
                            || attributes[slot] != inners.attributes(0)[walk]
                            || cost[slot] != inners.references())) {
                return false;
            }
        }
        return true;
    }

    /** Looks one of the walks up, where the cache {@link #agrees}, counts, and keeps its answer; whether it was there. */
    public boolean use(int owner, PlainWalks inners, int walk) {
        int shift = inners.pageShift;
        long page = inners.input[walk] >>> shift;
        int set = places.setOf(page);
        int tag = tag(owner, shift);
        int slot = places.find(set, page, tag);
        if (slot != AssociativeCache.NONE) {
            counts[1]++;
            return true;
        }
        counts[0]++;
        slot = places.insert(set, page, tag);
        sizesSeen |= 1L << shift;
        frame[slot] = inners.output[walk] & -1L << shift;
        allowed[slot] = (byte) inners.allowed[walk];
        attributes[slot] = inners.attributes(0)[walk];
        cost[slot] = inners.references();
        return false;
    }

    /** Look-ups: at index 0 those that found nothing, which are stage-2 walks, at 1 hits; live. */
    public long[] counts() {
        return counts;
    }

    private static int tag(int vm, int shift) {
        return vm << SHIFT_BITS | shift;
    }

    /** Removes everything of the chosen owners. */
    public void invalidate(IntPredicate owners) {
        places.removeIf((page, tag) -> owners.test(tag >>> SHIFT_BITS));
    }

    /** Removes what overlaps the range of the guest-physical addresses of the chosen owners. */
    public void invalidate(IntPredicate owners, long gpa, long bytes) {
        places.removeIf((page, tag) -> {
            int shift = tag & (1 << SHIFT_BITS) - 1;
            long first = page << shift;
            return first < gpa + bytes && gpa < first + (1L << shift) && owners.test(tag >>> SHIFT_BITS);
        });
    }
}

package org.memvirt.engine.walkcache;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.IntPredicate;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.NestedTlbPreset;
import org.memvirt.api.walk.NestedTlb;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkBatch;

/**
 * The nested TLB: a set-associative LRU cache of stage-2 translations, tagged by VM, each of its page's own size. An entry
 * that lacks the rights which are asked for counts as a miss and is replaced. An entry holds what its walk costs without
 * caches, so that what a hit saves is exact.
 */
public final class NestedTranslations implements NestedTlb, GuestPhysicalCache {
    private static final int SHIFT_BITS = 6;

    // The content of a slot: the frame with what the translation allows in its low bits, the attributes of Walk, the cost.
    private static final int FRAME = AssociativeCache.CONTENT;
    private static final int ATTRIBUTES = FRAME + 1;
    private static final int COST = FRAME + 2;

    private final AssociativeCache places;
    private final long[] kept;
    // Bit s is set once a page of size 2^s was kept.
    private long sizesSeen;
    private final long[] counts = new long[2];
    // Of the walks that are taken through: those of stage 2 by level; by look-up, who asks, by level and walk; by level, the
    // look-ups that found nothing.
    private final WalkBatch[] byLevel = new WalkBatch[Walk.LEVELS];
    private WalkBatch[] inside = byLevel;
    private int leaf = 1;
    private final LruReplay run;
    private final int[] asking = new int[Walk.LEVELS * WalkBatch.CAPACITY];
    private final int[] missed = new int[Walk.LEVELS];
    private int lookups;
    private int lookupsOfWalk;
    private int longest;

    public NestedTranslations(NestedTlbPreset preset) {
        places = new AssociativeCache(preset.sets(), preset.ways());
        kept = places.words;
        run = new LruReplay(places, preset.sets(), preset.ways(), Walk.LEVELS * WalkBatch.CAPACITY);
    }

    @Override
    public boolean find(int vm, Walk inner) {
        long gpa = inner.inputAddress;
        for (long sizes = sizesSeen; sizes != 0; sizes &= sizes - 1) {
            int shift = Long.numberOfTrailingZeros(sizes);
            long page = gpa >>> shift;
            int slot = places.find(places.setOf(page), page, tag(vm, shift));
            if (slot != AssociativeCache.NONE && (inner.access & ~allowed(slot)) == 0) {
                counts[1]++;
                inner.outputAddress = kept[slot + FRAME] & -1L << shift | gpa & (1L << shift) - 1;
                inner.pageShift = shift;
                inner.stage1Shift = shift;
                inner.allowed = allowed(slot);
                inner.faultDetail = kept[slot + ATTRIBUTES];
                inner.trail.skip((int) kept[slot + COST]);
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
        keep(slot, inner.outputAddress & -1L << shift | inner.allowed, inner.faultDetail, inner.uncachedCost());
    }

    private int allowed(int slot) {
        return (int) kept[slot + FRAME] & Rights.ALL;
    }

    private void keep(int slot, long frame, long attributes, int cost) {
        kept[slot + FRAME] = frame;
        kept[slot + ATTRIBUTES] = attributes;
        kept[slot + COST] = cost;
    }

    // The same for walks that were made side by side without this cache.

    /**
     * Takes the first walks through, one after another: for each the translations that it asks for, as {@link #find} and
     * {@link #insert} would, but without effect before {@link #commit}.
     *
     * @param count of the walks
     * @param top level of their table
     * @param resumeLevel by walk, the level of the table at which it begins, whose place is known; 0 for the top
     * @return {@code count}; or less, when the cache holds something else than a walk found: then no more than those before
     *     it are to be taken through
     */
    public int replay(WalkBatch walks, int count, int top, byte[] resumeLevel) {
        for (int level = top; level >= 0; level = below(level, walks.leafLevel)) {
            byLevel[level] = Objects.requireNonNull(walks.inside(level), "there is no second stage");
        }
        return replay(byLevel, walks.owner(), count, top, walks.leafLevel, resumeLevel);
    }

    /** The level of the next translation that a walk asks for, after that of the entry of this one. */
    private static int below(int level, int leaf) {
        return level == leaf ? 0 : level - 1;
    }

    /** The same for the stage-2 walks by level, whose pages are all of one size. */
    int replay(WalkBatch[] walks, int owner, int count, int top, int leafLevel, byte[] resumeLevel) {
        inside = walks;
        leaf = leafLevel;
        lookupsOfWalk = top - leaf + 2;
        int shift = inside[0].pageShift;
        boolean mixed = (sizesSeen & ~(1L << shift)) != 0;
        lookups = 0;
        for (int walk = 0; walk < count; walk++) {
            for (int level = firstAsking(resumeLevel[walk], top); level >= 0; level = below(level, leaf)) {
                long gpa = inside[level].input[walk];
                if (mixed && holdsOtherSize(owner, gpa, shift)) {
                    return walk;
                }
                run.numbers()[run.first() + lookups] = gpa >>> shift;
                asking[lookups++] = level * WalkBatch.CAPACITY + walk;
            }
        }
        run.replay(lookups, tag(owner, shift));
        int agreed = agreed(count);
        if (agreed == count) {
            note(count, top, resumeLevel);
        }
        return agreed;
    }

    /** The first walk for which the cache holds something else than it found; or the count of all. */
    private int agreed(int count) {
        int agreed = count;
        for (int age = 0; age < run.slots(); age++) {
            int found = run.found(age);
            if (found >= 0) {
                int walk = asking[found] % WalkBatch.CAPACITY;
                if (walk < agreed && !agrees(run.slot(age), inside[asking[found] / WalkBatch.CAPACITY], walk)) {
                    agreed = walk;
                }
            }
        }
        return agreed;
    }

    private void note(int count, int top, byte[] resumeLevel) {
        Arrays.fill(missed, 0);
        longest = 0;
        int lookup = 0;
        for (int walk = 0; walk < count; walk++) {
            int made = (resumeLevel[walk] == 0 ? top : resumeLevel[walk]) - leaf + 1;
            for (int level = firstAsking(resumeLevel[walk], top); level >= 0; level = below(level, leaf)) {
                if (run.missed(lookup++)) {
                    missed[level]++;
                    made += inside[level].references();
                }
            }
            longest = Math.max(longest, made);
        }
    }

    /** The level of the first entry of a walk whose place stage 2 has to tell. */
    private int firstAsking(int resumeLevel, int top) {
        return resumeLevel == 0 ? top : below(resumeLevel, leaf);
    }

    private boolean agrees(int slot, WalkBatch inside, int walk) {
        return kept[slot + FRAME] == frame(inside, walk)
                && kept[slot + ATTRIBUTES] == inside.attributes(0)[walk]
                && kept[slot + COST] == inside.references();
    }

    private static long frame(WalkBatch inside, int walk) {
        return inside.output[walk] & -1L << inside.pageShift | inside.allowed[walk];
    }

    private boolean holdsOtherSize(int owner, long gpa, int shift) {
        for (long sizes = sizesSeen & ~(1L << shift); sizes != 0; sizes &= sizes - 1) {
            int other = Long.numberOfTrailingZeros(sizes);
            if (places.peek(gpa >>> other, tag(owner, other)) != AssociativeCache.NONE) {
                return true;
            }
        }
        return false;
    }

    /** How many of the walks taken last did not find the translation for their entry at that level; 0 for the final address. */
    public int missed(int level) {
        return missed[level];
    }

    /**
     * Whether a walk did not find the translation for its entry at that level, or for 0 of its final address; where all walks
     * taken last begin at the top.
     */
    public boolean misses(int walk, int level) {
        int fromLast = level == 0 ? 0 : level - leaf + 1;
        return run.missed((walk + 1) * lookupsOfWalk - 1 - fromLast);
    }

    /** References of the longest of the walks taken last. */
    public int longest() {
        return longest;
    }

    /** Keeps what the walks taken last found, and counts them. */
    public void commit() {
        if (lookups == 0) {
            return;
        }
        sizesSeen |= 1L << inside[0].pageShift;
        int kept = run.commit();
        for (int i = 0; i < kept; i++) {
            int lookup = asking[run.committedUse(i)];
            WalkBatch walked = inside[lookup / WalkBatch.CAPACITY];
            int walk = lookup % WalkBatch.CAPACITY;
            keep(run.committedSlot(i), frame(walked, walk), walked.attributes(0)[walk], walked.references());
        }
        int misses = 0;
        for (int atLevel : missed) {
            misses += atLevel;
        }
        counts[0] += misses;
        counts[1] += lookups - misses;
    }

    /** Look-ups: at index 0 those that found nothing, which are stage-2 walks, at 1 hits; live. */
    public long[] counts() {
        return counts;
    }

    private static int tag(int vm, int shift) {
        return vm << SHIFT_BITS | shift;
    }

    @Override
    public void invalidate(IntPredicate owners) {
        places.removeIf((page, tag) -> owners.test(tag >>> SHIFT_BITS));
    }

    @Override
    public void invalidate(IntPredicate owners, long gpa, long bytes) {
        places.removeIf((page, tag) -> {
            int shift = tag & (1 << SHIFT_BITS) - 1;
            long first = page << shift;
            return first < gpa + bytes && gpa < first + (1L << shift) && owners.test(tag >>> SHIFT_BITS);
        });
    }
}

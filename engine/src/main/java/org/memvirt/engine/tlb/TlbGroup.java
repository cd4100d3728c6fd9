package org.memvirt.engine.tlb;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.tlb.TlbPreset;

/** The TLB arrays of one level that are looked up together, and their counts. */
public final class TlbGroup {
    final TlbArray[] arrays;
    public final Tlb.Counts counts;
    /** Whether pages of other sizes than those of its arrays are not kept here. */
    private final boolean bypassed;
    /** Its only array that takes small pages, if {@link #isSearchable}; else any of them. */
    public final TlbArray small;

    private final int takingSmall;
    // By offset bits, the array that takes such pages, whole or a piece of them; null if none does.
    private final @Nullable TlbArray[] takers = new TlbArray[Long.SIZE];
    private long savedHits;
    private long savedMisses;

    /** @param uses where the times of uses are kept; null where each array keeps their order itself */
    TlbGroup(TlbPreset.Group described, long seed, @Nullable Uses uses) {
        arrays = described.arrays().stream()
                .map(array -> new TlbArray(array, seed, uses))
                .toArray(TlbArray[]::new);
        counts = new Tlb.Counts(described.name(), described.level());
        bypassed = described.others() == TlbPreset.OtherSizes.BYPASS;
        TlbArray[] taking =
                Stream.of(arrays).filter(array -> array.shiftOf(0) == 12).toArray(TlbArray[]::new);
        takingSmall = taking.length;
        for (int shift = 0; shift < Long.SIZE; shift++) {
            takers[shift] = taker(shift);
        }
        small = takingSmall > 0 ? taking[0] : arrays[0];
    }

    private @Nullable TlbArray taker(int pageShift) {
        TlbArray best = null;
        for (TlbArray array : arrays) {
            int size = array.sizeFor(pageShift);
            if (size != TlbArray.NONE
                    && (!bypassed || array.shiftOf(size) == pageShift)
                    && (best == null || array.shiftOf(size) > best.shiftOf(best.sizeFor(pageShift)))) {
                best = array;
            }
        }
        return best;
    }

    /** The array that keeps a page of this size, whole or the largest piece of it; null if none does. */
    @Nullable TlbArray arrayFor(int pageShift) {
        return takers[pageShift];
    }

    /** Keeps entries and counts, for {@link #restore}. */
    void save() {
        for (TlbArray array : arrays) {
            array.save();
        }
        savedHits = counts.hits;
        savedMisses = counts.misses;
    }

    /** Makes them what they were at {@link #save}. */
    void restore() {
        for (TlbArray array : arrays) {
            array.restore();
        }
        counts.hits = savedHits;
        counts.misses = savedMisses;
    }

    /** The page sizes that it keeps as one entry wherever it keeps them, as {@link Tlb#wholeSizes}. */
    long wholeSizes() {
        long sizes = bypassed ? -1 : 0;
        for (TlbArray array : arrays) {
            sizes |= array.sizes();
        }
        return sizes;
    }

    /** Whether all its pages of 4 KiB lie in one array that is searchable. */
    public boolean isSearchable() {
        return takingSmall == 1 && small.isSearchable();
    }

    /** Whether all its pages of 4 KiB lie in one array. */
    public boolean isPlain() {
        return takingSmall == 1;
    }

    /** When its entries of those pages were used last; null where it keeps their order otherwise. */
    public @Nullable EntryTimes times() {
        return small.times();
    }

    /** Whether it holds anything but small pages that are not global. */
    public boolean isMixed() {
        for (TlbArray array : arrays) {
            if (array == small ? array.holdsOthers() : !array.isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /** Whether anything but a small page of the space translates the address. */
    public boolean findsOther(long address, int tag, int globalTag) {
        for (TlbArray array : arrays) {
            if (array == small
                    ? array.findsOther(address, tag, globalTag)
                    : array.find(address, tag, globalTag) != TlbArray.NONE) {
                return true;
            }
        }
        return false;
    }
}

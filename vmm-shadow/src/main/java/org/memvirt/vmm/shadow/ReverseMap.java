package org.memvirt.vmm.shadow;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which shadow entries lead to a piece of the guest's memory: every alias of it. */
final class ReverseMap {
    // By the first address of the piece and, in the low bits, its offset bits.
    private final Map<Long, ShadowEntry> firsts = new HashMap<>();
    // By offset bits, how many entries there are.
    private final int[] counts = new int[Long.SIZE];
    private final int granuleShift;
    private int size;

    /** @param granuleShift offset bits of the smallest piece */
    ReverseMap(int granuleShift) {
        this.granuleShift = granuleShift;
    }

    private static long key(long gpa, int shift) {
        return gpa & -1L << shift | shift;
    }

    void add(ShadowEntry entry) {
        ShadowEntry second = firsts.put(key(entry.gpa, entry.shift), entry);
        entry.nextOfFrame = second;
        if (second != null) {
            second.previousOfFrame = entry;
        }
        counts[entry.shift]++;
        size++;
    }

    void remove(ShadowEntry entry) {
        ShadowEntry previous = entry.previousOfFrame;
        ShadowEntry next = entry.nextOfFrame;
        if (previous != null) {
            previous.nextOfFrame = next;
        } else if (next != null) {
            firsts.put(key(entry.gpa, entry.shift), next);
        } else {
            firsts.remove(key(entry.gpa, entry.shift));
        }
        if (next != null) {
            next.previousOfFrame = previous;
        }
        entry.previousOfFrame = null;
        entry.nextOfFrame = null;
        counts[entry.shift]--;
        size--;
    }

    int size() {
        return size;
    }

    /** The entries that lead to some part of a range of whole granules. */
    List<ShadowEntry> leadingTo(long gpa, long bytes) {
        List<ShadowEntry> found = new ArrayList<>(2);
        if (bytes >>> granuleShift > size) {
            firsts.values().forEach(first -> addAll(found, overlaps(first, gpa, bytes) ? first : null));
            return found;
        }
        for (int shift = 0; shift < Long.SIZE; shift++) {
            if (counts[shift] != 0) {
                for (long at = gpa & -1L << shift; at < gpa + bytes; at += 1L << shift) {
                    addAll(found, firsts.get(key(at, shift)));
                }
            }
        }
        return found;
    }

    private static boolean overlaps(ShadowEntry entry, long gpa, long bytes) {
        return entry.gpa < gpa + bytes && gpa < entry.gpa + (1L << entry.shift);
    }

    private static void addAll(List<ShadowEntry> found, @Nullable ShadowEntry first) {
        for (ShadowEntry entry = first; entry != null; entry = entry.nextOfFrame) {
            found.add(entry);
        }
    }
}

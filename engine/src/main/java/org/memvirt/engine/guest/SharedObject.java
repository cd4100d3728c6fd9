package org.memvirt.engine.guest;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What processes share as they share a file: pages by offset, which stay as long as the guest runs. */
final class SharedObject {
    /**
     * A page of it.
     *
     * @param offset of its first byte in the object, a multiple of its size
     * @param gpa where it lies
     * @param shift offset bits of its size
     */
    record Page(long offset, long gpa, int shift) {}

    private final TreeMap<Long, Page> pages = new TreeMap<>();

    /** The page that holds an offset, or null. */
    @Nullable Page pageAt(long offset) {
        Map.Entry<Long, Page> below = pages.floorEntry(offset);
        return below != null && offset < below.getKey() + (1L << below.getValue().shift()) ? below.getValue() : null;
    }

    /** Whether there is no page in the range of 2^shift bytes around the offset. */
    private boolean isEmpty(long offset, int shift) {
        long start = offset & -1L << shift;
        return pageAt(start) == null && pages.subMap(start, start + (1L << shift)).isEmpty();
    }

    /**
     * A new page, empty, around an offset that has none: the largest that there is room and memory for.
     *
     * @param shifts the sizes that there are, ascending
     * @param most offset bits of the largest that is wanted
     */
    Page fill(long offset, List<Integer> shifts, int most, GuestMemory memory) {
        for (int i = shifts.size() - 1; i > 0; i--) {
            int shift = shifts.get(i);
            long gpa = shift <= most && isEmpty(offset, shift) ? memory.tryAllocatePage(shift) : -1;
            if (gpa >= 0) {
                return add(offset & -1L << shift, gpa, shift);
            }
        }
        int base = shifts.getFirst();
        return add(offset & -1L << base, memory.allocatePage(base), base);
    }

    private Page add(long offset, long gpa, int shift) {
        Page page = new Page(offset, gpa, shift);
        pages.put(offset, page);
        return page;
    }
}

package org.memvirt.testkit.vmm;

import java.util.HashMap;
import java.util.Map;
import org.memvirt.api.access.Rights;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.engine.memory.PhysicalMemory;

/** A guest's memory that the host moves about, page by page. What is left behind is filled with rubbish. */
final class MovableBacking implements GuestBacking {
    private static final int PAGE_SHIFT = 12;
    private static final long PAGE = 1L << PAGE_SHIFT;

    private final PhysicalMemory memory;
    private final long size;
    private final Map<Long, Long> frames = new HashMap<>();
    private long next;

    /** @param start where in host memory the pages may lie from, aligned to 2 MiB */
    MovableBacking(PhysicalMemory memory, long start, long size) {
        this.memory = memory;
        this.size = size;
        next = start;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public long find(long gpa) {
        Long frame = frames.get(gpa >>> PAGE_SHIFT);
        return frame == null ? -1 : frame + (gpa & PAGE - 1);
    }

    @Override
    public int granuleShift() {
        return PAGE_SHIFT;
    }

    @Override
    public int rights(long gpa) {
        return find(gpa) < 0 ? Rights.NONE : Rights.ALL;
    }

    @Override
    public long populate(long gpa, int needed) {
        if (gpa < 0 || gpa >= size) {
            throw new IllegalArgumentException("the guest has no memory at %#x".formatted(gpa));
        }
        frames.computeIfAbsent(gpa >>> PAGE_SHIFT, page -> fresh());
        return find(gpa);
    }

    private long fresh() {
        // Not in the guest's order, so that nothing comes right by chance.
        next += 3 * PAGE;
        return next;
    }

    @Override
    public int contiguousShift(long gpa) {
        return find(gpa) < 0 ? -1 : PAGE_SHIFT;
    }

    @Override
    public long reserveContiguous() {
        long base = next;
        for (long gpa = 0; gpa < size; gpa += PAGE) {
            frames.put(gpa >>> PAGE_SHIFT, base + gpa);
        }
        next += size;
        return base;
    }

    /** Moves the page that holds the address to another frame. */
    void move(long gpa) {
        long from = find(gpa & -PAGE);
        long to = fresh();
        for (long at = 0; at < PAGE; at += Long.BYTES) {
            memory.store(to + at, memory.load(from + at));
            memory.store(from + at, 0xbad0_bad0_bad0_bad0L);
        }
        frames.put(gpa >>> PAGE_SHIFT, to);
    }
}

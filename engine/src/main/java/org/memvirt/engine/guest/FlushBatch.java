package org.memvirt.engine.guest;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.Invalidation.Reach;

/**
 * What one change of an address space makes stale. Without a ceiling each page is flushed at once; with one, all of the
 * change is, at its end: page by page up to that many, else the whole address space. No page is free before it is flushed.
 */
final class FlushBatch {
    private record Freed(long gpa, int shift) {}

    private final Cpus cpus;
    private final GuestMemory memory;
    private final int ceiling;
    private final AddressSpace space;
    private final List<Invalidation> tables = new ArrayList<>();
    private final List<Freed> freed = new ArrayList<>();
    private long start = Long.MAX_VALUE;
    private long end;
    private int shift = Long.SIZE;

    FlushBatch(Cpus cpus, GuestMemory memory, int ceiling, AddressSpace space) {
        this.cpus = cpus;
        this.memory = memory;
        this.ceiling = ceiling;
        this.space = space;
    }

    /** Something has changed. */
    void stale(Invalidation stale) {
        if (ceiling == 0 || stale.what() == Reach.ROOT || stale.what() == Reach.NOTHING) {
            cpus.flush(space, stale);
        } else if (stale.what() == Reach.TABLES) {
            tables.add(stale);
        } else {
            start = Math.min(start, stale.address());
            end = Math.max(end, stale.address() + stale.bytes());
            shift = Math.min(shift, stale.pageShift());
        }
    }

    /** A page is mapped no more. */
    void release(long gpa, int pageShift) {
        if (ceiling == 0) {
            memory.releasePage(gpa, pageShift);
        } else {
            freed.add(new Freed(gpa, pageShift));
        }
    }

    /** The change is complete. */
    void end() {
        long pages = (start < end ? end - start >>> shift : 0) + tables.size();
        if (pages > ceiling) {
            cpus.flush(space);
        } else if (pages > 0) {
            for (long at = start; at < end; at += 1L << shift) {
                cpus.flush(space, Invalidation.page(at, shift));
            }
            tables.forEach(stale -> cpus.flush(space, stale));
        }
        freed.forEach(page -> memory.releasePage(page.gpa(), page.shift()));
    }
}

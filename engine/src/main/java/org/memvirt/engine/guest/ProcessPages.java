package org.memvirt.engine.guest;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Counts;

/** Keeps the page tables of processes as their areas want them: pages on demand, and copied on write once they are shared. */
final class ProcessPages {
    /** Who visits the pages of a range. */
    private interface Visitor {
        void visit(Mapping mapping);
    }

    private final GuestMemory memory;
    private final GuestPages sizes;
    private final List<Integer> shifts;
    /** The page sizes, and what each table of a tree covers: so much may be found empty at once. */
    private final List<Integer> holes;
    /** What the kernel sets in a page that is used, because hardware does not. */
    private final int marks;

    private final boolean cachesAbsence;
    private final boolean breaksBeforeMake;
    private final GuestPolicy policy;
    private final Cpus cpus;
    private final Counts counts;
    private final long userEnd;

    /**
     * @param format of the page tables
     * @param cachesAbsence whether a TLB entry may say of a page that it is not there
     * @param userEnd the address after the last that processes may have
     */
    ProcessPages(
            GuestMemory memory, PageTableFormat format, GuestPages sizes, GuestPolicy policy, boolean cachesAbsence,
            long userEnd, Cpus cpus, Counts counts) {
        this.cachesAbsence = cachesAbsence;
        this.memory = memory;
        this.sizes = sizes;
        this.policy = policy;
        this.userEnd = userEnd;
        this.cpus = cpus;
        this.counts = counts;
        shifts = format.pageShifts();
        breaksBeforeMake = format.breaksBeforeMake();
        holes = Stream.concat(
                shifts.stream(),
                IntStream.rangeClosed(1, format.levels()).map(format::coverShift).boxed())
                .filter(shift -> shift >= shifts.getFirst())
                .distinct()
                .sorted()
                .toList();
        marks = format.attributes() & ~format.attributesSetByHardware() & (PageTable.ACCESSED | PageTable.DIRTY);
    }

    private FlushBatch batch(AddressSpace space) {
        return new FlushBatch(cpus, memory, policy.flushCeiling(), space);
    }

    // Ranges.

    /** Unmaps and frees the pages of a range, whose areas are still there, and the tables that are empty then. */
    void remove(AddressSpace space, long start, long end) {
        unmap(space, start, end, policy.freesTables());
    }

    /** The same, but all tables stay. */
    void unmap(AddressSpace space, long start, long end) {
        unmap(space, start, end, false);
    }

    private void unmap(AddressSpace space, long start, long end, boolean prunes) {
        FlushBatch batch = batch(space);
        try {
            forEach(space, start, end, mapping -> {
                batch.stale(space.table.unmap(mapping.inputAddress()));
                dropped(space, mapping, batch);
            });
            if (prunes) {
                prune(space, start, end - start, space.floorOf(start), space.ceilingOf(end, userEnd), batch);
            }
        } finally {
            batch.end();
        }
    }

    private void prune(AddressSpace space, long start, long bytes, long floor, long ceiling, FlushBatch batch) {
        long before = memory.tablesReleased();
        space.table.prune(start, bytes, floor, ceiling, batch::stale);
        counts.add(Count.TABLES_FREED, memory.tablesReleased() - before);
    }

    private void dropped(AddressSpace space, Mapping mapping, FlushBatch batch) {
        space.resident -= mapping.bytes();
        Area area = space.areaOf(mapping.inputAddress());
        if (area == null || area.object() == null) {
            batch.release(mapping.outputAddress(), mapping.pageShift());
        }
    }

    /** Gives the pages of a range new rights, which its areas have already; shared ones are not made writable yet. */
    void protect(AddressSpace space, long start, long end, int rights) {
        FlushBatch batch = batch(space);
        try {
            forEach(space, start, end, mapping -> {
                int now = isCopiedOnWrite(space, mapping) ? withoutWrite(rights) : rights;
                batch.stale(space.table.protect(mapping.inputAddress(), withSupervisor(now)));
            });
        } finally {
            batch.end();
        }
    }

    private boolean isCopiedOnWrite(AddressSpace space, Mapping mapping) {
        Area area = space.areaOf(mapping.inputAddress());
        return (area == null || area.object() == null)
                && memory.isShared(mapping.outputAddress(), mapping.pageShift());
    }

    /**
     * Gives another address space the areas, and maps the same pages there; neither may write to them now. What shows an
     * object comes on demand.
     */
    void share(AddressSpace space, AddressSpace other) {
        FlushBatch batch = batch(space);
        try {
            for (Area area : space.areas.values()) {
                other.put(area);
                if (area.object() == null) {
                    share(space, other, area, batch);
                }
            }
        } finally {
            batch.end();
        }
    }

    private void share(AddressSpace space, AddressSpace other, Area area, FlushBatch batch) {
        int rights = withSupervisor(withoutWrite(area.rights()));
        forEach(space, area.start(), area.end(), mapping -> {
            memory.sharePage(mapping.outputAddress(), mapping.pageShift());
            boolean done = false;
            try {
                batch.stale(space.table.protect(mapping.inputAddress(), rights));
                other.table.map(mapping.inputAddress(), mapping.outputAddress(), mapping.pageShift(), rights, 0);
                done = true;
            } finally {
                if (!done) {
                    memory.releasePage(mapping.outputAddress(), mapping.pageShift());
                }
            }
            other.resident += mapping.bytes();
        });
    }

    /** Has no page lie on both sides of an address: splits the one that maps {@code in} while it does. */
    void splitAt(AddressSpace space, long address, long in) {
        Mapping page = space.table.find(in);
        while (page != null && page.inputAddress() < address && page.inputAddress() + page.bytes() > address) {
            split(space, page);
            page = space.table.find(in);
        }
    }

    /** Splits a page into those of the next smaller size. */
    private void split(AddressSpace space, Mapping page) {
        int part = shifts.get(shifts.indexOf(page.pageShift()) - 1);
        counts.add(Count.SPLITS);
        Invalidation stale = breaksBeforeMake
                ? space.table.split(page.inputAddress(), part, broken -> cpus.flush(space, broken))
                : space.table.split(page.inputAddress(), part);
        cpus.flush(space, stale);
    }

    /** The end of a hole around an address that is not mapped; nothing is mapped up to there, and there may be more. */
    long endOfHole(AddressSpace space, long address) {
        long hole = 1L << space.table.largestFree(address, holes);
        return (address & -hole) + hole;
    }

    /**
     * Puts one large page in the place of smaller ones.
     *
     * @param pages all that are mapped in the range
     * @param gpa the large page, empty
     */
    void replace(AddressSpace space, Area area, long range, List<Mapping> pages, long gpa, int shift) {
        FlushBatch unmapped = batch(space);
        boolean dirty = false;
        for (Mapping page : pages) {
            dirty |= page.dirty();
            unmapped.stale(space.table.unmap(page.inputAddress()));
            space.resident -= page.bytes();
        }
        // The tables go before the large page takes their place: a cache never holds both.
        prune(space, range, 1L << shift, range, range + (1L << shift), unmapped);
        unmapped.end();
        for (Mapping page : pages) {
            memory.copy(page.outputAddress(), gpa + (page.inputAddress() - range), page.pageShift());
            memory.releasePage(page.outputAddress(), page.pageShift());
        }
        mapOwn(space, area, range, gpa, shift, dirty ? Rights.WRITE : Rights.READ);
    }

    /** Flushes what is cached of a range; of the whole address space when that is cheaper. */
    void flush(AddressSpace space, long start, long bytes) {
        FlushBatch batch = batch(space);
        int base = shifts.getFirst();
        batch.stale(new Invalidation(Invalidation.Reach.LEAF, start, bytes, base));
        batch.end();
    }

    /** Calls the visitor, who may change the page, for each page that has a part in the range. */
    private void forEach(AddressSpace space, long start, long end, Visitor visitor) {
        long at = start;
        while (at < end) {
            Mapping mapping = space.table.find(at);
            if (mapping == null) {
                at = endOfHole(space, at);
            } else {
                visitor.visit(mapping);
                at = mapping.inputAddress() + mapping.bytes();
            }
        }
    }

    // Faults.

    /** Makes an address of an area accessible that is not mapped, for an access that needs these rights. */
    void populate(AddressSpace space, Area area, long address, int needed) {
        if (area.object() != null) {
            populate(space, area, area.object(), address, needed);
            return;
        }
        int base = shifts.getFirst();
        int shift = largestFitting(space, area, address);
        long gpa = sizes.transparent() && shift > base ? memory.tryAllocatePage(shift) : memory.allocatePage(shift);
        if (gpa < 0) {
            shift = base;
            gpa = memory.allocatePage(base);
        }
        counts.addIf(Count.LARGE_FAULTS, shift > base);
        mapOwn(space, area, address & -1L << shift, gpa, shift, needed);
    }

    private void populate(AddressSpace space, Area area, SharedObject object, long address, int needed) {
        long offset = area.offset() + (address - area.start());
        int fitting = largestFitting(space, area, address);
        // A page of the object and one of addresses must begin together.
        int aligned = Long.numberOfTrailingZeros(area.offset() - area.start());
        SharedObject.Page page = object.pageAt(offset);
        if (page == null) {
            page = object.fill(offset, shifts, Math.min(fitting, aligned), memory);
            counts.addIf(Count.LARGE_FAULTS, page.shift() > shifts.getFirst());
        }
        int shift = largestUpTo(Math.min(Math.min(fitting, aligned), page.shift()));
        long within = (offset & -1L << shift) - page.offset();
        map(space, area, address & -1L << shift, page.gpa() + within, shift, needed);
    }

    private int largestUpTo(int most) {
        int largest = shifts.getFirst();
        for (int shift : shifts) {
            largest = shift <= most ? shift : largest;
        }
        return largest;
    }

    /** Marks the page of an address as accessed, where hardware does not. */
    void markAccessed(AddressSpace space, long address) {
        cpus.flush(space, space.table.mark(address, PageTable.ACCESSED, 0));
    }

    /**
     * Makes an address of a writable area writable whose page is clean, where hardware does not mark it, or is mapped
     * read-only for the sake of other processes.
     */
    void makeWritable(AddressSpace space, Area area, long address) {
        Mapping mapping = found(space.table.find(address), address);
        long page = mapping.inputAddress();
        if (area.object() != null || !memory.isShared(mapping.outputAddress(), mapping.pageShift())) {
            if (!Rights.permit(mapping.allowed(), area.rights())) {
                cpus.flush(space, space.table.protect(page, withSupervisor(area.rights())));
            }
            if ((marks & PageTable.DIRTY) != 0) {
                cpus.flush(space, space.table.mark(page, PageTable.DIRTY, 0));
            }
            return;
        }
        long copy = copyOf(mapping);
        if (copy < 0) {
            // A part of it is enough.
            split(space, mapping);
            makeWritable(space, area, address);
            return;
        }
        cpus.flush(space, space.table.unmap(page));
        space.resident -= mapping.bytes();
        memory.releasePage(mapping.outputAddress(), mapping.pageShift());
        mapOwn(space, area, page, copy, mapping.pageShift(), Rights.WRITE);
    }

    /** A copy of a page; -1 when there is no memory for one of its size and a smaller one would do. */
    private long copyOf(Mapping mapping) {
        int shift = mapping.pageShift();
        if (!sizes.transparent() || shift == shifts.getFirst()) {
            return memory.copyPage(mapping.outputAddress(), shift);
        }
        long copy = memory.tryAllocateForCopy(shift);
        if (copy >= 0) {
            memory.copy(mapping.outputAddress(), copy, shift);
        }
        return copy;
    }

    private static Mapping found(@Nullable Mapping mapping, long address) {
        if (mapping == null) {
            throw new IllegalStateException("nothing is mapped at %#x, but its rights were refused".formatted(address));
        }
        return mapping;
    }

    /** Maps a page that is nobody else's; without memory for the tables it is free again. */
    private void mapOwn(AddressSpace space, Area area, long page, long gpa, int shift, int needed) {
        boolean done = false;
        try {
            map(space, area, page, gpa, shift, needed);
            done = true;
        } finally {
            if (!done) {
                memory.releasePage(gpa, shift);
            }
        }
    }

    private void map(AddressSpace space, Area area, long page, long gpa, int shift, int needed) {
        int rights = withSupervisor(area.rights());
        int attributes = (needed & Rights.WRITE) == 0 ? marks & ~PageTable.DIRTY : marks;
        Invalidation stale = space.table.map(page, gpa, shift, rights, attributes);
        space.resident += 1L << shift;
        // Absent pages are cached as small ones: one fault mends one of them, and would leave the others in a larger page.
        boolean hidesSmaller = cachesAbsence && shift > shifts.getFirst() && stale == Invalidation.NOTHING;
        cpus.flush(space, hidesSmaller ? Invalidation.page(page, shift) : stale);
    }

    /** The largest page around the address, not above the chosen size, that its area and the page table have room for. */
    private int largestFitting(AddressSpace space, Area area, long address) {
        int largest = shifts.getFirst();
        if (sizes.shift() <= largest) {
            return largest;
        }
        int room = space.table.largestFree(address, shifts);
        for (int shift : shifts) {
            if (shift <= Math.min(sizes.shift(), room) && area.holds(address, shift)) {
                largest = shift;
            }
        }
        return largest;
    }

    private static int withoutWrite(int userRights) {
        return userRights & ~Rights.USER_WRITE;
    }

    /** The kernel may read and write where the process may. */
    private static int withSupervisor(int userRights) {
        return userRights | (userRights & (Rights.USER_READ | Rights.USER_WRITE)) << Rights.SUPERVISOR_SHIFT;
    }
}

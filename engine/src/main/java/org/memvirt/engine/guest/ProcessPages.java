package org.memvirt.engine.guest;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;

/** Keeps the page tables of processes as their areas want them: pages on demand, and copied on write once they are shared. */
final class ProcessPages {
    /** Who invalidates what a change of a page table made stale. */
    @FunctionalInterface
    interface Invalidator {
        void invalidate(AddressSpace space, Invalidation stale);
    }

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
    private final Invalidator invalidator;

    /** @param cachesAbsence whether a TLB entry may say of a page that it is not there */
    ProcessPages(
            GuestMemory memory, PageTableFormat format, GuestPages sizes, boolean cachesAbsence,
            Invalidator invalidator) {
        this.cachesAbsence = cachesAbsence;
        this.memory = memory;
        this.sizes = sizes;
        this.invalidator = invalidator;
        shifts = format.pageShifts();
        holes = Stream.concat(
                shifts.stream(),
                IntStream.rangeClosed(1, format.levels()).map(format::coverShift).boxed())
                .filter(shift -> shift >= shifts.getFirst())
                .distinct()
                .sorted()
                .toList();
        marks = format.attributes() & ~format.attributesSetByHardware() & (PageTable.ACCESSED | PageTable.DIRTY);
    }

    /** Unmaps and frees the pages of a range. */
    void unmap(AddressSpace space, long start, long end) {
        forEach(space, start, end, mapping -> {
            if (mapping.inputAddress() < start || mapping.inputAddress() + mapping.bytes() > end) {
                throw new IllegalArgumentException(
                        "the range %#x to %#x cuts the page of %d bytes at %#x in two: give ranges of whole pages"
                                .formatted(start, end, mapping.bytes(), mapping.inputAddress()));
            }
            invalidator.invalidate(space, space.table.unmap(mapping.inputAddress()));
            memory.releasePage(mapping.outputAddress(), mapping.pageShift());
        });
    }

    /** Gives the pages of a range new rights; shared ones are not made writable yet. */
    void protect(AddressSpace space, long start, long end, int rights) {
        forEach(space, start, end, mapping -> {
            int now = memory.isShared(mapping.outputAddress()) ? withoutWrite(rights) : rights;
            invalidator.invalidate(space, space.table.protect(mapping.inputAddress(), withSupervisor(now)));
        });
    }

    /** Gives another process the areas, and maps the same pages there; neither may write to them now. */
    void share(AddressSpace space, AddressSpace other) {
        for (Map.Entry<Long, Area> entry : space.areas.entrySet()) {
            Area area = entry.getValue();
            other.areas.put(entry.getKey(), area);
            int rights = withSupervisor(withoutWrite(area.rights()));
            forEach(space, area.start(), area.end(), mapping -> {
                PageTable table = other.table;
                memory.sharePage(mapping.outputAddress());
                invalidator.invalidate(space, space.table.protect(mapping.inputAddress(), rights));
                table.map(mapping.inputAddress(), mapping.outputAddress(), mapping.pageShift(), rights, 0);
            });
        }
    }

    /** Calls the visitor, who may change the page, for each page that has a part in the range. */
    private void forEach(AddressSpace space, long start, long end, Visitor visitor) {
        long at = start;
        while (at < end) {
            Mapping mapping = space.table.find(at);
            if (mapping == null) {
                long hole = 1L << space.table.largestFree(at, holes);
                at = (at & -hole) + hole;
            } else {
                visitor.visit(mapping);
                at = mapping.inputAddress() + mapping.bytes();
            }
        }
    }

    /** Makes an address of an area accessible that is not mapped, for an access that needs these rights. */
    void populate(AddressSpace space, Area area, long address, int needed) {
        int base = shifts.getFirst();
        int shift = largestFitting(space, area, address);
        long gpa = sizes.transparent() && shift > base ? memory.tryAllocatePage(shift) : memory.allocatePage(shift);
        if (gpa < 0) {
            shift = base;
            gpa = memory.allocatePage(base);
        }
        map(space, area, address & -1L << shift, gpa, shift, needed);
    }

    /** Marks the page of an address as accessed, where hardware does not. */
    void markAccessed(AddressSpace space, long address) {
        invalidator.invalidate(space, space.table.mark(address, PageTable.ACCESSED, 0));
    }

    /**
     * Makes an address of a writable area writable whose page is clean, where hardware does not mark it, or is mapped
     * read-only for the sake of other processes.
     */
    void makeWritable(AddressSpace space, Area area, long address) {
        Mapping mapping = found(space.table.find(address), address);
        long page = mapping.inputAddress();
        if (!memory.isShared(mapping.outputAddress())) {
            if (!Rights.permit(mapping.allowed(), area.rights())) {
                invalidator.invalidate(space, space.table.protect(page, withSupervisor(area.rights())));
            }
            if ((marks & PageTable.DIRTY) != 0) {
                invalidator.invalidate(space, space.table.mark(page, PageTable.DIRTY, 0));
            }
            return;
        }
        long copy = memory.copyPage(mapping.outputAddress(), mapping.pageShift());
        invalidator.invalidate(space, space.table.unmap(page));
        memory.releasePage(mapping.outputAddress(), mapping.pageShift());
        map(space, area, page, copy, mapping.pageShift(), Rights.WRITE);
    }

    private static Mapping found(@Nullable Mapping mapping, long address) {
        if (mapping == null) {
            throw new IllegalStateException("nothing is mapped at %#x, but its rights were refused".formatted(address));
        }
        return mapping;
    }

    private void map(AddressSpace space, Area area, long page, long gpa, int shift, int needed) {
        int rights = withSupervisor(area.rights());
        int attributes = (needed & Rights.WRITE) == 0 ? marks & ~PageTable.DIRTY : marks;
        Invalidation stale = space.table.map(page, gpa, shift, rights, attributes);
        // Absent pages are cached as small ones: one fault mends one of them, and would leave the others in a larger page.
        boolean hidesSmaller = cachesAbsence && shift > shifts.getFirst() && stale == Invalidation.NOTHING;
        invalidator.invalidate(space, hidesSmaller ? Invalidation.page(page, shift) : stale);
    }

    /** The largest page around the address, not above the chosen size, that its area and the page table have room for. */
    private int largestFitting(AddressSpace space, Area area, long address) {
        int largest = shifts.getFirst();
        if (sizes.shift() <= largest) {
            return largest;
        }
        int room = space.table.largestFree(address, shifts);
        for (int shift : shifts) {
            long page = address & -1L << shift;
            if (shift <= Math.min(sizes.shift(), room) && page >= area.start() && page + (1L << shift) <= area.end()) {
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

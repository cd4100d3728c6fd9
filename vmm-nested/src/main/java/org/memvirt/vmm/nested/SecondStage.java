package org.memvirt.vmm.nested;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.api.vmm.MappedVisitor;

/**
 * A second-stage table that is kept in step with what backs the guest's memory: filled on demand with the largest pages that
 * the backing holds in one piece, and never mapping or allowing more than the backing does.
 */
final class SecondStage {
    /** Who has the guest's caches lose what came from a range of gPAs. */
    interface Invalidator {
        void invalidate(long gpa, long bytes);
    }

    private final PageTable table;
    private final List<Integer> shifts;
    /** The accessed and dirty bits that hardware asks for and does not set. */
    private final int ownFlags;

    /** Those that hardware sets by itself. */
    private final int marks;

    private final boolean breaksBeforeMake;
    private final GuestBacking backing;
    private final Invalidator invalidator;
    // What the changes since the last invalidation made stale.
    private long staleFrom;
    private long staleTo;

    /** @param format that of the table */
    SecondStage(PageTable table, PageTableFormat format, GuestBacking backing, Invalidator invalidator) {
        this.table = table;
        shifts = format.pageShifts();
        ownFlags = format.attributes() & ~format.attributesSetByHardware() & (PageTable.ACCESSED | PageTable.DIRTY);
        marks = format.attributesSetByHardware();
        breaksBeforeMake = format.breaksBeforeMake();
        this.backing = backing;
        this.invalidator = invalidator;
    }

    long root() {
        return table.root();
    }

    /** Gives the table's memory back. */
    void release() {
        table.release();
    }

    long bytes() {
        return table.bytes();
    }

    /** What became of an access that the table refused. */
    enum Answer {
        /** It is mapped and allowed now. */
        MENDED,
        /** The host does not allow it. */
        FORBIDDEN,
        /** The table allowed it already, or cannot be made to. */
        UNCHANGED
    }

    /** Maps and allows what the guest needs at {@code gpa}, as far as the host does. */
    Answer mend(long gpa, int needed) {
        Mapping before = table.find(gpa);
        if (before != null && Rights.permit(before.allowed(), needed)) {
            return Answer.UNCHANGED;
        }
        if (backing.populate(gpa, needed) < 0) {
            return Answer.FORBIDDEN;
        }
        // The host may have moved the page in order to allow the access, and had it unmapped.
        Mapping present = table.find(gpa);
        if (present == null) {
            map(gpa);
        } else {
            allow(present, gpa);
        }
        invalidateStale();
        Mapping after = table.find(gpa);
        return after != null && Rights.permit(after.allowed(), needed) ? Answer.MENDED : Answer.UNCHANGED;
    }

    private void map(long gpa) {
        int shift = largestShift(gpa);
        long page = gpa & -1L << shift;
        if (breaksBeforeMake) {
            // A table in which nothing is left goes before the page takes its place.
            table.prune(page, 1L << shift, page, page + (1L << shift), this::note);
            invalidateStale();
        }
        note(table.map(page, backing.find(page), shift, backing.rights(gpa), ownFlags));
    }

    /** The largest page around {@code gpa} that the backing holds in one piece and the table has room for. */
    private int largestShift(long gpa) {
        int whole = backing.contiguousShift(gpa);
        List<Integer> fitting = shifts.stream().filter(shift -> shift <= whole).toList();
        int room = table.largestFree(gpa, fitting);
        // A format may answer less than there is room for where an empty table stands.
        for (int shift : fitting.reversed()) {
            if (shift > room && mapsNothing(gpa & -1L << shift, 1L << shift)) {
                return shift;
            }
        }
        return room;
    }

    private boolean mapsNothing(long gpa, long bytes) {
        return nextMapped(gpa, gpa + bytes) == null;
    }

    /** Gives the page what the host now allows at {@code gpa}; only there, if it is not the same everywhere. */
    private void allow(Mapping page, long gpa) {
        Mapping part = page;
        while (part.pageShift() > backing.contiguousShift(gpa)) {
            part = split(part, gpa);
        }
        // More rights make no translation stale: one that is cached with fewer counts as a miss.
        Invalidation stale = table.protect(part.inputAddress(), backing.rights(gpa));
        if (stale.what() != Invalidation.Reach.LEAF) {
            note(stale);
        }
    }

    /** Maps the page by those of the next smaller size, and tells which of them holds {@code gpa}. */
    private Mapping split(Mapping page, long gpa) {
        split(page, shifts.get(shifts.indexOf(page.pageShift()) - 1));
        return found(gpa);
    }

    private void split(Mapping page, int shift) {
        if (!breaksBeforeMake) {
            note(table.split(page.inputAddress(), shift));
            return;
        }
        int attributes = (page.accessed() ? PageTable.ACCESSED : 0) | (page.dirty() ? PageTable.DIRTY : 0);
        note(table.unmap(page.inputAddress()));
        invalidateStale();
        for (long at = 0; at < page.bytes(); at += 1L << shift) {
            note(table.map(page.inputAddress() + at, page.outputAddress() + at, shift, page.allowed(), attributes));
        }
    }

    private Mapping found(long gpa) {
        Mapping mapping = table.find(gpa);
        if (mapping == null) {
            throw new IllegalStateException("gPA %#x was mapped just now, but is not found".formatted(gpa));
        }
        return mapping;
    }

    /** Follows a change that the host is about to make in a range. */
    void change(long gpa, long bytes, HostChange change) {
        long end = gpa + bytes;
        Mapping page = nextMapped(gpa, end);
        while (page != null) {
            while (change != HostChange.AGE
                    && (page.inputAddress() < gpa || page.inputAddress() + page.bytes() > end)) {
                page = split(page, Math.max(gpa, page.inputAddress()));
            }
            change(page, change);
            page = nextMapped(page.inputAddress() + page.bytes(), end);
        }
        invalidateStale();
    }

    private void change(Mapping page, HostChange change) {
        switch (change) {
            case PROTECT -> forbidWrites(page);
            case AGE -> clear(page, PageTable.ACCESSED);
            case CLEAN -> clear(page, PageTable.DIRTY);
            case SPLIT -> {
                if (page.pageShift() > shifts.getFirst()) {
                    split(page, shifts.getFirst());
                }
            }
            case JOIN -> {
                if (page.pageShift() < shifts.getLast()) {
                    note(table.unmap(page.inputAddress()));
                }
            }
            case UNMAP, REMAP -> note(table.unmap(page.inputAddress()));
        }
    }

    /** Clears a mark; where hardware does not set it again, the next use must fault in order to be noticed. */
    private void clear(Mapping page, int mark) {
        note((marks & mark) != 0 ? table.mark(page.inputAddress(), 0, mark) : table.unmap(page.inputAddress()));
    }

    /** Those of the accessed and dirty bits that hardware sets. */
    int marks() {
        return marks;
    }

    /** Tells the pages that map some part of a range. */
    void forEachMapped(long gpa, long bytes, MappedVisitor visitor) {
        long end = gpa + bytes;
        for (Mapping page = nextMapped(gpa, end); page != null;
                page = nextMapped(page.inputAddress() + page.bytes(), end)) {
            visitor.accept(page.inputAddress(), page.pageShift(), page.accessed(), page.dirty());
        }
    }

    private void forbidWrites(Mapping page) {
        if ((page.allowed() & Rights.WRITE) == 0) {
            return;
        }
        note(table.protect(page.inputAddress(), page.allowed() & ~Rights.WRITE));
        if ((found(page.inputAddress()).allowed() & Rights.WRITE) != 0) {
            // The format cannot forbid writes alone.
            note(table.unmap(page.inputAddress()));
        }
    }

    /** The first page that maps something in the range, or null. */
    private @Nullable Mapping nextMapped(long gpa, long end) {
        long at = gpa;
        while (at < end) {
            Mapping page = table.find(at);
            if (page != null) {
                return page;
            }
            int hole = table.largestFree(at, shifts);
            at = (at & -1L << hole) + (1L << hole);
        }
        return null;
    }

    /** Remembers what a change of the table made stale; the root is the VM's business. */
    private void note(Invalidation stale) {
        if (stale.what() == Invalidation.Reach.NOTHING || stale.what() == Invalidation.Reach.ROOT) {
            return;
        }
        boolean first = staleFrom == staleTo;
        staleFrom = first ? stale.address() : Math.min(staleFrom, stale.address());
        staleTo = Math.max(first ? 0 : staleTo, stale.address() + stale.bytes());
    }

    private void invalidateStale() {
        if (staleFrom != staleTo) {
            long bytes = staleTo - staleFrom;
            staleTo = staleFrom;
            invalidator.invalidate(staleFrom, bytes);
        }
    }

    /** A message for each page that maps or allows more than the backing does. */
    List<String> audit() {
        List<String> broken = new ArrayList<>();
        table.forEach(page -> {
            long gpa = page.inputAddress();
            if (backing.find(gpa) != page.outputAddress() || backing.contiguousShift(gpa) < page.pageShift()) {
                broken.add("stage 2 maps 2^%d bytes at gPA %#x to %#x, but what backs them are 2^%d bytes at %#x"
                        .formatted(page.pageShift(), gpa, page.outputAddress(), backing.contiguousShift(gpa),
                                backing.find(gpa)));
            } else if ((page.allowed() & Rights.WRITE) != 0 && (backing.rights(gpa) & Rights.WRITE) == 0) {
                broken.add("stage 2 lets the guest write at gPA %#x, where the host does not".formatted(gpa));
            }
        });
        return broken;
    }
}

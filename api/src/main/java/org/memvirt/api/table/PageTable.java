package org.memvirt.api.table;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Software's hands on one page table. Pages are named by their first input address, and sizes by their offset bits. A
 * mutator says what must now be invalidated; it invalidates nothing itself.
 */
public interface PageTable {
    /** The mapping holds in every address space of the VM. */
    int GLOBAL = 1;

    /** The accessed bit is set from the beginning. */
    int ACCESSED = 2;

    /** The dirty bit is set from the beginning. */
    int DIRTY = 4;

    /**
     * What the root register holds for this table. A mutator may change it, where the table grows: then it answers {@link
     * Invalidation.Reach#TABLES}, and software loads the root again where it is in use.
     */
    long root();

    /**
     * Maps a page.
     *
     * @param inputAddress a multiple of the page size
     * @param outputAddress a multiple of the page size
     * @param pageShift one of the format's page sizes
     * @param rights what the page shall allow; a format that can't tell them apart allows more only where its manual does
     * @param attributes {@link #GLOBAL}, {@link #ACCESSED}, {@link #DIRTY}
     * @return {@link Invalidation#NOTHING} unless tables went, or the root moved or must be loaded again
     * @throws MappingConflict when something is mapped there already
     * @throws IllegalArgumentException for a size the format lacks or an address that is unaligned or too wide
     * @throws TableFrames.OutOfMemory when a table is needed and there is no memory for it; what is mapped
     *     is as before, and tables made on the way stay for later
     */
    Invalidation map(long inputAddress, long outputAddress, int pageShift, int rights, int attributes);

    /** Removes the page that maps {@code inputAddress}; {@link Invalidation#NOTHING} if there is none. */
    Invalidation unmap(long inputAddress);

    /** Gives the page that maps {@code inputAddress} new rights, and keeps the rest; nothing if there is none. */
    Invalidation protect(long inputAddress, int rights);

    /**
     * Sets and clears the accessed and dirty bits of the page that maps {@code inputAddress}, and keeps the rest; nothing if
     * there is none. A page whose format has no such bit counts as accessed and dirty ({@link PageTableFormat#attributes}).
     *
     * @param set {@link #ACCESSED}, {@link #DIRTY}, both or 0
     * @param clear likewise
     * @return {@link Invalidation#NOTHING} when no cache can hold what changed: an accessed bit that was clear
     * @throws IllegalArgumentException for another attribute, for one in both, and for clearing one that the format lacks
     */
    Invalidation mark(long inputAddress, int set, int clear);

    /**
     * Splits the page that maps {@code inputAddress} into pages of 2^pageShift bytes, which together mean the same: where
     * they lie, their rights and attributes. At every moment the page translates as before. Nothing if there is none, or
     * if it is not larger.
     *
     * @param pageShift one of the format's page sizes
     * @throws IllegalArgumentException for a size the format lacks, or that cannot lie where the page does
     * @throws TableFrames.OutOfMemory when there is no memory for the tables; everything is as before
     */
    Invalidation split(long inputAddress, int pageShift);

    /**
     * Splits like {@link #split(long, int)}, but by break-before-make: {@code broken} is called when the page is mapped no
     * more and its parts are not yet, and invalidates what it is told. For formats that ask for it
     * ({@link PageTableFormat#breaksBeforeMake}); others need not have it.
     *
     * @return what must be invalidated at the end, besides
     */
    default Invalidation split(long inputAddress, int pageShift, Consumer<Invalidation> broken) {
        throw new UnsupportedOperationException(
                "this page table splits no page by break-before-make: %#x".formatted(inputAddress));
    }

    /**
     * Gives back the tables of a range that has been unmapped, as far as the format can: those that have a part in it and cover
     * only addresses from {@code floor} to {@code ceiling}, where nothing is mapped.
     *
     * @param bytes of the range
     * @param floor at most {@code start}
     * @param ceiling at least the range's end
     * @param stale is told of each table what must be invalidated before its memory is used again
     */
    default void prune(long start, long bytes, long floor, long ceiling, Consumer<Invalidation> stale) {}

    /** The page that maps {@code inputAddress}, or null. */
    @Nullable Mapping find(long inputAddress);

    /**
     * The offset bits of the largest of the given page sizes of which a page around {@code inputAddress} could be mapped
     * now, or -1 when that address is mapped. A format may answer a smaller size than the largest where an empty table
     * stands.
     *
     * @param pageShifts ascending
     */
    default int largestFree(long inputAddress, List<Integer> pageShifts) {
        int base = pageShifts.getFirst();
        int largest = -1;
        for (int shift : pageShifts) {
            long page = inputAddress & -1L << shift;
            for (long at = page; at < page + (1L << shift); at += 1L << base) {
                if (find(at) != null) {
                    return largest;
                }
            }
            largest = shift;
        }
        return largest;
    }

    /** Calls {@code visitor} for each leaf, in ascending order of input addresses where the format has an order. */
    void forEach(Consumer<Mapping> visitor);

    /** The memory that the tables take now, in bytes, roots included. */
    long bytes();

    /**
     * Makes the range translate as it does in {@code other}, now and, where the format can share tables, after later
     * changes there: how the kernel's part comes into each process.
     */
    default void adopt(PageTable other, long fromAddress, long bytes) {
        other.forEach(mapping -> {
            if (mapping.inputAddress() - fromAddress >= 0 && mapping.inputAddress() - fromAddress < bytes) {
                map(
                        mapping.inputAddress(),
                        mapping.outputAddress(),
                        mapping.pageShift(),
                        mapping.allowed(),
                        (mapping.global() ? GLOBAL : 0)
                                | (mapping.accessed() ? ACCESSED : 0)
                                | (mapping.dirty() ? DIRTY : 0));
            }
        });
    }

    /**
     * Puts a part of {@link PageTableFormat#createPart} where {@code inputAddress} lies: what one table of its level covers
     * there translates as the part does, after later changes, too. The part keeps its memory, and other page tables may link
     * it as well.
     *
     * @return as {@link #map} does
     * @throws MappingConflict when something is mapped there already
     * @throws UnsupportedOperationException unless the format {@linkplain PageTableFormat#hasParts has parts}
     * @throws TableFrames.OutOfMemory as {@link #map} does
     */
    default Invalidation link(long inputAddress, PageTable part) {
        throw new UnsupportedOperationException("the page table cannot have a part in common with others");
    }

    /**
     * Takes a part away from where {@code inputAddress} lies; nothing if it is not linked there. Where hardware loads the top
     * table with the root, and the part is linked there, the root must be loaded again, too.
     */
    default Invalidation unlink(long inputAddress, PageTable part) {
        throw new UnsupportedOperationException("the page table cannot have a part in common with others");
    }

    /** Gives every table back; the page table must not be used any more. */
    void release();
}

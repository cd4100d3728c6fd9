package org.memvirt.engine.cpu;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.tlb.SoftwareTlb.Half;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkObserver;

/**
 * A linear page table: the lowest tables of an address space, side by side from a fixed address on, where the TLB translates
 * them under the tag of that address space. The entry of a page is found by a shift, without the tables above. Those are read
 * when the TLB has no entry for a page of the array: they tell where it lies.
 */
final class LinearTable {
    private final HandlerPort port;
    private final long base;
    private final long userEnd;
    private final boolean pairs;
    private final Walk neighbour = Walk.outer();

    /** @param pairs whether an entry of the TLB holds two pages */
    LinearTable(HandlerPort port, AddressLayout layout, boolean pairs) {
        this.port = port;
        this.pairs = pairs;
        base = layout.linearBase();
        userEnd = layout.userEnd();
    }

    void observe(@Nullable WalkObserver observer) {
        neighbour.trail.observe(observer);
    }

    /** Whether the array has a place for the entry of this address's page. */
    boolean covers(long address) {
        return Long.compareUnsigned(address, userEnd) < 0;
    }

    /**
     * Where the array has the lowest table that translates an address.
     *
     * @param base of the array
     * @param coverShift offset bits of what one such table translates
     * @param basePage offset bits of the smallest page
     */
    static long placeOf(long base, int coverShift, int basePage, long address) {
        return base + (address >>> coverShift << basePage);
    }

    /**
     * Asks the array for an address's page; {@link HandlerPort#isCutShort} if the load raised an exception.
     *
     * @param basePage offset bits of the smallest page
     */
    void read(Walk asked, PageTableFormat format, int basePage, long root, long address) {
        port.beginLinear();
        asked.start(root, address, Rights.NONE);
        asked.resumeLevel = 1;
        asked.resumeTable = placeOf(base, format.coverShift(1), basePage, address);
        asked.resumeHostAddress = Walk.NOWHERE;
        asked.resumeAttributes = -1;
        format.walk(asked, port);
    }

    /**
     * Finds the page of the array that has the entry of an address, and makes the TLB's entry for it, to be read alone.
     *
     * @param asked the walk from the root; where it comes to no such page, it holds the larger page or the fault in its place
     * @param basePage offset bits of the smallest page
     * @param tag of the address space
     * @param shift offset bits of one of the TLB's pages, up to those
     * @param allowed what the TLB then allows, as {@link Rights}
     * @return whether there is such a page
     */
    boolean map(
            Walk asked, PageTableFormat format, int basePage, long root, long address, int tag, int shift, int allowed,
            Entry into) {
        port.beginSeeking();
        asked.start(root, address, Rights.NONE);
        format.walk(asked, port);
        long entryAt = port.lowestTable();
        if (entryAt == Walk.NOWHERE) {
            return false;
        }
        long found = placeOf(base, format.coverShift(1), basePage, address) + (entryAt & (1L << basePage) - 1);
        long page = 1L << shift;
        into.present = true;
        into.global = false;
        into.tag = tag;
        into.pageShift = shift;
        into.address = found & (pairs ? -2 * page : -page);
        boolean odd = pairs && (found & page) != 0;
        fill(odd ? into.odd : into.even, entryAt & -page, allowed);
        if (pairs) {
            long other = shift < basePage
                    ? (entryAt ^ page) & -page
                    : seek(asked, format, root, address ^ 1L << format.coverShift(1), basePage);
            fill(odd ? into.even : into.odd, other, allowed);
        }
        return true;
    }

    /** Where the neighbouring table lies: mostly one more load from the table above. */
    private long seek(Walk first, PageTableFormat format, long root, long address, int basePage) {
        port.seekNext();
        neighbour.start(root, address, Rights.NONE);
        int level = first.lowestVisited;
        if ((address ^ first.inputAddress) >>> format.coverShift(level) == 0) {
            neighbour.resumeLevel = level;
            neighbour.resumeTable = first.table[level];
            neighbour.resumeHostAddress = Walk.NOWHERE;
            neighbour.resumeAttributes = first.tableAttributes[level];
        }
        format.walk(neighbour, port);
        return port.lowestTable() == Walk.NOWHERE ? Walk.NOWHERE : port.lowestTable() & -1L << basePage;
    }

    private static void fill(Half half, long output, int allowed) {
        half.valid = output != Walk.NOWHERE;
        half.output = half.valid ? output : 0;
        half.allowed = half.valid ? allowed : 0;
        half.cacheAttribute = 0;
    }
}

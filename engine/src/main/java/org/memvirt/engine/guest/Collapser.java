package org.memvirt.engine.guest;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.table.Mapping;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Counts;

/**
 * The kernel's daemon that replaces small pages by one large page, as Linux's khugepaged does. It looks at all address spaces
 * in turn, a few large pages' worth of addresses each time. A range becomes a large page when one area has all of it for its
 * own, a page of it is there and has been used, none is shared with another process, and memory has a large page free; what
 * was not there is empty then.
 */
final class Collapser {
    /** Ranges that it looks at each time, as many as khugepaged's 4096 pages of 4K. */
    private static final int RANGES = 8;

    // Pages and holes that it meets each time on its way to them.
    private static final int LOOKS = 64;

    private final ProcessPages pages;
    private final GuestMemory memory;
    private final Counts counts;
    private final int large;
    // Whose turn it is.
    private int turn;

    /** @param large offset bits of the pages that it makes */
    Collapser(ProcessPages pages, GuestMemory memory, int large, Counts counts) {
        this.pages = pages;
        this.memory = memory;
        this.large = large;
        this.counts = counts;
    }

    /** Looks at some ranges of one of the address spaces. */
    void work(List<AddressSpace> spaces) {
        if (spaces.isEmpty()) {
            return;
        }
        turn %= spaces.size();
        AddressSpace space = spaces.get(turn);
        long at = space.scanned;
        int ranges = 0;
        for (int looked = 0; looked < LOOKS && ranges < RANGES; looked++) {
            Area area = space.areaFrom(at);
            if (area == null) {
                space.scanned = 0;
                turn++;
                return;
            }
            at = Math.max(at, area.start());
            Mapping page = space.table.find(at);
            if (page == null) {
                at = pages.endOfHole(space, at);
            } else if (page.pageShift() >= large) {
                at = page.inputAddress() + page.bytes();
            } else {
                ranges++;
                long range = at & -1L << large;
                look(space, range);
                at = range + (1L << large);
            }
        }
        space.scanned = at;
    }

    private void look(AddressSpace space, long range) {
        Area area = space.areaOf(range);
        if (area == null || area.object() != null || !area.holds(range, large)) {
            return;
        }
        List<Mapping> there = new ArrayList<>();
        boolean used = false;
        long at = range;
        while (at < range + (1L << large)) {
            Mapping page = space.table.find(at);
            if (page == null) {
                at = pages.endOfHole(space, at);
                continue;
            }
            if (memory.isShared(page.outputAddress(), page.pageShift())) {
                return;
            }
            used |= page.accessed();
            there.add(page);
            at = page.inputAddress() + page.bytes();
        }
        long gpa = used ? memory.tryAllocatePage(large) : -1;
        if (gpa >= 0) {
            pages.replace(space, area, range, there, gpa, large);
            counts.add(Count.COLLAPSES);
        }
    }
}

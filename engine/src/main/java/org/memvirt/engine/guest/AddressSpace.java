package org.memvirt.engine.guest;

import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.PageTable;

/** What the threads of a process share: the page table, the areas, the tag. User addresses are below 2^63. */
final class AddressSpace {
    final PageTable table;
    final TreeMap<Long, Area> areas = new TreeMap<>();
    // Of the table, as it was loaded last.
    long root;
    long ticket;
    // The CPUs on which something may be cached under its tag.
    final BitSet cpus = new BitSet();

    AddressSpace(PageTable table) {
        this.table = table;
    }

    /** The area that holds the address, or null. */
    @Nullable Area areaOf(long address) {
        Map.Entry<Long, Area> below = areas.floorEntry(address);
        return below != null && address >= 0 && address < below.getValue().end() ? below.getValue() : null;
    }

    /** Whether an area has a part in the range. */
    boolean overlapsArea(long start, long end) {
        Map.Entry<Long, Area> below = areas.lowerEntry(end);
        return below != null && below.getValue().end() > start;
    }

    /** Takes the range out of every area. */
    void carve(long start, long end) {
        Map.Entry<Long, Area> below = areas.lowerEntry(end);
        while (below != null && below.getValue().end() > start) {
            Area area = below.getValue();
            areas.remove(area.start());
            if (area.start() < start) {
                areas.put(area.start(), new Area(area.start(), start, area.rights()));
            }
            if (area.end() > end) {
                areas.put(end, new Area(end, area.end(), area.rights()));
            }
            below = areas.lowerEntry(end);
        }
    }
}

package org.memvirt.engine.guest;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
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
    // How often it has changed, where each CPU has tags of its own.
    long changes;
    // Threads that have not ended.
    int threads;
    // Bytes of pages that are mapped.
    long resident;
    // Where the daemon goes on.
    long scanned;
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
                put(area.part(area.start(), start));
            }
            if (area.end() > end) {
                put(area.part(end, area.end()));
            }
            below = areas.lowerEntry(end);
        }
    }

    /** Adds an area, which overlaps none. */
    void put(Area area) {
        areas.put(area.start(), area);
    }

    /** Gives a range new rights; what was in no area becomes one. */
    void protect(long start, long end, int rights) {
        List<Area> shared = new ArrayList<>();
        for (Area area : areas.headMap(end).values()) {
            if (area.object() != null && area.end() > start) {
                shared.add(area.part(Math.max(start, area.start()), Math.min(end, area.end()))
                        .withRights(rights));
            }
        }
        carve(start, end);
        put(new Area(start, end, rights));
        for (Area area : shared) {
            carve(area.start(), area.end());
            put(area);
        }
    }

    /** The area that holds the address, or else the next one; null after the last. */
    @Nullable Area areaFrom(long address) {
        Area holds = areaOf(address);
        Map.Entry<Long, Area> above = areas.ceilingEntry(address);
        return holds != null || above == null ? holds : above.getValue();
    }

    /** The lowest address from which on no area has a part up to {@code start}. */
    long floorOf(long start) {
        Map.Entry<Long, Area> below = areas.lowerEntry(start);
        return below == null ? 0 : Math.min(start, below.getValue().end());
    }

    /** The highest address, up to {@code most}, until which no area has a part from {@code end} on. */
    long ceilingOf(long end, long most) {
        Long above = areaOf(end) != null ? Long.valueOf(end) : areas.ceilingKey(end);
        return above == null ? most : above;
    }
}

package org.memvirt.testkit.format;

import java.util.Comparator;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Walk;

/**
 * All that the caches of hardware may hold of a table, if nothing ever makes room: translations, and tables on the way to
 * them. They lose only what software invalidates.
 */
final class CachedWalks {
    private final PageTableFormat format;
    private final TreeMap<Long, Translation> translations = new TreeMap<>(Long::compareUnsigned);
    private final TreeMap<Prefix, Table> tables =
            new TreeMap<>(Comparator.comparingInt(Prefix::level).thenComparingLong(Prefix::bits));

    CachedWalks(PageTableFormat format) {
        this.format = format;
    }

    private record Translation(long input, long output, int shift, int allowed, boolean global) {
        boolean overlaps(long from, long bytes) {
            return input - from < bytes && from - input < 1L << shift;
        }

        @Override
        public String toString() {
            return "2^%d bytes %#x -> %#x %s%s"
                    .formatted(shift, input, output, Rights.text(allowed), global ? " global" : "");
        }
    }

    private record Prefix(int level, long bits) {}

    private record Table(long address, long hostAddress, long attributes, int cost, int portState) {}

    /** Begins a walk at the lowest table that is cached for its address. */
    void resume(Walk walk) {
        for (int level = 1; level < format.levels(); level++) {
            int cover = format.coverShift(level);
            Table table = cover == 0 ? null : tables.get(new Prefix(level, walk.inputAddress >> cover));
            if (table != null) {
                walk.resumeLevel = level;
                walk.resumeTable = table.address;
                walk.resumeHostAddress = table.hostAddress;
                walk.resumeAttributes = table.attributes;
                walk.resumePortState(table.portState);
                walk.trail.skip(table.cost);
                return;
            }
        }
    }

    /** Keeps the tables that a walk met, and its answer. */
    void learn(Walk walk) {
        for (int level = walk.highestVisited - 1; level >= walk.lowestVisited && level > 0; level--) {
            int cover = format.coverShift(level);
            if (cover != 0) {
                tables.put(
                        new Prefix(level, walk.inputAddress >> cover),
                        new Table(
                                walk.table[level],
                                walk.tableHostAddress[level],
                                walk.tableAttributes[level],
                                walk.tableCost[level],
                                walk.tablePortState[level]));
            }
        }
        if (walk.succeeded()) {
            long page = -1L << walk.pageShift;
            translations.put(
                    walk.inputAddress & page,
                    new Translation(
                            walk.inputAddress & page, walk.outputAddress & page, walk.pageShift, walk.allowed,
                            walk.global));
        }
    }

    /** Loses what an invalidation names. */
    void invalidate(Invalidation stale) {
        if (stale.what() == Invalidation.Reach.NOTHING || stale.what() == Invalidation.Reach.ROOT) {
            return;
        }
        translations.values().removeIf(each -> each.overlaps(stale.address(), stale.bytes()));
        if (stale.what() == Invalidation.Reach.TABLES) {
            long last = stale.address() + stale.bytes() - 1;
            tables.keySet().removeIf(each -> {
                int cover = format.coverShift(each.level());
                return each.bits() >= stale.address() >> cover && each.bits() <= last >> cover;
            });
        }
    }

    /**
     * Whether what is cached of a range may be used with the table as it is now.
     *
     * @param pages the table
     * @return a message, or null
     */
    @Nullable String staleIn(long from, long bytes, TableModel pages) {
        for (Translation each : translations.values()) {
            if (!each.overlaps(from, bytes)) {
                continue;
            }
            Mapping page = pages.find(each.input);
            if (page == null
                    || page.translate(each.input) != each.output
                    || page.pageShift() < each.shift
                    || page.global() != each.global
                    || !page.accessed()
                    || !Rights.permit(page.dirty() ? page.allowed() : page.allowed() & ~Rights.WRITE, each.allowed)) {
                return "hardware still has %s cached, but the table says %s".formatted(
                        each, page == null ? "that nothing is there" : page);
            }
        }
        return null;
    }
}

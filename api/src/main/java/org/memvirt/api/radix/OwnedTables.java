package org.memvirt.api.radix;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.TableFrames;

/** The tables that one {@link RadixTable} allocated and has not given back. */
final class OwnedTables {
    private final RadixFormat format;
    private final EntryMemory entries;
    private final TableFrames frames;
    /** With their sizes. */
    private final Map<Long, Long> owned = new LinkedHashMap<>();

    private long bytes;

    OwnedTables(RadixFormat format, EntryMemory entries, TableFrames frames) {
        this.format = format;
        this.entries = entries;
        this.frames = frames;
    }

    long bytes() {
        return bytes;
    }

    /** A new, empty table. */
    long allocate(int level) {
        long table = frames.allocate(format.tableBytes(level));
        owned.put(table, format.tableBytes(level));
        bytes += format.tableBytes(level);
        return table;
    }

    /** Gives a table back, if it is owned. */
    void release(long table, int level) {
        if (owned.remove(table) != null) {
            bytes -= format.tableBytes(level);
            frames.release(table, format.tableBytes(level));
        }
    }

    /** Gives a table and those below it back. */
    void releaseAll(long table, int level) {
        for (int index = 0; index < format.entries(level); index++) {
            long entry = entries.load(table + format.entryOffset(index));
            if (format.isPresent(entry) && !format.isLeaf(entry, level)) {
                releaseAll(format.nextTable(entry, level), level - 1);
            }
        }
        release(table, level);
    }

    /**
     * A range of addresses, without the bits above the significant ones, whose tables may go.
     *
     * @param floor where nothing is mapped, up to {@code ceiling}
     * @param stale is told of each table
     */
    record Pruning(long start, long end, long floor, long ceiling, Consumer<Invalidation> stale) {}

    /**
     * Gives the tables below one back that have a part in a range and cover nothing beyond its bounds.
     *
     * @param base the address that the table's first entry covers
     * @param children whether those that the table itself points to may go
     */
    void prune(Pruning range, long table, int level, long base, boolean children) {
        long span = 1L << format.shift(level);
        for (long at = base + (Math.max(0, range.start - base) & -span);
                at < range.end && at - base < span << format.levels[level].indexBits();
                at += span) {
            long address = table + format.offset(at, level);
            long entry = entries.load(address);
            if (!format.isPresent(entry) || format.isLeaf(entry, level)) {
                continue;
            }
            long child = format.nextTable(entry, level);
            if (children && at >= range.floor && at + span <= range.ceiling) {
                if (owned.containsKey(child)) {
                    entries.store(address, 0);
                    releaseEmpty(child, level - 1);
                    range.stale.accept(Invalidation.tables(format.extend(at), span));
                }
            } else if (level > 2) {
                prune(range, child, level - 1, at, true);
            }
        }
    }

    /** Gives a table and those below it back, in which there is no leaf. */
    private void releaseEmpty(long table, int level) {
        for (int index = 0; level > 1 && index < format.entries(level); index++) {
            long entry = entries.load(table + format.entryOffset(index));
            if (format.isPresent(entry)) {
                releaseEmpty(format.nextTable(entry, level), level - 1);
            }
        }
        release(table, level);
    }

    /** Gives every table back. */
    void releaseAll() {
        owned.forEach(frames::release);
        owned.clear();
        bytes = 0;
    }

    /** Whether there is no leaf in the table and those below it. */
    boolean mapsNothing(long table, int level) {
        for (int index = 0; index < format.entries(level); index++) {
            long entry = entries.load(table + format.entryOffset(index));
            if (format.isPresent(entry)
                    && (format.isLeaf(entry, level) || !mapsNothing(format.nextTable(entry, level), level - 1))) {
                return false;
            }
        }
        return true;
    }

    /** An entry of {@code level} for a new table, which is given back if there can be none. */
    long pointerTo(long table, int level) {
        long pointer = format.tableEntry(table, level);
        if (format.nextTable(pointer, level) != table) {
            releaseAll(table, level - 1);
            throw new IllegalArgumentException(
                    "an entry of %s cannot point to a table at %#x".formatted(format.name(), table));
        }
        return pointer;
    }
}

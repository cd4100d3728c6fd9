package org.memvirt.api.radix;

import java.util.LinkedHashMap;
import java.util.Map;
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

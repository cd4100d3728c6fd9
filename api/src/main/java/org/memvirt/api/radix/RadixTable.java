package org.memvirt.api.radix;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.MappingConflict;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;

/** Software's hands on a radix page table of any {@link RadixFormat}. */
final class RadixTable implements PageTable {
    private final RadixFormat format;
    private final TableMemory memory;
    private final TableFrames frames;
    private final long rootTable;
    private final long root;
    /** The tables that this object allocated and has not given back, with their sizes. */
    private final Map<Long, Long> owned = new LinkedHashMap<>();

    private long bytes;
    /** Whether the top table was changed since the last answer that said so. */
    private boolean topChanged;

    private RadixTable(RadixFormat format, TableMemory memory, TableFrames frames, long rootTable, long root) {
        this.format = format;
        this.memory = memory;
        this.frames = frames;
        this.rootTable = rootTable;
        this.root = root;
    }

    static RadixTable create(RadixFormat format, TableMemory memory, TableFrames frames) {
        long table = frames.allocate(format.tableBytes(format.levels()));
        RadixTable created = new RadixTable(format, memory, frames, table, format.rootRegister(table));
        created.own(table, format.levels());
        return created;
    }

    static RadixTable open(RadixFormat format, TableMemory memory, TableFrames frames, long root) {
        return new RadixTable(format, memory, frames, format.rootTable(root), root);
    }

    @Override
    public long root() {
        return root;
    }

    @Override
    public Invalidation map(long input, long output, int pageShift, int rights, int attributes) {
        int target = levelOf(pageShift);
        check(input, output, pageShift);
        long leaf = format.leafEntry(output, target, rights, attributes);
        if (format.frame(leaf, target) != output) {
            throw new IllegalArgumentException("a page of 2^%d bytes of %s cannot lie at %#x"
                    .formatted(pageShift, format.name(), output));
        }
        long table = rootTable;
        for (int level = format.levels(); level > target; level--) {
            long address = table + format.offset(input, level);
            long entry = loadEntry(address);
            if (!format.isPresent(entry)) {
                long next = frames.allocate(format.tableBytes(level - 1));
                own(next, level - 1);
                long pointer = format.tableEntry(next, level);
                if (format.nextTable(pointer, level) != next) {
                    disown(next, level - 1);
                    throw new IllegalArgumentException("an entry of %s cannot point to a table at %#x"
                            .formatted(format.name(), next));
                }
                storeEntry(address, pointer);
                table = next;
                topChanged |= level == format.levels() && format.loadsTopTable();
            } else if (format.isLeaf(entry, level)) {
                throw conflict(input, level);
            } else {
                table = format.nextTable(entry, level);
            }
        }
        long address = table + format.offset(input, target);
        long old = loadEntry(address);
        boolean replaces = format.isPresent(old);
        if (replaces && (format.isLeaf(old, target) || !mapsNothing(format.nextTable(old, target), target - 1))) {
            throw conflict(input, target);
        }
        storeEntry(address, leaf);
        if (replaces) {
            disownAll(format.nextTable(old, target), target - 1);
            return Invalidation.tables(input, 1L << pageShift);
        }
        if (topChanged) {
            topChanged = false;
            int top = format.shift(format.levels());
            return Invalidation.root(input & -1L << top, 1L << top);
        }
        return Invalidation.NOTHING;
    }

    @Override
    public Invalidation unmap(long input) {
        return change(input, false, 0);
    }

    @Override
    public Invalidation protect(long input, int rights) {
        return change(input, true, rights);
    }

    private Invalidation change(long input, boolean keep, int rights) {
        long table = rootTable;
        for (int level = format.levels(); format.inRange(input); level--) {
            long address = table + format.offset(input, level);
            long entry = loadEntry(address);
            if (!format.isPresent(entry)) {
                break;
            }
            if (format.isLeaf(entry, level)) {
                storeEntry(address, keep ? format.withRights(entry, level, rights) : 0);
                int shift = format.shift(level);
                return Invalidation.page(input & -(1L << shift), shift);
            }
            table = format.nextTable(entry, level);
        }
        return Invalidation.NOTHING;
    }

    @Override
    public @Nullable Mapping find(long input) {
        long table = rootTable;
        long attributes = -1;
        for (int level = format.levels(); format.inRange(input); level--) {
            long entry = loadEntry(table + format.offset(input, level));
            if (!format.isPresent(entry)) {
                break;
            }
            attributes = format.combine(attributes, entry, level);
            if (format.isLeaf(entry, level)) {
                return format.mapping(input, entry, level, attributes);
            }
            table = format.nextTable(entry, level);
        }
        return null;
    }

    @Override
    public int largestFree(long input, List<Integer> pageShifts) {
        long table = rootTable;
        int level = format.levels();
        long entry = loadEntry(table + format.offset(input, level));
        while (format.isPresent(entry)) {
            if (format.isLeaf(entry, level)) {
                return -1;
            }
            table = format.nextTable(entry, level);
            level--;
            entry = loadEntry(table + format.offset(input, level));
        }
        int largest = -1;
        for (int shift : pageShifts) {
            largest = shift <= format.shift(level) ? shift : largest;
        }
        return largest;
    }

    @Override
    public void forEach(Consumer<Mapping> visitor) {
        visit(rootTable, format.levels(), 0, -1, visitor);
    }

    private void visit(long table, int level, long base, long attributes, Consumer<Mapping> visitor) {
        for (int index = 0; index < format.entries(level); index++) {
            long input = format.extend(base | (long) index << format.shift(level));
            long entry = loadEntry(table + format.offset(input, level));
            if (format.isPresent(entry)) {
                long combined = format.combine(attributes, entry, level);
                if (format.isLeaf(entry, level)) {
                    visitor.accept(format.mapping(input, entry, level, combined));
                } else {
                    visit(format.nextTable(entry, level), level - 1, input, combined, visitor);
                }
            }
        }
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void adopt(PageTable other, long from, long length) {
        int top = format.levels();
        long span = 1L << format.shift(top);
        if (!(other instanceof RadixTable radix)
                || radix.format != format
                || (from & span - 1) != 0
                || (length & span - 1) != 0) {
            PageTable.super.adopt(other, from, length);
            return;
        }
        for (long at = 0; Long.compareUnsigned(at, length) < 0; at += span) {
            long offset = format.offset(from + at, top);
            long entry = radix.loadEntry(radix.rootTable + offset);
            if (format.isPresent(entry)) {
                storeEntry(rootTable + offset, entry);
            }
        }
    }

    @Override
    public void release() {
        owned.forEach(frames::release);
        owned.clear();
        bytes = 0;
    }

    private void own(long table, int level) {
        owned.put(table, format.tableBytes(level));
        bytes += format.tableBytes(level);
    }

    private void disown(long table, int level) {
        if (owned.remove(table) != null) {
            bytes -= format.tableBytes(level);
            frames.release(table, format.tableBytes(level));
        }
    }

    private boolean mapsNothing(long table, int level) {
        for (int index = 0; index < format.entries(level); index++) {
            long entry = loadEntry(table + format.entryOffset(index));
            if (format.isPresent(entry)
                    && (format.isLeaf(entry, level) || !mapsNothing(format.nextTable(entry, level), level - 1))) {
                return false;
            }
        }
        return true;
    }

    private void disownAll(long table, int level) {
        for (int index = 0; index < format.entries(level); index++) {
            long entry = loadEntry(table + format.entryOffset(index));
            if (format.isPresent(entry)) {
                disownAll(format.nextTable(entry, level), level - 1);
            }
        }
        disown(table, level);
    }

    private long loadEntry(long address) {
        if (format.geometry().entryBytes() == Long.BYTES) {
            return memory.load(address);
        }
        return memory.load(address & -Long.BYTES) >>> ((address & 4) << 3) & 0xffff_ffffL;
    }

    private void storeEntry(long address, long entry) {
        if (format.geometry().entryBytes() == Long.BYTES) {
            memory.store(address, entry);
            return;
        }
        long word = address & -Long.BYTES;
        long shift = (address & 4) << 3;
        memory.store(word, memory.load(word) & ~(0xffff_ffffL << shift) | entry << shift);
    }

    private int levelOf(int pageShift) {
        for (int level = 1; level <= format.levels(); level++) {
            if (format.shift(level) == pageShift
                    && format.geometry().levels().get(level - 1).mayEnd()) {
                return level;
            }
        }
        throw new IllegalArgumentException(
                format.name() + " has no pages of 2^" + pageShift + " bytes; it has 2^" + format.pageShifts());
    }

    private void check(long input, long output, int pageShift) {
        long mask = (1L << pageShift) - 1;
        if ((input & mask) != 0 || (output & mask) != 0) {
            throw new IllegalArgumentException(
                    "%#x to %#x is not aligned to a page of 2^%d bytes".formatted(input, output, pageShift));
        }
        if (!format.inRange(input)) {
            throw new IllegalArgumentException(
                    "%s has no input address %#x: it has %d bits".formatted(format.name(), input, format.inputBits()));
        }
        if (output >>> format.outputBits() != 0) {
            throw new IllegalArgumentException("%s has no output address %#x: it has %d bits"
                    .formatted(format.name(), output, format.outputBits()));
        }
    }

    private static MappingConflict conflict(long input, int level) {
        return new MappingConflict("%#x is mapped already, at level %d".formatted(input, level));
    }
}

package org.memvirt.api.radix;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;
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
    private final EntryMemory entries;
    private final OwnedTables tables;
    private final PageChecks checks;
    private final int top;
    private final long rootTable;
    private final long root;
    /** Whether the top table was changed since the last answer that said so. */
    private boolean topChanged;

    private RadixTable(
            RadixFormat format, EntryMemory entries, OwnedTables tables, int top, long rootTable, long root) {
        this.format = format;
        this.entries = entries;
        this.tables = tables;
        this.rootTable = rootTable;
        this.root = root;
        this.top = top;
        checks = new PageChecks(format);
    }

    /** @param top the level of its highest table: below that of the format's for a part */
    static RadixTable create(RadixFormat format, int top, TableMemory memory, TableFrames frames) {
        EntryMemory entries = new EntryMemory(memory, format.geometry().entryBytes());
        OwnedTables tables = new OwnedTables(format, entries, frames);
        long table = tables.allocate(top);
        return new RadixTable(format, entries, tables, top, table, format.rootRegister(table));
    }

    static RadixTable open(RadixFormat format, TableMemory memory, TableFrames frames, long root) {
        EntryMemory entries = new EntryMemory(memory, format.geometry().entryBytes());
        OwnedTables none = new OwnedTables(format, entries, frames);
        return new RadixTable(format, entries, none, format.levels(), format.rootTable(root), root);
    }

    @Override
    public long root() {
        return root;
    }

    // Mapping.

    @Override
    public Invalidation map(long input, long output, int pageShift, int rights, int attributes) {
        int target = checks.levelOf(pageShift);
        checks.check(input, output, pageShift);
        boolean joined = pageShift != format.shift(target);
        long group = joined ? format.levels[target].group() : 0;
        int count = joined ? 1 << format.levels[target].groupBits() : 1;
        checks.checkReach(format.leafEntry(output, target, rights, attributes), output, target, pageShift);
        long address = tableFor(input, target) + format.offset(input, target);
        long[] old = new long[count];
        boolean replaces = false;
        for (int i = 0; i < count; i++) {
            old[i] = entries.load(address + format.entryOffset(i));
            if (format.isPresent(old[i])) {
                if (format.isLeaf(old[i], target)
                        || !tables.mapsNothing(format.nextTable(old[i], target), target - 1)) {
                    throw conflict(input, target);
                }
                replaces = true;
            }
        }
        for (int i = 0; i < count; i++) {
            long part = output + ((long) i << format.shift(target));
            entries.store(
                    address + format.entryOffset(i), format.leafEntry(part, target, rights, attributes) | group);
            if (format.isPresent(old[i])) {
                tables.releaseAll(format.nextTable(old[i], target), target - 1);
            }
        }
        return added(replaces, input, pageShift);
    }

    /** What is stale when something was put where nothing was mapped. */
    private Invalidation added(boolean replaces, long input, int shift) {
        if (replaces) {
            return Invalidation.tables(input, 1L << shift);
        }
        if (topChanged) {
            topChanged = false;
            int topShift = format.shift(top);
            return Invalidation.root(input & -1L << topShift, 1L << topShift);
        }
        return Invalidation.NOTHING;
    }

    /** The table of level {@code target} that translates {@code input}; makes what is missing on the way. */
    private long tableFor(long input, int target) {
        long table = rootTable;
        for (int level = top; level > target; level--) {
            long address = table + format.offset(input, level);
            long entry = entries.load(address);
            if (!format.isPresent(entry)) {
                table = tables.allocate(level - 1);
                entries.store(address, tables.pointerTo(table, level));
                topChanged |= isLoaded(level);
            } else if (format.isLeaf(entry, level)) {
                throw conflict(input, level);
            } else {
                table = format.nextTable(entry, level);
            }
        }
        return table;
    }

    /** Whether hardware holds the entries of a level since it loaded the root. */
    private boolean isLoaded(int level) {
        return level == format.levels() && format.loadsTopTable();
    }

    // Changing a page.

    /** Where the leaves of one page lie: {@code count} of them, from {@code address} on. */
    private record Place(int level, long address, int count, long input, int pageShift, long leaf, long attributes) {}

    /** The page that maps {@code input}, or null. */
    private @Nullable Place locate(long input) {
        long table = rootTable;
        long attributes = -1;
        for (int level = top; format.inRange(input); level--) {
            long address = table + format.offset(input, level);
            long entry = entries.load(address);
            if (!format.isPresent(entry)) {
                break;
            }
            attributes = format.combine(attributes, entry, level);
            if (format.isLeaf(entry, level)) {
                return place(table, level, input, entry, attributes);
            }
            table = format.nextTable(entry, level);
        }
        return null;
    }

    private Place place(long table, int level, long input, long leaf, long attributes) {
        int index = (int) RadixFormat.index(input, format.levels[level]);
        int count = JoinedLeaves.count(format, level, index, leaf, i -> entries.load(table + format.entryOffset(i)));
        int first = index & -count;
        long address = table + format.entryOffset(first);
        int shift = format.shift(level) + Integer.numberOfTrailingZeros(count);
        return new Place(
                level, address, count, input & -1L << shift, shift, first == index ? leaf : entries.load(address),
                attributes);
    }

    private Mapping mapping(Place place) {
        int flags = place.count == 1
                ? format.attributes(place.leaf, place.level)
                : JoinedLeaves.attributes(
                        format, place.level, place.count, i -> entries.load(place.address + format.entryOffset(i)));
        return new Mapping(
                place.input,
                format.frame(place.leaf, place.level),
                place.pageShift,
                format.allowed(place.attributes, place.leaf),
                (flags & GLOBAL) != 0,
                (flags & ACCESSED) != 0,
                (flags & DIRTY) != 0);
    }

    /** Changes each leaf of a page. */
    private Invalidation change(Place place, LongUnaryOperator changed) {
        entries.store(place.address, changed.applyAsLong(place.leaf));
        for (int i = 1; i < place.count; i++) {
            long address = place.address + format.entryOffset(i);
            entries.store(address, changed.applyAsLong(entries.load(address)));
        }
        return Invalidation.page(place.input, place.pageShift);
    }

    @Override
    public Invalidation unmap(long input) {
        Place place = locate(input);
        return place == null ? Invalidation.NOTHING : change(place, leaf -> 0);
    }

    @Override
    public Invalidation protect(long input, int rights) {
        Place place = locate(input);
        return place == null
                ? Invalidation.NOTHING
                : change(place, leaf -> format.withRights(leaf, place.level, rights));
    }

    @Override
    public Invalidation mark(long input, int set, int clear) {
        int flags = ACCESSED | DIRTY;
        if (((set | clear) & ~flags) != 0 || (set & clear) != 0 || (clear & ~format.attributes()) != 0) {
            throw new IllegalArgumentException(
                    "%s cannot mark a page with %d and clear %d: it has, of ACCESSED %d and DIRTY %d, %d"
                            .formatted(format.name(), set, clear, ACCESSED, DIRTY, format.attributes() & flags));
        }
        Place place = locate(input);
        if (place == null) {
            return Invalidation.NOTHING;
        }
        Mapping before = mapping(place);
        Invalidation page = change(place,
                leaf -> format.withFlags(leaf, place.level, format.attributes(leaf, place.level) & ~clear | set));
        boolean cached = before.accessed() && (clear & ACCESSED) != 0
                || before.dirty() && (clear & DIRTY) != 0
                || !before.dirty() && (set & DIRTY) != 0;
        return cached ? page : Invalidation.NOTHING;
    }

    @Override
    public Invalidation split(long input, int pageShift) {
        return split(input, pageShift, false, stale -> {});
    }

    @Override
    public Invalidation split(long input, int pageShift, Consumer<Invalidation> broken) {
        return split(input, pageShift, true, broken);
    }

    private Invalidation split(long input, int pageShift, boolean breaks, Consumer<Invalidation> broken) {
        int target = checks.levelOf(pageShift);
        Place place = locate(input);
        if (place == null || place.pageShift <= pageShift) {
            return Invalidation.NOTHING;
        }
        int level = place.level;
        long alone = ~format.levels[level].group();
        long[] parts = new long[place.count];
        for (int i = 0; i < place.count; i++) {
            parts[i] = entries.load(place.address + format.entryOffset(i)) & alone;
        }
        if (level != target) {
            long group = pageShift == format.shift(target) ? 0 : format.levels[target].group();
            parts = new PageSplit(format, entries, tables, target, group).pointers(parts, level);
        }
        if (breaks) {
            broken.accept(change(place, leaf -> 0));
        }
        for (int i = 0; i < place.count; i++) {
            entries.store(place.address + format.entryOffset(i), parts[i]);
        }
        if (isLoaded(level)) {
            return Invalidation.root(place.input, 1L << place.pageShift);
        }
        return breaks ? Invalidation.NOTHING : Invalidation.page(place.input, place.pageShift);
    }

    @Override
    public void prune(long start, long bytes, long floor, long ceiling, Consumer<Invalidation> stale) {
        long first = floor & (1L << format.inputBits()) - 1;
        long from = first + (start - floor);
        OwnedTables.Pruning pruning =
                new OwnedTables.Pruning(from, from + bytes, first, first + (ceiling - floor), stale);
        // A top table that is loaded with the root keeps what it points to.
        tables.prune(pruning, rootTable, top, 0, !format.loadsTopTable());
    }

    // Looking.

    @Override
    public @Nullable Mapping find(long input) {
        Place place = locate(input);
        return place == null ? null : mapping(place);
    }

    @Override
    public int largestFree(long input, List<Integer> pageShifts) {
        long table = rootTable;
        int level = top;
        long entry = entries.load(table + format.offset(input, level));
        while (format.isPresent(entry)) {
            if (format.isLeaf(entry, level)) {
                return -1;
            }
            table = format.nextTable(entry, level);
            level--;
            entry = entries.load(table + format.offset(input, level));
        }
        int free = format.shift(level) + freeNeighbours(table, level, input);
        int largest = -1;
        for (int shift : pageShifts) {
            largest = shift <= free ? shift : largest;
        }
        return largest;
    }

    /** How many neighbours of an entry that is not present could become one page with it, as a power of two: all or none. */
    private int freeNeighbours(long table, int level, long input) {
        int bits = format.levels[level].groupBits();
        int own = (int) RadixFormat.index(input, format.levels[level]);
        int first = own & -1 << bits;
        for (int index = first; index < first + (1 << bits); index++) {
            if (index != own && format.isPresent(entries.load(table + format.entryOffset(index)))) {
                return 0;
            }
        }
        return bits;
    }

    @Override
    public void forEach(Consumer<Mapping> visitor) {
        visit(rootTable, top, 0, -1, visitor);
    }

    private void visit(long table, int level, long base, long attributes, Consumer<Mapping> visitor) {
        int index = 0;
        while (index < format.entries(level)) {
            long input = format.extend(base | (long) index << format.shift(level));
            long entry = entries.load(table + format.offset(input, level));
            int count = 1;
            if (format.isPresent(entry)) {
                long combined = format.combine(attributes, entry, level);
                if (format.isLeaf(entry, level)) {
                    Place place = place(table, level, input, entry, combined);
                    visitor.accept(mapping(place));
                    count = place.count;
                } else {
                    visit(format.nextTable(entry, level), level - 1, input, combined, visitor);
                }
            }
            index += count;
        }
    }

    // Memory.

    @Override
    public long bytes() {
        return tables.bytes();
    }

    @Override
    public void adopt(PageTable other, long from, long length) {
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
            long entry = radix.entries.load(radix.rootTable + offset);
            if (format.isPresent(entry)) {
                entries.store(rootTable + offset, entry);
            }
        }
    }

    @Override
    public Invalidation link(long input, PageTable part) {
        int level = levelOf(part);
        long address = tableFor(input, level) + format.offset(input, level);
        long old = entries.load(address);
        boolean replaces = format.isPresent(old);
        if (replaces
                && (format.isLeaf(old, level) || !tables.mapsNothing(format.nextTable(old, level), level - 1))) {
            throw conflict(input, level);
        }
        entries.store(address, tables.pointerTo(((RadixTable) part).rootTable, level));
        topChanged |= isLoaded(level);
        if (replaces) {
            tables.releaseAll(format.nextTable(old, level), level - 1);
        }
        int shift = format.shift(level);
        return added(replaces, input & -1L << shift, shift);
    }

    @Override
    public Invalidation unlink(long input, PageTable part) {
        int level = levelOf(part);
        long address = tableFor(input, level) + format.offset(input, level);
        long entry = entries.load(address);
        if (!format.isPresent(entry)
                || format.isLeaf(entry, level)
                || format.nextTable(entry, level) != ((RadixTable) part).rootTable) {
            return Invalidation.NOTHING;
        }
        entries.store(address, 0);
        int shift = format.shift(level);
        return Invalidation.tables(input & -1L << shift, 1L << shift);
    }

    /** The level of the entries that point to a part. */
    private int levelOf(PageTable part) {
        if (part instanceof RadixTable linked && linked.format == format && linked.top < top) {
            return linked.top + 1;
        }
        throw new IllegalArgumentException("a page table of %s links no parts but its own".formatted(format.name()));
    }

    @Override
    public void release() {
        tables.releaseAll();
    }

    private static MappingConflict conflict(long input, int level) {
        return new MappingConflict("%#x is mapped already, at level %d".formatted(input, level));
    }
}

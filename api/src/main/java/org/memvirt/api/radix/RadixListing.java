package org.memvirt.api.radix;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.image.LeafVisitor;
import org.memvirt.api.image.TableAnomaly;
import org.memvirt.api.image.TableImage;
import org.memvirt.api.image.TableListing;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;

/** What a radix page table in an image maps. */
final class RadixListing implements TableListing {
    /** A table at one level: what is below it, whatever lies above. */
    private static final class Use {
        final long table;
        final int level;
        /** The first input address that was found to go through it. */
        final long inputAddress;
        /** By the number of their size, from 1, the pages below; 0 holds their sum. */
        final long[] pages;

        Use(long table, int level, long inputAddress, int sizes) {
            this.table = table;
            this.level = level;
            this.inputAddress = inputAddress;
            pages = new long[sizes + 1];
        }

        void add(int size, long count) {
            pages[size] = saturatingSum(pages[size], count);
            pages[0] = saturatingSum(pages[0], count);
        }

        void addAll(Use below) {
            for (int size = 1; size < pages.length; size++) {
                add(size, below.pages[size]);
            }
        }

        private static long saturatingSum(long a, long b) {
            return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
        }
    }

    private final RadixFormat format;
    private final List<Integer> pageShifts;
    /** By offset bits, the number of a page size. */
    private final int[] sizes = new int[Long.SIZE];

    private final TableImage image;
    private final Use top;
    /** By level, the uses by the table's address, in the order in which they were found. */
    private final List<Map<Long, Use>> uses = new ArrayList<>();
    /** By table, the highest level that it is used at. */
    private final Map<Long, Integer> highest = new HashMap<>();
    private final Map<TableAnomaly.Kind, TableAnomaly> damage = new EnumMap<>(TableAnomaly.Kind.class);
    /** By level, the table whose entries were read last, and those entries. */
    private final long[][] entries;
    private final long[] loaded;
    private long bytes;
    private boolean damaged;

    RadixListing(RadixFormat format, TableImage image, long root) {
        this.format = format;
        pageShifts = format.pageShifts();
        for (int shift : pageShifts) {
            sizes[shift] = pageShifts.indexOf(shift) + 1;
        }
        this.image = image;
        int levels = format.levels();
        entries = new long[levels + 1][];
        loaded = new long[levels + 1];
        for (int level = 0; level <= levels; level++) {
            uses.add(new LinkedHashMap<>());
            entries[level] = level == 0 ? new long[0] : new long[format.entries(level)];
            loaded[level] = Walk.NOWHERE;
        }
        long table = format.rootTable(root);
        if (!image.holds(table, format.tableBytes(levels))) {
            throw new IllegalArgumentException("the top table, %d bytes at %#x, is not there"
                    .formatted(format.tableBytes(levels), table));
        }
        top = survey(table, levels, 0);
        boolean usedTwice = uses.stream().mapToLong(Map::size).sum() > highest.size();
        if (usedTwice || damaged) {
            findDamage();
        }
    }

    // Each table once for each level that it serves at.

    private Use survey(long table, int level, long base) {
        Map<Long, Use> ofLevel = uses.get(level);
        Use known = ofLevel.get(table);
        if (known != null) {
            return known;
        }
        Use use = new Use(table, level, base, pageShifts.size());
        ofLevel.put(table, use);
        Integer before = highest.get(table);
        if (before == null) {
            bytes += format.tableBytes(level);
        }
        highest.put(table, before == null ? level : Math.max(before, level));
        long[] own = entriesOf(table, level);
        int count = 1;
        for (int index = 0; index < own.length; index += count) {
            long entry = own[index];
            count = 1;
            if (!format.isPresent(entry)) {
                continue;
            }
            if (format.isMalformed(entry, level)) {
                damaged = true;
            } else if (format.isLeaf(entry, level)) {
                count = count(own, level, index);
                use.add(sizes[shift(level, count)], 1);
            } else {
                long next = format.nextTable(entry, level);
                if (image.holds(next, format.tableBytes(level - 1))) {
                    use.addAll(survey(next, level - 1, inputAddress(base, index, level)));
                } else {
                    damaged = true;
                }
            }
        }
        return use;
    }

    private int count(long[] table, int level, int index) {
        return (table[index] & format.levels[level].group()) == 0
                ? 1
                : JoinedLeaves.count(format, level, index, table[index], i -> table[i]);
    }

    private int shift(int level, int count) {
        return format.shift(level) + Integer.numberOfTrailingZeros(count);
    }

    /** From the top level down. An entry of a table that serves at several levels counts once where it is odd alike. */
    private void findDamage() {
        for (int level = format.levels(); level > 0; level--) {
            for (Use use : uses.get(level).values()) {
                int own = highest.getOrDefault(use.table, level);
                for (int index = 0; index < format.entries(level); index++) {
                    long entry = load(use.table + format.entryOffset(index));
                    TableAnomaly.Kind kind = oddity(entry, level, own);
                    if (kind != null && (level == own || kind != oddity(entry, own, own))) {
                        report(kind, use, index, entry);
                    }
                }
            }
        }
    }

    /**
     * What is odd about an entry that serves at {@code level}. On every way round there is an entry that leads to a table
     * which also serves at {@code own}, the highest level of the entry's table, or above; for levels only fall on the way.
     */
    private TableAnomaly.@Nullable Kind oddity(long entry, int level, int own) {
        if (!format.isPresent(entry)) {
            return null;
        }
        if (format.isMalformed(entry, level)) {
            // Some formats say so of an entry that is simply not valid.
            return format.malformedFault(entry, level) == Fault.NOT_PRESENT ? null : TableAnomaly.Kind.MALFORMED;
        }
        if (format.isLeaf(entry, level)) {
            return null;
        }
        long next = format.nextTable(entry, level);
        if (!image.holds(next, format.tableBytes(level - 1))) {
            return TableAnomaly.Kind.MISSING_TABLE;
        }
        return highest.getOrDefault(next, 0) >= own ? TableAnomaly.Kind.LOOP : null;
    }

    private void report(TableAnomaly.Kind kind, Use use, int index, long entry) {
        TableAnomaly before = damage.get(kind);
        TableAnomaly now = new TableAnomaly(
                kind,
                1,
                use.level,
                use.table + format.entryOffset(index),
                entry,
                inputAddress(use.inputAddress, index, use.level));
        damage.put(
                kind,
                before == null
                        ? now
                        : new TableAnomaly(
                                kind,
                                before.count() + 1,
                                before.level(),
                                before.entryAddress(),
                                before.entry(),
                                before.inputAddress()));
    }

    // Each leaf.

    @Override
    public boolean forEach(LeafVisitor visitor) {
        return visit(top, 0, -1, visitor);
    }

    private boolean visit(Use use, long base, long attributes, LeafVisitor visitor) {
        int level = use.level;
        long[] own = entriesOf(use.table, level);
        int count = 1;
        for (int index = 0; index < own.length; index += count) {
            long entry = own[index];
            count = 1;
            if (!format.isPresent(entry) || format.isMalformed(entry, level)) {
                continue;
            }
            boolean goOn = true;
            if (format.isLeaf(entry, level)) {
                count = count(own, level, index);
                goOn = visitor.leaf(
                        inputAddress(base, index, level),
                        format.frame(entry, level),
                        shift(level, count),
                        format.allowed(format.combine(attributes, entry, level), entry),
                        attributes(own, level, index, count),
                        entry);
            } else {
                Use below = uses.get(level - 1).get(format.nextTable(entry, level));
                if (below != null && below.pages[0] != 0) {
                    goOn = visit(
                            below,
                            inputAddress(base, index, level),
                            format.combine(attributes, entry, level),
                            visitor);
                }
            }
            if (!goOn) {
                return false;
            }
        }
        return true;
    }

    private int attributes(long[] table, int level, int index, int count) {
        return count == 1
                ? format.attributes(table[index], level)
                : JoinedLeaves.attributes(format, level, count, i -> table[index + i]);
    }

    private long inputAddress(long base, int index, int level) {
        return format.extend(base | (long) index << format.shift(level));
    }

    /** The entries of a table; what they were read into is used again for the next table of this level. */
    private long[] entriesOf(long table, int level) {
        long[] own = entries[level];
        if (loaded[level] != table) {
            loaded[level] = table;
            for (int index = 0; index < own.length; index++) {
                own[index] = load(table + format.entryOffset(index));
            }
        }
        return own;
    }

    private long load(long address) {
        return format.entryIn(image.load(address & -Long.BYTES), address);
    }

    @Override
    public long nextMapped(long inputAddress) {
        return next(top, 0, inputAddress);
    }

    /** Reads each level's tables once on the way down and, where all that follows there is empty, once more beside it. */
    private long next(Use use, long base, long from) {
        int level = use.level;
        int shift = format.shift(level);
        long first = Math.max(0, from - base >> shift);
        for (long index = first; index < format.entries(level); index++) {
            long entry = entriesOf(use.table, level)[(int) index];
            if (!format.isPresent(entry) || format.isMalformed(entry, level)) {
                continue;
            }
            long start = base | index << shift;
            if (format.extend(start) != start) {
                return -1; // Addresses from here on are negative.
            }
            if (format.isLeaf(entry, level)) {
                return Math.max(start, from);
            }
            Use below = uses.get(level - 1).get(format.nextTable(entry, level));
            long found = below == null || below.pages[0] == 0 ? -1 : next(below, start, from);
            if (found >= 0) {
                return found;
            }
        }
        return -1;
    }

    // The totals.

    @Override
    public SortedMap<Integer, Long> leaves() {
        SortedMap<Integer, Long> byShift = new TreeMap<>();
        pageShifts.forEach(shift -> byShift.put(shift, top.pages[sizes[shift]]));
        return byShift;
    }

    @Override
    public long tables() {
        return highest.size();
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public List<TableAnomaly> anomalies() {
        return List.copyOf(damage.values());
    }

    /** An entry for people: see {@link RadixFormat#describe}. */
    static String describe(RadixFormat format, int level, long entry) {
        if (!format.isPresent(entry)) {
            return "not present";
        }
        boolean leaf = format.isLeaf(entry, level);
        long attributes = format.combine(-1, entry, level);
        return "%s at %#x, allows %s"
                .formatted(
                        leaf ? Sizes.ofPage(format.pageShift(entry, level)) + " page" : "table",
                        leaf ? format.frame(entry, level) : format.nextTable(entry, level),
                        Rights.text(
                                leaf ? format.allowed(attributes, entry) : format.allowedBelow(attributes, entry)));
    }
}

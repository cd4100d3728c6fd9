package org.memvirt.api.radix;

import java.util.Arrays;
import org.memvirt.api.walk.BatchPort;
import org.memvirt.api.walk.WalkBatch;

/**
 * {@link RadixFormat#walkBatch}: the walk of a radix table for many addresses, one level after another, down to the level at
 * which the first of them ends.
 *
 * <p>No meaning of entries is told here. Entries that differ in nothing but the address mean the same, so the format is asked
 * once for each run of such entries, as {@link RadixWalk} asks it, and the answer is copied.
 */
final class RadixBatchWalk {
    private final RadixFormat format;
    private final int top;
    private final boolean wide;

    RadixBatchWalk(RadixFormat format) {
        this.format = format;
        top = format.levels();
        wide = format.geometry().entryBytes() == Long.BYTES;
    }

    int walk(WalkBatch walks, int count, BatchPort port) {
        int plain = begin(walks, count);
        for (int level = top; plain > 0; level--) {
            plain = read(walks, plain, level, port);
            if (plain > 0 && format.isLeaf(walks.words[0], level)) {
                plain = end(walks, plain, level);
                return plain == 0 ? 0 : port.resolveBatch(walks, plain);
            }
            plain = descend(walks, plain, level);
        }
        return 0;
    }

    private int read(WalkBatch walks, int count, int level, BatchPort port) {
        long[] addresses = walks.entries(level);
        long[] words = walks.words;
        int plain = port.readBatch(walks, walks.cell(level), addresses, words, count);
        for (int i = 0; !wide && i < plain; i++) {
            words[i] = format.entryIn(words[i], addresses[i]);
        }
        return plain;
    }

    private int begin(WalkBatch walks, int count) {
        for (int level = 1; level <= top; level++) {
            walks.setOffset(level, offsetShift(level), offsetMask(level));
        }
        long[] input = walks.input;
        long[] addresses = walks.entries(top);
        long table = format.rootTable(walks.root);
        int shift = offsetShift(top);
        long mask = offsetMask(top);
        Arrays.fill(walks.attributes(top), 0, count, -1);
        long refused = 0;
        for (int i = 0; i < count; i++) {
            refused |= format.refusedBits(input[i]);
            addresses[i] = table + (input[i] >>> shift & mask);
        }
        return refused == 0 ? count : inRange(input, count);
    }

    private int inRange(long[] input, int count) {
        int at = 0;
        while (at < count && format.inRange(input[at])) {
            at++;
        }
        return at;
    }

    /** Goes on to the next tables; returns how many entries, from the first on, lead there and need no update. */
    private int descend(WalkBatch walks, int count, int level) {
        long address = addressBits(format.levels[level].table());
        boolean alike = areAlike(walks.words, walks.attributes(level), address, count);
        int at = 0;
        while (at < count) {
            if (!leadsOn(walks.words[at], level)) {
                return at;
            }
            int next = alike ? count : endOfRun(walks.words, walks.attributes(level), address, at, count);
            descend(walks, at, next, level);
            at = next;
        }
        return count;
    }

    private boolean leadsOn(long entry, int level) {
        return format.isPresent(entry)
                && !format.isLeaf(entry, level)
                && !format.isMalformed(entry, level)
                && format.due(entry, level, false) == 0;
    }

    /** Goes on from entries that are alike, and so are those above them. */
    private void descend(WalkBatch walks, int from, int to, int level) {
        Geometry.Entry kind = format.levels[level].table();
        int shift = offsetShift(level - 1);
        long mask = offsetMask(level - 1);
        long[] input = walks.input;
        long[] words = walks.words;
        long[] next = walks.entries(level - 1);
        for (int i = from; i < to; i++) {
            next[i] = kind.addressIn(words[i]) + (input[i] >>> shift & mask);
        }
        Arrays.fill(
                walks.attributes(level - 1),
                from,
                to,
                format.combine(walks.attributes(level)[from], words[from], level));
    }

    /** Ends at pages of one size; returns how many leaves, from the first on, are those of plain walks. */
    private int end(WalkBatch walks, int count, int level) {
        walks.pageShift = format.pageShift(walks.words[0], level);
        walks.stage1Shift = walks.pageShift;
        walks.leafLevel = level;
        long address = addressBits(format.levels[level].leaf());
        boolean alike = areAlike(walks.words, walks.attributes(level), address, count);
        int at = 0;
        while (at < count) {
            int next = alike ? count : endOfRun(walks.words, walks.attributes(level), address, at, count);
            int ended = end(walks, at, next, level);
            if (ended < next) {
                return ended;
            }
            at = next;
        }
        return count;
    }

    /** Ends at leaves that are alike, and so are the entries above them; returns the first whose walk is not plain. */
    private int end(WalkBatch walks, int from, int to, int level) {
        long leaf = walks.words[from];
        if (!format.isPresent(leaf)
                || !format.isLeaf(leaf, level)
                || format.isMalformed(leaf, level)
                || format.pageShift(leaf, level) != walks.pageShift
                || format.isGlobal(leaf)
                || format.lacking(leaf, level) != 0
                || format.due(leaf, level, false) != 0) {
            return from;
        }
        long attributes = format.combine(walks.attributes(level)[from], leaf, level);
        int allowed = format.cacheable(format.allowed(attributes, leaf), leaf);
        int end = allowedOf(walks.access, allowed, from, to);
        Geometry.Entry kind = format.levels[level].leaf();
        long offset = (1L << format.shift(level)) - 1;
        long[] input = walks.input;
        long[] words = walks.words;
        long[] output = walks.output;
        for (int i = from; i < end; i++) {
            output[i] = kind.addressIn(words[i]) | input[i] & offset;
        }
        Arrays.fill(walks.allowed, from, end, allowed);
        Arrays.fill(walks.attributes(0), from, end, attributes);
        return end;
    }

    /** The first access that needs more than is allowed; {@code to}, if none does. */
    private static int allowedOf(int[] access, int allowed, int from, int to) {
        int needed = 0;
        for (int i = from; i < to; i++) {
            needed |= access[i];
        }
        int at = (needed & ~allowed) == 0 ? to : from;
        while (at < to && (access[at] & ~allowed) == 0) {
            at++;
        }
        return at;
    }

    private static long addressBits(Geometry.Entry kind) {
        return kind.address() | kind.folded();
    }

    /** Whether entries, and what those above them allow, are all like the first of them, but for the address. */
    private static boolean areAlike(long[] entries, long[] attributes, long address, int count) {
        long entry = entries[0];
        long attribute = attributes[0];
        long differs = 0;
        for (int i = 0; i < count; i++) {
            differs |= (entries[i] ^ entry) & ~address | attributes[i] ^ attribute;
        }
        return differs == 0;
    }

    /** The first of the entries behind {@code from} that is not like that one; {@code to}, if there is none. */
    private static int endOfRun(long[] entries, long[] attributes, long address, int from, int to) {
        int at = from + 1;
        while (at < to
                && ((entries[at] ^ entries[from]) & ~address | attributes[at] ^ attributes[from]) == 0) {
            at++;
        }
        return at;
    }

    // The place of an entry in its table, as bits of the input: its index times the size of an entry.

    private int offsetShift(int level) {
        return format.shift(level) - Integer.numberOfTrailingZeros(format.geometry().entryBytes());
    }

    private long offsetMask(int level) {
        return format.tableBytes(level) - format.geometry().entryBytes();
    }
}

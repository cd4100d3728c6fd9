package org.memvirt.api.radix;

import java.util.Arrays;
import org.memvirt.api.access.Rights;
import org.memvirt.api.walk.BatchPort;
import org.memvirt.api.walk.WalkBatch;

/** {@link RadixFormat#walkBatch}: the walk of a radix table for many addresses, one level after another. */
final class RadixBatchWalk {
    /** The bits of an entry that {@link Geometry.Entry#forbidden} looks at. */
    private static final long FORBIDDEN_BY = 63;

    private final RadixFormat format;
    private final Geometry geometry;
    private final int top;
    private final boolean wide;

    RadixBatchWalk(RadixFormat format) {
        this.format = format;
        geometry = format.geometry();
        top = format.levels();
        wide = geometry.entryBytes() == Long.BYTES;
    }

    int walk(WalkBatch walks, int count, BatchPort port) {
        int plain = begin(walks, count);
        for (int level = top; level > 1; level--) {
            plain = descend(walks, read(walks, plain, level, port), level);
        }
        plain = end(walks, read(walks, plain, 1, port));
        return plain == 0 ? 0 : port.resolveBatch(walks, plain);
    }

    private static int read(WalkBatch walks, int count, int level, BatchPort port) {
        return count == 0
                ? 0
                : port.readBatch(walks, walks.cell(level), walks.entries(level), walks.words, count);
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
        return refused == 0 ? count : admitted(input, count);
    }

    private int admitted(long[] input, int count) {
        int at = 0;
        while (at < count && format.inRange(input[at])) {
            at++;
        }
        return at;
    }

    /** Goes on to the next tables; returns how many entries from the first on are well formed, lead there and deferUpdate nothing. */
    private int descend(WalkBatch walks, int count, int level) {
        Geometry.Level step = geometry.levels().get(level - 1);
        Geometry.Entry kind = step.table();
        // Most entries are like one that restricts nothing, in all that decides whether they lead on.
        long deciding =
                geometry.present() | step.leafMask() | kind.reserved() | kind.accessed() | FORBIDDEN_BY;
        long usual = (format.tableEntry(0, level) | kind.accessed()) & deciding;
        long inverted = geometry.inverted();
        long exempt = kind.exempt();
        long table = kind.address();
        int shift = offsetShift(level - 1);
        long mask = offsetMask(level - 1);
        long[] input = walks.input;
        long[] words = walks.words;
        long[] above = walks.attributes(level);
        long[] next = walks.entries(level - 1);
        long[] combined = walks.attributes(level - 1);
        int plain = count;
        if (!wide) {
            takeEntries(words, walks.entries(level), count);
        }
        long unusual = 0;
        for (int i = 0; i < count; i++) {
            unusual |= words[i] ^ usual;
        }
        if ((unusual & deciding) != 0 || !leadsOn(usual, step)) {
            plain = 0;
            while (plain < count && leadsOn(words[plain], step)) {
                plain++;
            }
        }
        for (int i = 0; i < plain; i++) {
            long entry = words[i];
            combined[i] = above[i] & (entry ^ inverted | exempt);
            next[i] = (entry & table) + (input[i] >>> shift & mask);
        }
        return plain;
    }

    /** Puts the entries at these addresses in the place of the words that contain them. */
    private void takeEntries(long[] words, long[] addresses, int count) {
        for (int i = 0; i < count; i++) {
            words[i] = format.entryIn(words[i], addresses[i]);
        }
    }

    /** Whether an entry is present and well formed, points to a table and owes no accessed bit. */
    private boolean leadsOn(long entry, Geometry.Level step) {
        Geometry.Entry kind = step.table();
        return (entry & geometry.present()) != 0
                && (entry & step.leafMask()) != step.leafValue()
                && (entry & kind.reserved() | kind.accessed() & ~entry | kind.forbidden() >>> entry & 1) == 0;
    }

    /** Ends at the pages; returns how many leaves, from the first on, are those of plain walks. */
    private int end(WalkBatch walks, int count) {
        Geometry.Level step = geometry.levels().getFirst();
        Geometry.Entry kind = step.leaf();
        long inverted = geometry.inverted();
        long exempt = kind.exempt();
        long[] words = walks.words;
        long[] above = walks.attributes(1);
        long[] combined = walks.attributes(0);
        walks.pageShift = step.shift();
        walks.stage1Shift = step.shift();
        if (count == 0) {
            return 0;
        }
        if (!wide) {
            takeEntries(words, walks.entries(1), count);
        }
        for (int i = 0; i < count; i++) {
            combined[i] = above[i] & (words[i] ^ inverted | exempt);
        }
        return areAlike(words, combined, kind.address(), count)
                ? endAlike(walks, count, step)
                : endEach(walks, count, step);
    }

    /** Whether leaves, and what they and the entries above allow, are all like the first of them, but for where they lead. */
    private static boolean areAlike(long[] leaves, long[] attributes, long address, int count) {
        long leaf = leaves[0];
        long attribute = attributes[0];
        long differs = 0;
        for (int i = 0; i < count; i++) {
            differs |= leaves[i] ^ leaf | attributes[i] ^ attribute;
        }
        return (differs & ~address) == 0;
    }

    private int endAlike(WalkBatch walks, int count, Geometry.Level step) {
        long[] input = walks.input;
        long[] words = walks.words;
        long[] output = walks.output;
        int[] accesses = walks.access;
        int access = 0;
        for (int i = 0; i < count; i++) {
            access |= accesses[i];
        }
        long leaf = words[0];
        int allowed = format.allowed(walks.attributes(0)[0], leaf);
        if (!isPlain(leaf, access, step) || (access & ~allowed) != 0) {
            // Not all of them, but some may be.
            return endEach(walks, count, step);
        }
        long address = step.leaf().address();
        long rest = format.frame(leaf, 1) & ~address;
        long offset = (1L << step.shift()) - 1;
        for (int i = 0; i < count; i++) {
            output[i] = words[i] & address | rest | input[i] & offset;
        }
        Arrays.fill(walks.allowed, 0, count, keptOf(allowed, leaf));
        return count;
    }

    private int endEach(WalkBatch walks, int count, Geometry.Level step) {
        long offset = (1L << step.shift()) - 1;
        for (int i = 0; i < count; i++) {
            long leaf = walks.words[i];
            int access = walks.access[i];
            int allowed = format.allowed(walks.attributes(0)[i], leaf);
            if (!isPlain(leaf, access, step) || (access & ~allowed) != 0) {
                return i;
            }
            walks.allowed[i] = keptOf(allowed, leaf);
            walks.output[i] = format.frame(leaf, 1) | walks.input[i] & offset;
        }
        return count;
    }

    /** Whether an entry is a well-formed leaf, not global, that owes no accessed or dirty bit for this access. */
    private boolean isPlain(long entry, int access, Geometry.Level step) {
        Geometry.Entry kind = step.leaf();
        long due = kind.accessed() | ((access & Rights.WRITE) == 0 ? 0 : geometry.dirty());
        return (entry & geometry.present()) != 0
                && (entry & step.leafMask()) == step.leafValue()
                && (entry & (kind.reserved() | geometry.global())
                        | kind.forbidden() >>> entry & 1
                        | due & ~entry)
                        == 0;
    }

    /** Of what a mapping allows, that which a TLB may keep: no writes while the dirty bit is clear. */
    private int keptOf(int allowed, long leaf) {
        long dirty = geometry.dirty();
        return (leaf & dirty) == dirty ? allowed : allowed & ~Rights.WRITE;
    }

    // The place of an entry in its table, as bits of the input: its index times the size of an entry.

    private int offsetShift(int level) {
        return format.shift(level) - Integer.numberOfTrailingZeros(geometry.entryBytes());
    }

    private long offsetMask(int level) {
        return format.tableBytes(level) - geometry.entryBytes();
    }
}

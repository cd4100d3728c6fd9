package org.memvirt.api.mmu;

import java.util.Arrays;
import org.memvirt.api.access.Rights;

/** {@link RadixFormat#walkPlain}: the walk of a radix table for many addresses, one level after another. */
final class RadixPlainWalk {
    /** The bits of an entry that {@link Geometry.Entry#forbidden} looks at. */
    private static final long FORBIDDEN_BY = 63;

    private final RadixFormat format;
    private final Geometry geometry;
    private final int top;
    private final boolean wide;

    RadixPlainWalk(RadixFormat format) {
        this.format = format;
        geometry = format.geometry();
        top = format.levels();
        wide = geometry.entryBytes() == Long.BYTES;
    }

    int walk(PlainWalks walks, int count, WalkPort port) {
        int plain = begin(walks, count);
        for (int level = top; level > 1; level--) {
            plain = descend(walks, read(walks, plain, level, port), level);
        }
        plain = end(walks, read(walks, plain, 1, port));
        return plain == 0 ? 0 : port.resolvePlain(walks, plain);
    }

    private static int read(PlainWalks walks, int count, int level, WalkPort port) {
        return count == 0
                ? 0
                : port.readPlain(walks, walks.cell(level), walks.entries(level), walks.words, count);
    }

    private int begin(PlainWalks walks, int count) {
        for (int level = 1; level <= top; level++) {
            walks.setOffset(level, offsetShift(level), offsetMask(level));
        }
        long[] input = walks.input;
        long[] addresses = walks.entries(top);
        long table = format.rootTable(walks.root);
        int shift = offsetShift(top);
        long mask = offsetMask(top);
        Arrays.fill(walks.attributes(top), 0, count, -1);
        for (int i = 0; i < count; i++) {
            if (!format.admits(input[i])) {
                return i;
            }
            addresses[i] = table + (input[i] >>> shift & mask);
        }
        return count;
    }

    /** Goes on to the next tables; returns how many entries from the first on are well formed, lead there and owe nothing. */
    private int descend(PlainWalks walks, int count, int level) {
        Geometry.Level step = geometry.levels().get(level - 1);
        Geometry.Entry kind = step.table();
        // Most entries are like one that restricts nothing, in all that decides whether they lead on.
        long deciding =
                geometry.present() | step.leafMask() | kind.reserved() | kind.accessed() | FORBIDDEN_BY;
        long usual = (format.tableEntry(0, level) | kind.accessed()) & deciding;
        if (!leadsOn(usual, step)) {
            return 0;
        }
        long inverted = geometry.inverted();
        long exempt = kind.exempt();
        long table = kind.address();
        int shift = offsetShift(level - 1);
        long mask = offsetMask(level - 1);
        long[] input = walks.input;
        long[] words = walks.words;
        long[] addresses = walks.entries(level);
        long[] above = walks.attributes(level);
        long[] next = walks.entries(level - 1);
        long[] combined = walks.attributes(level - 1);
        for (int i = 0; i < count; i++) {
            long entry = wide ? words[i] : format.entryIn(words[i], addresses[i]);
            if ((entry & deciding) != usual && !leadsOn(entry, step)) {
                return i;
            }
            combined[i] = above[i] & (entry ^ inverted | exempt);
            next[i] = (entry & table) + (input[i] >>> shift & mask);
        }
        return count;
    }

    /** Whether an entry is present and well formed, points to a table and owes no accessed bit. */
    private boolean leadsOn(long entry, Geometry.Level step) {
        Geometry.Entry kind = step.table();
        return (entry & geometry.present()) != 0
                && (entry & step.leafMask()) != step.leafValue()
                && (entry & kind.reserved() | kind.accessed() & ~entry | kind.forbidden() >>> entry & 1) == 0;
    }

    private int end(PlainWalks walks, int count) {
        Geometry.Level step = geometry.levels().getFirst();
        Geometry.Entry kind = step.leaf();
        long present = geometry.present();
        long inverted = geometry.inverted();
        long dirty = geometry.dirty();
        long leafMask = step.leafMask();
        long leafValue = step.leafValue();
        long refused = kind.reserved() | geometry.global();
        long forbidden = kind.forbidden();
        long accessed = kind.accessed();
        long exempt = kind.exempt();
        long offset = (1L << step.shift()) - 1;
        long[] input = walks.input;
        int[] accesses = walks.access;
        long[] words = walks.words;
        long[] addresses = walks.entries(1);
        long[] above = walks.attributes(1);
        long[] combined = walks.attributes(0);
        int[] rights = walks.allowed;
        long[] output = walks.output;
        walks.pageShift = step.shift();
        walks.stage1Shift = step.shift();
        for (int i = 0; i < count; i++) {
            long entry = wide ? words[i] : format.entryIn(words[i], addresses[i]);
            int access = accesses[i];
            long owed = (accessed | ((access & Rights.WRITE) == 0 ? 0 : dirty)) & ~entry;
            if ((entry & present) == 0
                    || (entry & leafMask) != leafValue
                    || (entry & refused | forbidden >>> entry & 1 | owed) != 0) {
                return i;
            }
            long attributes = above[i] & (entry ^ inverted | exempt);
            int allowed = format.allowed(attributes, entry);
            if ((access & ~allowed) != 0) {
                return i;
            }
            combined[i] = attributes;
            rights[i] = (entry & dirty) == dirty ? allowed : allowed & ~Rights.WRITE;
            output[i] = format.frame(entry, 1) | input[i] & offset;
        }
        return count;
    }

    // The place of an entry in its table, as bits of the input: its index times the size of an entry.

    private int offsetShift(int level) {
        return format.shift(level) - Integer.numberOfTrailingZeros(geometry.entryBytes());
    }

    private long offsetMask(int level) {
        return format.tableBytes(level) - geometry.entryBytes();
    }
}

package org.memvirt.api.radix;

/** Makes the tables that a large page is split into, from the last level up; the page's own table is not touched. */
final class PageSplit {
    private final RadixFormat format;
    private final EntryMemory entries;
    private final OwnedTables tables;
    private final int target;
    private final long group;

    /**
     * @param target the level of the new leaves
     * @param group the bit that joins them, or 0
     */
    PageSplit(RadixFormat format, EntryMemory entries, OwnedTables tables, int target, long group) {
        this.format = format;
        this.entries = entries;
        this.tables = tables;
        this.target = target;
        this.group = group;
    }

    /**
     * Entries of level {@code from}, above the target, that lead to tables which together map what these leaves map.
     *
     * @throws org.memvirt.api.table.TableFrames.OutOfMemory when there is no memory for them; none are kept then
     * @throws IllegalArgumentException when a smaller page cannot lie there
     */
    long[] pointers(long[] leaves, int from) {
        long[] pointers = new long[leaves.length];
        int made = 0;
        try {
            for (; made < leaves.length; made++) {
                long leaf = leaves[made];
                pointers[made] = pointer(leaf, from, format.frame(leaf, from), from - 1);
            }
        } finally {
            for (int i = 0; made < leaves.length && i < made; i++) {
                tables.releaseAll(format.nextTable(pointers[i], from), from - 1);
            }
        }
        return pointers;
    }

    /** An entry for a new table of {@code level} whose pages lie from {@code output} on and are what {@code leaf} says. */
    private long pointer(long leaf, int from, long output, int level) {
        long table = tables.allocate(level);
        boolean done = false;
        try {
            for (int index = 0; index < format.entries(level); index++) {
                long part = output + ((long) index << format.shift(level));
                long entry = level == target
                        ? leaf(part, leaf, from)
                        : pointer(leaf, from, part, level - 1);
                entries.store(table + format.entryOffset(index), entry);
            }
            done = true;
        } finally {
            if (!done) {
                tables.releaseAll(table, level);
            }
        }
        return tables.pointerTo(table, level + 1);
    }

    private long leaf(long output, long leaf, int from) {
        long part = format.leafAt(target, output, leaf, from);
        if (format.frame(part, target) != output) {
            throw new IllegalArgumentException("a page of 2^%d bytes of %s cannot lie at %#x"
                    .formatted(format.shift(target), format.name(), output));
        }
        return part | group;
    }
}

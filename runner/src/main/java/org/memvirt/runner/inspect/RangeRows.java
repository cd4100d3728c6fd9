package org.memvirt.runner.inspect;

import org.memvirt.api.option.Sizes;
import org.memvirt.api.table.PageTable;

/**
 * A row a range: neighbouring pages of one size that allow the same and are all global or all not, wherever they lie.
 * Merged further by their rights to read, write and use as a user alone, ranges are those of QEMU's {@code info mem}.
 */
final class RangeRows extends Rows {
    private long start;
    private long end;
    private int pageShift;
    private int rights;
    private boolean global;
    private boolean open;
    private long ranges;

    RangeRows(RowBuffer out, Style style, Inspection inspection, long limit) {
        super(out, style, inspection, limit);
    }

    @Override
    String what() {
        return "ranges";
    }

    @Override
    String names() {
        return style == Style.CSV
                ? "address,size,pageSize,rights,global"
                : "addresses                                   bytes  pages rights  flags";
    }

    @Override
    void page(long input, long output, int shift, int allowed, int attributes) {
        boolean everywhere = (attributes & PageTable.GLOBAL) != 0;
        if (open
                && input == end
                && shift == pageShift
                && global == everywhere
                && letters(allowed) == letters(rights)) {
            end += 1L << shift;
            return;
        }
        complete();
        open = true;
        start = input;
        end = input + (1L << shift);
        pageShift = shift;
        rights = allowed;
        global = everywhere;
    }

    @Override
    void complete() {
        if (!open) {
            return;
        }
        open = false;
        ranges++;
        long bytes = end - start;
        switch (style) {
            case TEXT -> row().hex(start, 16).add("-").hex(end - 1, 16).right(Sizes.text(bytes), 9).add("  ")
                    .add(paddedSize(pageShift)).add("  ").add(letters(rights)).add(global ? "    g" : "    -").end();
            case CSV -> row().hex(start, 1).add(",").add(Long.toUnsignedString(bytes)).add(",").add(size(pageShift))
                    .add(",").add(letters(rights)).add(global ? ",true" : ",false").end();
            case JSON -> row().add("\"address\": \"").hex(start, 1).add("\", \"size\": ")
                    .add(Long.toUnsignedString(bytes)).add(", \"pageSize\": \"").add(size(pageShift))
                    .add("\", \"rights\": \"").add(letters(rights))
                    .add(global ? "\", \"global\": true}" : "\", \"global\": false}").pass();
        }
    }

    /** The ranges that were written. */
    long ranges() {
        return ranges;
    }
}

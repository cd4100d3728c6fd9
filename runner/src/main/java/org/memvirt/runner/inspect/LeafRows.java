package org.memvirt.runner.inspect;

import java.nio.charset.StandardCharsets;
import org.memvirt.api.table.PageTable;

/** A row a leaf. */
final class LeafRows extends Rows {
    /** By attributes, as letters. */
    private static final byte[][] FLAGS = new byte[8][];

    static {
        for (int attributes = 0; attributes < FLAGS.length; attributes++) {
            FLAGS[attributes] = ((has(attributes, PageTable.GLOBAL) ? "g" : "-")
                    + (has(attributes, PageTable.ACCESSED) ? "a" : "-")
                    + (has(attributes, PageTable.DIRTY) ? "d" : "-")).getBytes(StandardCharsets.US_ASCII);
        }
    }

    LeafRows(RowBuffer out, Style style, Inspection inspection, long limit) {
        super(out, style, inspection, limit);
    }

    @Override
    String what() {
        return "leaves";
    }

    @Override
    String names() {
        return style == Style.CSV
                ? "address,output,pageSize,rights,global,accessed,dirty"
                : "address             output              size  rights  flags";
    }

    @Override
    void page(long input, long output, int pageShift, int rights, int attributes) {
        boolean global = has(attributes, PageTable.GLOBAL);
        boolean accessed = has(attributes, PageTable.ACCESSED);
        boolean dirty = has(attributes, PageTable.DIRTY);
        switch (style) {
            case TEXT -> row().hex(input, 16).add("  ").hex(output, 16).add("  ").add(paddedSize(pageShift)).add("  ")
                    .add(letters(rights)).add("    ").add(FLAGS[attributes]).end();
            case CSV -> row().hex(input, 1).add(",").hex(output, 1).add(",").add(size(pageShift)).add(",")
                    .add(letters(rights)).add(global ? ",true" : ",false").add(accessed ? ",true" : ",false")
                    .add(dirty ? ",true" : ",false").end();
            case JSON -> row().add("\"address\": \"").hex(input, 1).add("\", \"output\": \"").hex(output, 1)
                    .add("\", \"pageSize\": \"").add(size(pageShift)).add("\", \"rights\": \"").add(letters(rights))
                    .add(global ? "\", \"global\": true" : "\", \"global\": false")
                    .add(accessed ? ", \"accessed\": true" : ", \"accessed\": false")
                    .add(dirty ? ", \"dirty\": true}" : ", \"dirty\": false}").pass();
        }
    }

    private static boolean has(int attributes, int one) {
        return (attributes & one) != 0;
    }
}

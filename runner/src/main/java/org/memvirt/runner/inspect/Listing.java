package org.memvirt.runner.inspect;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.memvirt.api.option.Sizes;
import org.memvirt.runner.report.Numbers;

/** The report on all that page tables in an image map: rows, then totals. */
public final class Listing {
    private final Inspection inspection;
    private final RowBuffer out;
    private final Style style;
    private final Rows rows;

    /**
     * @param leaves whether to write a row a leaf, or a range
     * @param limit pages to list at most
     */
    public Listing(Inspection inspection, OutputStream target, Style style, boolean leaves, long limit) {
        this.inspection = inspection;
        this.style = style;
        out = new RowBuffer(target);
        rows = leaves
                ? new LeafRows(out, style, inspection, limit)
                : new RangeRows(out, style, inspection, limit);
    }

    /** Writes all of it. */
    public void write() {
        rows.write();
        switch (style) {
            case TEXT -> writeTotals();
            case CSV -> {
                // A table has no place for totals.
            }
            case JSON -> {
                Totals totals = Totals.of(inspection, rows.cut() ? inspection.pages() : rows.pages());
                out.add(",\n").add(totals.json());
                if (rows.cut()) {
                    out.add(",\n \"cut\": {\"listed\": %d, \"of\": %d}".formatted(rows.listed(), allPages()));
                }
                out.add("\n}\n");
            }
        }
        out.flush();
    }

    private void writeTotals() {
        StringJoiner sizes = new StringJoiner(", ");
        long bytes = 0;
        for (Map.Entry<Integer, Long> size : rows.pages().entrySet()) {
            sizes.add(Numbers.whole(size.getValue()) + " of " + Sizes.ofPage(size.getKey()));
            bytes += size.getValue() << size.getKey();
        }
        String ranges = rows instanceof RangeRows merged ? Numbers.whole(merged.ranges()) + " ranges, " : "";
        out.add("\n%s%s pages: %s; %s in all\n"
                .formatted(ranges, Numbers.whole(rows.listed()), sizes, Numbers.bytes(bytes)));
        for (String line : Totals.of(inspection, rows.pages()).lines()) {
            out.add(line + "\n");
        }
        if (rows.outside() > 0) {
            boolean several = rows.outside() > 1;
            out.add("%s where the image has no memory, the first for %#x: devices, or memory that was left out\n"
                    .formatted(
                            several ? Numbers.whole(rows.outside()) + " of the pages lie" : "one of the pages lies",
                            rows.firstOutside()));
        }
        oddities().forEach(line -> out.add(line + "\n"));
    }

    private long allPages() {
        return inspection.pages().values().stream().reduce(0L, Inspection::saturatingSum);
    }

    /** What is odd about the tables, and whether pages were left out, a sentence each; the last lines of a text. */
    public List<String> oddities() {
        List<String> lines = new ArrayList<>(Totals.of(inspection, rows.pages()).oddities());
        if (rows.cut()) {
            long all = allPages();
            lines.add("the list ends after %s of %s pages; --limit sets how many"
                    .formatted(
                            Numbers.whole(rows.listed()),
                            all == Long.MAX_VALUE ? "more than 2^63" : Numbers.whole(all)));
        }
        return lines;
    }
}

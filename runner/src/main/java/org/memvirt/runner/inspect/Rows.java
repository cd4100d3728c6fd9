package org.memvirt.runner.inspect;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.memvirt.api.image.LeafVisitor;
import org.memvirt.api.option.Sizes;

/** Writes what it is told of as rows, up to a limit, and counts it. */
abstract class Rows implements LeafVisitor {
    private static final int RIGHTS = 64;
    private static final int SHIFTS = 64;

    final RowBuffer out;
    final Style style;
    private final Inspection inspection;
    private final long limit;
    /** By rights, their four letters; by offset bits of a page, its size. */
    private final byte[][] rightsText = new byte[RIGHTS][];
    private final byte[][] sizeText = new byte[SHIFTS][];
    private final byte[][] paddedSizeText = new byte[SHIFTS][];
    private final long[] pages = new long[SHIFTS];
    private long listed;
    private boolean cut;
    private long outside;
    private long firstOutside;
    private boolean first = true;

    /** @param limit pages to list at most */
    Rows(RowBuffer out, Style style, Inspection inspection, long limit) {
        this.out = out;
        this.style = style;
        this.inspection = inspection;
        this.limit = limit;
        Map<String, byte[]> texts = new HashMap<>();
        for (int rights = 0; rights < RIGHTS; rights++) {
            rightsText[rights] = texts.computeIfAbsent(
                    Effective.text(rights), text -> text.getBytes(StandardCharsets.US_ASCII));
        }
        for (int shift = 0; shift < SHIFTS - 1; shift++) {
            String size = Sizes.ofPage(shift);
            sizeText[shift] = size.getBytes(StandardCharsets.US_ASCII);
            paddedSizeText[shift] = "%-4s".formatted(size).getBytes(StandardCharsets.US_ASCII);
        }
    }

    /** What a row is of, in the plural. */
    abstract String what();

    /** The line of names, without its end. */
    abstract String names();

    /** One page, within the limit. */
    abstract void page(long input, long output, int pageShift, int rights, int attributes);

    /** All pages have been told. */
    void complete() {}

    /** The rows from the first to the last, with what comes before and between them. */
    final void write() {
        switch (style) {
            case TEXT, CSV -> out.add(names()).end();
            case JSON -> out.add("{\"schema\": \"memvirt-inspect/1\",\n \"%s\": [".formatted(what()));
        }
        inspection.forEach(this);
        complete();
        if (style == Style.JSON) {
            out.add("]");
        }
    }

    @Override
    public final boolean leaf(long input, long output, int pageShift, int rights, int attributes, long entry) {
        if (listed == limit) {
            cut = true;
            return false;
        }
        listed++;
        pages[pageShift]++;
        if (!inspection.holds(output)) {
            firstOutside = outside == 0 ? input : firstOutside;
            outside++;
        }
        page(input, output, pageShift, rights, attributes);
        return !out.closed();
    }

    /** What stands before a row's first field. */
    final RowBuffer row() {
        if (style == Style.JSON) {
            out.add(first ? "\n  {" : ",\n  {");
            first = false;
        }
        return out;
    }

    /** The rights in four letters; the same array for rights that are written alike. */
    final byte[] letters(int rights) {
        return rightsText[rights];
    }

    final byte[] size(int pageShift) {
        return sizeText[pageShift];
    }

    final byte[] paddedSize(int pageShift) {
        return paddedSizeText[pageShift];
    }

    /** The pages that were listed, by their offset bits; each size of the format, and others that there were. */
    final SortedMap<Integer, Long> pages() {
        SortedMap<Integer, Long> byShift = new TreeMap<>(inspection.pages());
        byShift.replaceAll((shift, _) -> pages[shift]);
        for (int shift = 0; shift < SHIFTS; shift++) {
            if (pages[shift] > 0) {
                byShift.put(shift, pages[shift]);
            }
        }
        return byShift;
    }

    /** How many pages were listed. */
    final long listed() {
        return listed;
    }

    /** Whether the limit left pages out. */
    final boolean cut() {
        return cut;
    }

    /** Pages that lie where the image has no memory, and the first of them. */
    final long outside() {
        return outside;
    }

    final long firstOutside() {
        return firstOutside;
    }
}

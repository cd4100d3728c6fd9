package org.memvirt.testkit.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.PageTable;

/** A page table that is trivially right: a map from first addresses to pages. */
public final class TableModel {
    private final TreeMap<Long, Mapping> pages = new TreeMap<>(Long::compareUnsigned);
    private final int attributes;

    /** A model of tables whose leaves have these {@link PageTable} attributes. */
    public TableModel(int attributes) {
        this.attributes = attributes;
    }

    /** Whether something is mapped in the range already. */
    public boolean conflicts(long input, int shift) {
        if (find(input) != null) {
            return true;
        }
        Long after = pages.ceilingKey(input);
        return after != null && after - input >= 0 && after - input < 1L << shift;
    }

    /** Maps a page with {@link PageTable} attributes. */
    public void map(long input, long output, int shift, int allowed, int given) {
        pages.put(
                input,
                new Mapping(
                        input,
                        output,
                        shift,
                        allowed,
                        (given & attributes & PageTable.GLOBAL) != 0,
                        isSet(given, PageTable.ACCESSED),
                        isSet(given, PageTable.DIRTY)));
    }

    /** Whether a page that is given attributes has one of them; those that the format lacks count as set. */
    private boolean isSet(int given, int one) {
        return ((given | ~attributes) & one) != 0;
    }

    public @Nullable Mapping find(long input) {
        Map.Entry<Long, Mapping> below = pages.floorEntry(input);
        return below != null && input - below.getKey() < below.getValue().bytes()
                && input - below.getKey() >= 0
                        ? below.getValue()
                        : null;
    }

    /** The page that was there, or null. */
    public @Nullable Mapping unmap(long input) {
        Mapping page = find(input);
        return page == null ? null : pages.remove(page.inputAddress());
    }

    /** The page that is there, or null. */
    public @Nullable Mapping protect(long input, int allowed) {
        Mapping page = find(input);
        if (page != null) {
            put(page, allowed, page.accessed(), page.dirty());
        }
        return page;
    }

    /** The page that was there, or null. */
    public @Nullable Mapping mark(long input, int set, int clear) {
        Mapping page = find(input);
        if (page != null) {
            int before = (page.accessed() ? PageTable.ACCESSED : 0) | (page.dirty() ? PageTable.DIRTY : 0);
            int after = before & ~clear | set;
            put(page, page.allowed(), isSet(after, PageTable.ACCESSED), isSet(after, PageTable.DIRTY));
        }
        return page;
    }

    /** The page that was there, or null when there is none that is larger. */
    public @Nullable Mapping split(long input, int shift) {
        Mapping page = find(input);
        if (page == null || page.pageShift() <= shift) {
            return null;
        }
        for (long at = 0; at < page.bytes(); at += 1L << shift) {
            pages.put(
                    page.inputAddress() + at,
                    new Mapping(
                            page.inputAddress() + at,
                            page.outputAddress() + at,
                            shift,
                            page.allowed(),
                            page.global(),
                            page.accessed(),
                            page.dirty()));
        }
        return page;
    }

    /** What an access that is allowed leaves behind. */
    public Mapping used(Mapping page, int access) {
        return put(page, page.allowed(), true, page.dirty() || (access & Rights.WRITE) != 0);
    }

    private Mapping put(Mapping page, int allowed, boolean accessed, boolean dirty) {
        Mapping changed = new Mapping(
                page.inputAddress(), page.outputAddress(), page.pageShift(), allowed, page.global(), accessed, dirty);
        pages.put(changed.inputAddress(), changed);
        return changed;
    }

    /** Some pages, others for another number; all if there are no more. */
    List<Mapping> some(int count, int number) {
        List<Mapping> some = new ArrayList<>();
        if (pages.isEmpty()) {
            return some;
        }
        long first = pages.firstKey();
        long span = pages.lastKey() - first + 1;
        for (int i = 0; i < Math.min(count, pages.size()); i++) {
            long mixed = (number * 31L + i + 1) * 0x9E37_79B9_7F4A_7C15L;
            long at = first + (span <= 0 ? mixed : Long.remainderUnsigned(mixed, span));
            Map.Entry<Long, Mapping> chosen = pages.floorEntry(at);
            some.add((chosen == null ? pages.firstEntry() : chosen).getValue());
        }
        return some;
    }

    /** All pages, by ascending address. */
    public List<Mapping> pages() {
        return new ArrayList<>(pages.values());
    }
}

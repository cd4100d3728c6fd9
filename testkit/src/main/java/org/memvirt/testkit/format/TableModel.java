package org.memvirt.testkit.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Mapping;

/** A page table that is trivially right: a map from first addresses to pages. */
public final class TableModel {
    private final TreeMap<Long, Mapping> pages = new TreeMap<>(Long::compareUnsigned);
    private final boolean setsAccessed;
    private final boolean setsDirty;

    /** A model of tables in which a walk sets these bits, or that count as set always. */
    public TableModel(boolean setsAccessed, boolean setsDirty) {
        this.setsAccessed = setsAccessed;
        this.setsDirty = setsDirty;
    }

    /** Whether something is mapped in the range already. */
    public boolean conflicts(long input, int shift) {
        if (find(input) != null) {
            return true;
        }
        Long after = pages.ceilingKey(input);
        return after != null && after - input >= 0 && after - input < 1L << shift;
    }

    public void map(long input, long output, int shift, int allowed, boolean global, boolean accessed, boolean dirty) {
        pages.put(
                input,
                new Mapping(input, output, shift, allowed, global, accessed || !setsAccessed, dirty || !setsDirty));
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

    /** All pages, by ascending address. */
    public List<Mapping> pages() {
        return new ArrayList<>(pages.values());
    }
}

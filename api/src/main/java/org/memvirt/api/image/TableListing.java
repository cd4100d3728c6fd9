package org.memvirt.api.image;

import java.util.List;
import java.util.SortedMap;

/**
 * All that one page table in an image maps. Made by {@link org.memvirt.api.table.PageTableFormat#list}, which looks at each table once for
 * each level that it serves at, so that totals are known even where tables that are entered many times map more pages
 * than can be told.
 */
public interface TableListing {
    /**
     * The leaves by the offset bits of their pages, each as often as there are ways to it, for all page sizes of the
     * format; {@link Long#MAX_VALUE} stands for that many and more.
     */
    SortedMap<Integer, Long> leaves();

    /** Different tables that were found, the top one included; 0 where the format cannot tell. */
    long tables();

    /** The memory that they take, in bytes. */
    long bytes();

    /** What is odd, each kind once at most; empty when nothing is, or the format cannot tell. */
    List<TableAnomaly> anomalies();

    /**
     * Tells of each leaf. Takes time for each leaf and each table on the ways to leaves, none for tables without.
     *
     * @return whether the visitor wanted all
     */
    boolean forEach(LeafVisitor visitor);

    /**
     * The first address from {@code inputAddress} on that may be in a page, so that what maps nothing can be passed over;
     * negative when there is none. For input addresses that are not negative.
     */
    default long nextMapped(long inputAddress) {
        return inputAddress;
    }
}

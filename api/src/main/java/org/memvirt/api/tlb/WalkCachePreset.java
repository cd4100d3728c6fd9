package org.memvirt.api.tlb;

import java.util.List;

/**
 * The caches of a page walker, as data.
 *
 * @param name unique within its MMU: what {@code --walk-cache} takes
 * @param description one line for people
 * @param source where the figures come from, and which of them are estimates
 * @param kind what they are looked up by
 * @param arrays for {@link Kind#PREFIX} one a level; for {@link Kind#ENTRY} one in all, whose level is 0
 */
public record WalkCachePreset(String name, String description, String source, Kind kind, List<Array> arrays) {
    public WalkCachePreset {
        arrays = List.copyOf(arrays);
    }

    /** What a walk cache is looked up by. */
    public enum Kind {
        /**
         * By the upper bits of the input address: gives the table at which the walk goes on (Intel's paging-structure
         * caches; Intel SDM vol. 3, "Caching Translation Information"). Under a second stage the table's host address.
         */
        PREFIX,
        /** By the host-physical address of an entry: gives the entry, and saves that one reference. */
        ENTRY
    }

    /**
     * One set-associative array with LRU replacement.
     *
     * @param level the level at which a walk goes on after a hit: 1 for a cache of PDEs
     */
    public record Array(int level, int sets, int ways) {}
}

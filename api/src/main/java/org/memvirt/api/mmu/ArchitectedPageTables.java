package org.memvirt.api.mmu;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.invalidation.InvalidationTable;

/** An MMU whose hardware walks page tables. */
public non-sealed interface ArchitectedPageTables extends MmuArchitecture {
    /** Its own formats, of both stages; the first of each stage is the default. Others join as services. */
    List<PageTableFormat> formats();

    /** Walk-cache presets. */
    List<WalkCachePreset> walkCachePresets();

    /** Nested-TLB presets. */
    List<NestedTlbPreset> nestedTlbPresets();

    /**
     * What its operations remove from the caches of translations; {@link InvalidationTable#PLAIN} if it says nothing.
     *
     * @param stageTwo the second stage in use, or null: it may tell whose processor it is
     */
    default InvalidationTable invalidations(@Nullable PageTableFormat stageTwo) {
        return InvalidationTable.PLAIN;
    }

    /** How hardware reports the fault that {@code walk} ended with; the walk was made with one of {@link #formats}. */
    EncodedFault encode(Walk walk);
}

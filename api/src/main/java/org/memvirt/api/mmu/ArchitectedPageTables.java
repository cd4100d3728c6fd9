package org.memvirt.api.mmu;

import java.util.List;

/** An MMU whose hardware walks page tables. */
public non-sealed interface ArchitectedPageTables extends MmuArchitecture {
    /** Its own formats, of both stages; the first of each stage is the default. Others join as services. */
    List<PageTableFormat> formats();

    /** Walk-cache presets. */
    List<WalkCachePreset> walkCachePresets();

    /** Nested-TLB presets. */
    List<NestedTlbPreset> nestedTlbPresets();

    /** How hardware reports the fault that {@code walk} ended with; the walk was made with one of {@link #formats}. */
    EncodedFault encode(Walk walk);
}

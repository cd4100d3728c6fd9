package org.memvirt.x86.preset;

import java.util.List;
import org.memvirt.api.tlb.WalkCachePreset;

/** Intel's paging-structure caches; SDM, "Paging-Structure Caches", tells their tags, not their sizes. */
public final class IntelWalkCache {
    public static final WalkCachePreset WALK_CACHE = new WalkCachePreset(
            "intel-estimate",
            "Intel: by prefix, 32 PDEs, 4 PDPTEs, 2 PML4Es",
            "An estimate: Intel discloses no sizes. Measurements by side channels put them at 24 to 32, 4, and 2 to 4"
                    + " (S. van Schaik and others, \"Reverse Engineering Hardware Page Table Caches Using Side-Channel"
                    + " Attacks on the MMU\", 2017; from memory). Fully associative and LRU by assumption.",
            WalkCachePreset.Kind.PREFIX,
            List.of(
                    new WalkCachePreset.Array(1, 1, 32),
                    new WalkCachePreset.Array(2, 1, 4),
                    new WalkCachePreset.Array(3, 1, 2)));

    private IntelWalkCache() {}
}

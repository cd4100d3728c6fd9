package org.memvirt.x86.preset;

import java.util.List;
import org.memvirt.api.tlb.WalkCachePreset;

/** What the ChampSim simulator takes by default, to compare with studies made on it. */
public final class ChampSimWalkCache {
    public static final WalkCachePreset WALK_CACHE = new WalkCachePreset(
            "champsim",
            "ChampSim's default: by prefix, 32 PDEs, 8 PDPTEs, 4 PML4Es, 2 PML5Es",
            "ChampSim's default configuration: PSCL2 to PSCL5 of 32, 8, 4 and 2 entries; taken as fully associative."
                    + " Models no real part.",
            WalkCachePreset.Kind.PREFIX,
            List.of(
                    new WalkCachePreset.Array(1, 1, 32),
                    new WalkCachePreset.Array(2, 1, 8),
                    new WalkCachePreset.Array(3, 1, 4),
                    new WalkCachePreset.Array(4, 1, 2)));

    private ChampSimWalkCache() {}
}

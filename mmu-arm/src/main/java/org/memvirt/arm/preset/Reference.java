package org.memvirt.arm.preset;

import static org.memvirt.arm.preset.TlbArray.P1G;
import static org.memvirt.arm.preset.TlbArray.P2M;
import static org.memvirt.arm.preset.TlbArray.P4K;

import java.util.List;
import org.memvirt.api.tlb.NestedTlbPreset;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.WalkCachePreset;

/** The configuration of memvirt's yardstick: no real part, but one that anybody can build again. */
public final class Reference {
    private static final String SOURCE =
            "Defined by memvirt: every figure, and LRU in every set, is exact by definition. Every array holds pages of"
                    + " all sizes, each in the set that its own number selects.";

    public static final TlbPreset TLB = new TlbPreset(
            "reference",
            "64 data and 128 code entries, 1536 behind them",
            SOURCE,
            List.of(
                    TlbArray.code(TlbArray.of(128, 8, P4K, P2M, P1G)),
                    TlbArray.data(TlbArray.of(64, 4, P4K, P2M, P1G)),
                    TlbArray.second(TlbArray.of(1536, 12, P4K, P2M, P1G))));

    public static final WalkCachePreset WALK_CACHE = new WalkCachePreset(
            "reference",
            "by prefix: 32 tables of level 3, 4 of level 2, 4 of level 1",
            SOURCE,
            WalkCachePreset.Kind.PREFIX,
            List.of(
                    new WalkCachePreset.Array(1, 1, 32),
                    new WalkCachePreset.Array(2, 1, 4),
                    new WalkCachePreset.Array(3, 1, 4)));

    public static final NestedTlbPreset NESTED_TLB =
            new NestedTlbPreset("reference", "32 entries, fully associative", SOURCE, 1, 32);

    private Reference() {}
}

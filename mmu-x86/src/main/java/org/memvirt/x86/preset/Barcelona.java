package org.memvirt.x86.preset;

import static org.memvirt.x86.preset.TlbArray.P1G;
import static org.memvirt.x86.preset.TlbArray.P2M;
import static org.memvirt.x86.preset.TlbArray.P4K;

import java.util.List;
import org.memvirt.api.tlb.NestedTlbPreset;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.WalkCachePreset;

/** AMD family 10h (Barcelona), 2007: the first with nested paging, and the subject of the paper on it. */
public final class Barcelona {
    private static final String PAPER =
            "R. Bhargava, B. Serebrin, F. Spadini, S. Manne, \"Accelerating Two-Dimensional Page Walks for Virtualized"
                    + " Systems\", ASPLOS 2008. The figure is from memory of the paper: an estimate until checked.";

    public static final TlbPreset TLB = new TlbPreset(
            "barcelona",
            "AMD family 10h (2007)",
            "CPUID of an Opteron 2347 HE: data 48 fully associative for all sizes; code 32 for 4K and 16 for 2M, fully"
                    + " associative; second level, data: 512 4-way for 4K, 128 2-way for 2M; code: 512 4-way for 4K.",
            List.of(
                    TlbArray.code(TlbArray.full(32, P4K), TlbArray.full(16, P2M)),
                    TlbArray.data(TlbArray.full(48, P4K, P2M, P1G)),
                    TlbArray.secondCode(TlbArray.of(512, 4, P4K)),
                    TlbArray.secondData(TlbArray.of(512, 4, P4K), TlbArray.of(128, 2, P2M))));

    /** Holds entries of both dimensions, by their host address. */
    public static final WalkCachePreset WALK_CACHE = new WalkCachePreset(
            "amd-10h-estimate",
            "AMD family 10h: 24 table entries of any level, by their address",
            PAPER,
            WalkCachePreset.Kind.ENTRY,
            List.of(new WalkCachePreset.Array(0, 1, 24)));

    public static final NestedTlbPreset NESTED_TLB = new NestedTlbPreset(
            "amd-10h-estimate", "AMD family 10h: 16 entries, fully associative", PAPER, 1, 16);

    private Barcelona() {}
}

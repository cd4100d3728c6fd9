package org.memvirt.arm.preset;

import static org.memvirt.arm.preset.TlbArray.P2M;
import static org.memvirt.arm.preset.TlbArray.P4K;
import static org.memvirt.arm.preset.TlbArray.P512M;
import static org.memvirt.arm.preset.TlbArray.P64K;

import java.util.List;
import org.memvirt.api.tlb.NestedTlbPreset;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.WalkCachePreset;

/** Arm Cortex-A53, 2012. */
public final class CortexA53 {
    private static final String MANUAL =
            "Cortex-A53 Technical Reference Manual (DDI 0500), About the MMU and TLB organization: ";

    public static final TlbPreset TLB = new TlbPreset(
            "cortex-a53",
            "Arm Cortex-A53 (2012)",
            MANUAL + "micro TLBs of 10 entries for code and for data, fully associative; main TLB of 512 entries, 4 ways,"
                    + " for all sizes but 1G, which is kept as 512M. LRU, and micro TLBs that keep what the main TLB does,"
                    + " are estimates.",
            List.of(
                    TlbArray.code(TlbArray.full(10, P4K, P64K, P2M, P512M)),
                    TlbArray.data(TlbArray.full(10, P4K, P64K, P2M, P512M)),
                    TlbArray.second(TlbArray.of(512, 4, P4K, P64K, P2M, P512M))));

    public static final WalkCachePreset WALK_CACHE = new WalkCachePreset(
            "cortex-a53",
            "Arm Cortex-A53: 64 tables of the last level, 4 ways",
            MANUAL + "64 entries, 4 ways, that hold stage 1 up to but not including the last level. That the address finds"
                    + " them, and LRU, are estimates.",
            WalkCachePreset.Kind.PREFIX,
            List.of(new WalkCachePreset.Array(1, 16, 4)));

    public static final NestedTlbPreset NESTED_TLB = new NestedTlbPreset(
            "cortex-a53",
            "Arm Cortex-A53's IPA cache: 64 entries, 4 ways",
            MANUAL + "IPA cache of 64 entries, 4 ways. LRU is an estimate.",
            16,
            4);

    private CortexA53() {}
}

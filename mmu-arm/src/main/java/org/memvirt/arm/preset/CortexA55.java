package org.memvirt.arm.preset;

import static org.memvirt.arm.preset.TlbArray.P16K;
import static org.memvirt.arm.preset.TlbArray.P1G;
import static org.memvirt.arm.preset.TlbArray.P2M;
import static org.memvirt.arm.preset.TlbArray.P32M;
import static org.memvirt.arm.preset.TlbArray.P4K;
import static org.memvirt.arm.preset.TlbArray.P512M;
import static org.memvirt.arm.preset.TlbArray.P64K;

import java.util.List;
import org.memvirt.api.tlb.NestedTlbPreset;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.WalkCachePreset;

/** Arm Cortex-A55, 2017. */
public final class CortexA55 {
    private static final String MANUAL =
            "Intel Agilex 5 Hard Processor System Technical Reference Manual (814346), Translation Lookaside Buffer: ";

    public static final TlbPreset TLB = new TlbPreset(
            "cortex-a55",
            "Arm Cortex-A55 (2017)",
            MANUAL + "15 entries for code and 16 for data, fully associative; second level of 1024 entries, 4 ways, for"
                    + " all sizes. LRU, and first levels that keep every size, are estimates.",
            List.of(
                    TlbArray.code(TlbArray.full(15, P4K, P16K, P64K, P2M, P32M, P512M, P1G)),
                    TlbArray.data(TlbArray.full(16, P4K, P16K, P64K, P2M, P32M, P512M, P1G)),
                    TlbArray.second(TlbArray.of(1024, 4, P4K, P16K, P64K, P2M, P32M, P512M, P1G))));

    public static final WalkCachePreset WALK_CACHE = new WalkCachePreset(
            "cortex-a55",
            "Arm Cortex-A55: 64 tables of the last level, 4 ways",
            MANUAL + "64 entries, 4 ways, that hold stage 1 up to but not including the last level. That the address finds"
                    + " them, and LRU, are estimates.",
            WalkCachePreset.Kind.PREFIX,
            List.of(new WalkCachePreset.Array(1, 16, 4)));

    public static final NestedTlbPreset NESTED_TLB = new NestedTlbPreset(
            "cortex-a55",
            "Arm Cortex-A55's IPA cache: 64 entries, 4 ways",
            MANUAL + "IPA cache of 64 entries, 4 ways. LRU is an estimate.",
            16,
            4);

    private CortexA55() {}
}

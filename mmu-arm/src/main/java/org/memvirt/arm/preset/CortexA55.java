package org.memvirt.arm.preset;

import static org.memvirt.arm.preset.TlbArray.P16K;
import static org.memvirt.arm.preset.TlbArray.P1G;
import static org.memvirt.arm.preset.TlbArray.P2M;
import static org.memvirt.arm.preset.TlbArray.P32M;
import static org.memvirt.arm.preset.TlbArray.P4K;
import static org.memvirt.arm.preset.TlbArray.P512M;
import static org.memvirt.arm.preset.TlbArray.P64K;

import java.util.List;
import org.memvirt.api.tlb.TlbPreset;

/** Arm Cortex-A55, 2017. */
public final class CortexA55 {
    public static final TlbPreset TLB = new TlbPreset(
            "cortex-a55",
            "Arm Cortex-A55 (2017)",
            "Intel Agilex 5 Hard Processor System Technical Reference Manual (814346), Translation Lookaside Buffer:"
                    + " 15 entries for code and 16 for data, fully associative; second level of 1024 entries, 4 ways, for"
                    + " all sizes. LRU, and first levels that keep every size, are estimates.",
            List.of(
                    TlbArray.code(TlbArray.full(15, P4K, P16K, P64K, P2M, P32M, P512M, P1G)),
                    TlbArray.data(TlbArray.full(16, P4K, P16K, P64K, P2M, P32M, P512M, P1G)),
                    TlbArray.second(TlbArray.of(1024, 4, P4K, P16K, P64K, P2M, P32M, P512M, P1G))));

    private CortexA55() {}
}

package org.memvirt.arm.preset;

import static org.memvirt.arm.preset.TlbArray.P16M;
import static org.memvirt.arm.preset.TlbArray.P1G;
import static org.memvirt.arm.preset.TlbArray.P1M;
import static org.memvirt.arm.preset.TlbArray.P2M;
import static org.memvirt.arm.preset.TlbArray.P4K;
import static org.memvirt.arm.preset.TlbArray.P512M;
import static org.memvirt.arm.preset.TlbArray.P64K;

import java.util.List;
import org.memvirt.api.tlb.TlbPreset;

/** Arm Cortex-A57, 2012. */
public final class CortexA57 {
    public static final TlbPreset TLB = new TlbPreset(
            "cortex-a57",
            "Arm Cortex-A57 (2012)",
            "Cortex-A57 Technical Reference Manual (DDI 0488), L1 instruction TLB, L1 data TLB, L2 TLB: first level of 48"
                    + " entries for code and 32 for data, fully associative, of 4K, 64K and 1M; second level of 1024"
                    + " entries, 4 ways. The sizes of the second level are those that the Cortex-A72 Technical Reference"
                    + " Manual (100095), L2 TLB, tells of one of that shape; LRU is an estimate.",
            List.of(
                    TlbArray.code(TlbArray.full(48, P4K, P64K, P1M)),
                    TlbArray.data(TlbArray.full(32, P4K, P64K, P1M)),
                    TlbArray.second(TlbArray.of(1024, 4, P4K, P64K, P1M, P2M, P16M, P512M, P1G))));

    private CortexA57() {}
}

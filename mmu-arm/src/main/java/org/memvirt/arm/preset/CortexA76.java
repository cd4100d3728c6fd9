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

/** Arm Cortex-A76, 2018, and Neoverse N1, 2019, which has its MMU. */
public final class CortexA76 {
    private static final String FIGURES =
            "first level of 48 entries for code (4K, 16K, 64K, 2M, 32M) and 48 for data (4K,"
                    + " 16K, 64K, 2M, 512M), fully associative; second level of 1280 entries, 5 ways, for all sizes.";

    private static final List<TlbPreset.Group> GROUPS = List.of(
            TlbArray.code(TlbArray.full(48, P4K, P16K, P64K, P2M, P32M)),
            TlbArray.data(TlbArray.full(48, P4K, P16K, P64K, P2M, P512M)),
            TlbArray.second(TlbArray.of(1280, 5, P4K, P16K, P64K, P2M, P32M, P512M, P1G)));

    public static final TlbPreset TLB = new TlbPreset(
            "cortex-a76",
            "Arm Cortex-A76 (2018)",
            "Cortex-A76 Technical Reference Manual (100798), TLB organization: " + FIGURES
                    + " That the second level holds what walks found on the way, too, is left out; LRU is an estimate.",
            GROUPS);

    public static final TlbPreset NEOVERSE_N1_TLB = new TlbPreset(
            "neoverse-n1",
            "Arm Neoverse N1 (2019)",
            "Arm, The Arm Neoverse N1 Platform (white paper, 2019): 48 entries for code, fully associative; Arm, Forum"
                    + " Teratec 2021, SW defined cars: 1.2K entries behind them. The rest is that of Cortex-A76: "
                    + FIGURES + " LRU is an estimate.",
            GROUPS);

    private CortexA76() {}
}

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

/** Arm Neoverse V1, 2020, and Neoverse V2, 2022. */
public final class NeoverseV {
    private static final TlbPreset.Group CODE = TlbArray.code(TlbArray.full(48, P4K, P16K, P64K, P2M));
    private static final TlbPreset.Group SECOND =
            TlbArray.second(TlbArray.of(2048, 8, P4K, P16K, P64K, P2M, P32M, P512M, P1G));

    public static final TlbPreset V1_TLB = new TlbPreset(
            "neoverse-v1",
            "Arm Neoverse V1 (2020)",
            "Arm, Hot Chips 2023, Neoverse V2 platform, which tells of the core before, too: first level of 40 entries for data,"
                    + " fully associative. Arm, Forum Teratec 2021, SW defined cars: second level of 2K entries. The code's"
                    + " first level, the 8 ways of the second and the page sizes are those of Neoverse V2, and LRU is an"
                    + " estimate.",
            List.of(CODE, data(40), SECOND));

    public static final TlbPreset V2_TLB = new TlbPreset(
            "neoverse-v2",
            "Arm Neoverse V2 (2022)",
            "Neoverse V2 Technical Reference Manual (102375), as J. Chen quotes it beside measurements of the first levels"
                    + " (jia.je, ARM Neoverse V2, 2024): first level of 48 entries for code (4K, 16K, 64K, 2M) and 48 for"
                    + " data (4K, 16K, 64K, 2M, 512M), fully associative; second level of 2048 entries, 8 ways. The sizes"
                    + " of the second level are those that the Cortex-X925 Technical Reference Manual (102807) tells of one"
                    + " of that shape. That code gets half of it, as was measured, is left out; LRU is an estimate.",
            List.of(CODE, data(48), SECOND));

    private NeoverseV() {}

    private static TlbPreset.Group data(int entries) {
        return TlbArray.data(TlbArray.full(entries, P4K, P16K, P64K, P2M, P512M));
    }
}

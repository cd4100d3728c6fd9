package org.memvirt.x86.preset;

import static org.memvirt.x86.preset.TlbArray.P1G;
import static org.memvirt.x86.preset.TlbArray.P2M;
import static org.memvirt.x86.preset.TlbArray.P4K;

import java.util.List;
import org.memvirt.api.tlb.TlbPreset;

/** Intel Golden Cove (Alder Lake's performance cores, Sapphire Rapids), 2021. */
public final class GoldenCove {
    public static final TlbPreset TLB = new TlbPreset(
            "golden-cove",
            "Intel Golden Cove (2021)",
            "CPUID of Core i5-12400 and i9-12900K (leaf 18H): code 256 8-way and 32 8-way for 2M; loads 32 4-way for"
                    + " 2M, 8 fully associative for 1G; second level as Ice Lake. Loads 96 for 4K: Intel's"
                    + " disclosure of 2021 (CPUID still says 64 4-way); their 6 ways are an estimate. The 16 entries"
                    + " for stores are not modelled.",
            List.of(
                    TlbArray.code(TlbArray.of(256, 8, P4K), TlbArray.of(32, 8, P2M)),
                    TlbArray.data(TlbArray.of(96, 6, P4K), TlbArray.of(32, 4, P2M), TlbArray.full(8, P1G)),
                    TlbArray.second(TlbArray.of(2048, 16, P4K, P2M, P1G))));

    private GoldenCove() {}
}

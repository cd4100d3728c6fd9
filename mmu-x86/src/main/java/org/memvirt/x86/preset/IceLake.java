package org.memvirt.x86.preset;

import static org.memvirt.x86.preset.TlbArray.P1G;
import static org.memvirt.x86.preset.TlbArray.P2M;
import static org.memvirt.x86.preset.TlbArray.P4K;

import java.util.List;
import org.memvirt.api.tlb.TlbPreset;

/** Intel Ice Lake (Sunny Cove), 2019. */
public final class IceLake {
    public static final TlbPreset TLB = new TlbPreset(
            "ice-lake",
            "Intel Ice Lake (2019)",
            "CPUID of a Core i7-1065G7 (leaf 18H): loads 64 4-way, 32 4-way for 2M, 8 fully associative for 1G;"
                    + " stores 16 fully associative for all sizes, not modelled: stores use the loads' entries here;"
                    + " second level two halves of 1024 8-way, one for 4K and 2M, one for 4K and 1G, modelled as"
                    + " 2048 16-way for all three. Code as Skylake: an estimate, CPUID tells 8 entries alone.",
            List.of(
                    TlbArray.code(TlbArray.of(128, 8, P4K), TlbArray.full(8, P2M)),
                    TlbArray.data(TlbArray.of(64, 4, P4K), TlbArray.of(32, 4, P2M), TlbArray.full(8, P1G)),
                    TlbArray.second(TlbArray.of(2048, 16, P4K, P2M, P1G))));

    private IceLake() {}
}

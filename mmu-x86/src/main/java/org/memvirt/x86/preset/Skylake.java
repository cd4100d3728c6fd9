package org.memvirt.x86.preset;

import static org.memvirt.x86.preset.TlbArray.P1G;
import static org.memvirt.x86.preset.TlbArray.P2M;
import static org.memvirt.x86.preset.TlbArray.P4K;

import java.util.List;
import org.memvirt.api.tlb.TlbPreset;

/** Intel Skylake, 2015, client and server. */
public final class Skylake {
    public static final TlbPreset TLB = new TlbPreset(
            "skylake",
            "Intel Skylake (2015), client and server",
            "Intel's Optimization Reference Manual 248966-045 (February 2022), table 2-15, as quoted in Intel's"
                    + " community thread 1371605, and WikiChip, May 2016: code 128 8-way and 8 for 2M; second level"
                    + " 12-way. CPUID of Core i7-6700K and i7-7800X (leaf 2: 63, 03, 76, C3): data 64 4-way, 32"
                    + " 4-way for 2M, 4 4-way for 1G; second level 1536 for 4K and 2M, and 16 4-way for 1G (C3 says"
                    + " 6-way, as in Broadwell; the manual's 12 is taken).",
            List.of(
                    TlbArray.code(TlbArray.of(128, 8, P4K), TlbArray.full(8, P2M)),
                    TlbArray.data(TlbArray.of(64, 4, P4K), TlbArray.of(32, 4, P2M), TlbArray.of(4, 4, P1G)),
                    TlbArray.second(TlbArray.of(1536, 12, P4K, P2M), TlbArray.of(16, 4, P1G))));

    private Skylake() {}
}

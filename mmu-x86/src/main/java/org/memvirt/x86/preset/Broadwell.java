package org.memvirt.x86.preset;

import static org.memvirt.x86.preset.TlbArray.P1G;
import static org.memvirt.x86.preset.TlbArray.P2M;
import static org.memvirt.x86.preset.TlbArray.P4K;

import java.util.List;
import org.memvirt.api.tlb.TlbPreset;

/** Intel Broadwell, 2014. */
public final class Broadwell {
    public static final TlbPreset TLB = new TlbPreset(
            "broadwell",
            "Intel Broadwell (2014)",
            "CPUID of a Core i7-6950X (leaf 2: 63, 03, 76, C3): data as Haswell; code 8 fully associative for 2M;"
                    + " second level 1536 6-way for 4K and 2M, and 16 4-way for 1G. Code 128 4-way for 4K as"
                    + " Haswell: WikiChip, May 2016, of what Skylake changed (CPUID's B5 says 64 8-way).",
            List.of(
                    TlbArray.code(TlbArray.of(128, 4, P4K), TlbArray.full(8, P2M)),
                    TlbArray.data(TlbArray.of(64, 4, P4K), TlbArray.of(32, 4, P2M), TlbArray.of(4, 4, P1G)),
                    TlbArray.second(TlbArray.of(1536, 6, P4K, P2M), TlbArray.of(16, 4, P1G))));

    private Broadwell() {}
}

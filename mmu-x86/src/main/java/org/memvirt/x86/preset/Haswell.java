package org.memvirt.x86.preset;

import static org.memvirt.x86.preset.TlbArray.P1G;
import static org.memvirt.x86.preset.TlbArray.P2M;
import static org.memvirt.x86.preset.TlbArray.P4K;

import java.util.List;
import org.memvirt.api.tlb.TlbPreset;

/** Intel Haswell, 2013. */
public final class Haswell {
    public static final TlbPreset TLB = new TlbPreset(
            "haswell",
            "Intel Haswell (2013)",
            "CPUID of a Core i7-4770 (leaf 2: 63, 03, 76, C1): data 64 4-way, 32 4-way for 2M, 4 4-way for 1G; code"
                    + " 8 fully associative for 2M; second level 1024 8-way for 4K and 2M. Code 128 4-way for 4K:"
                    + " Mynavi, 2013, after Intel's disclosure (CPUID's B5 says 64 8-way). No entries for 1G behind"
                    + " the first level are told: those pages pass the second by.",
            List.of(
                    TlbArray.code(TlbArray.of(128, 4, P4K), TlbArray.full(8, P2M)),
                    TlbArray.data(TlbArray.of(64, 4, P4K), TlbArray.of(32, 4, P2M), TlbArray.of(4, 4, P1G)),
                    TlbArray.secondOfItsSizes(TlbArray.of(1024, 8, P4K, P2M))));

    private Haswell() {}
}

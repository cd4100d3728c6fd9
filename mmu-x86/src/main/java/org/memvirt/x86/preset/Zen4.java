package org.memvirt.x86.preset;

import static org.memvirt.x86.preset.TlbArray.P1G;
import static org.memvirt.x86.preset.TlbArray.P2M;
import static org.memvirt.x86.preset.TlbArray.P4K;

import java.util.List;
import org.memvirt.api.tlb.TlbPreset;

/** AMD Zen 4, 2022. */
public final class Zen4 {
    public static final TlbPreset TLB = new TlbPreset(
            "zen4",
            "AMD Zen 4 (2022)",
            "CPUID of a Ryzen 7 7700X: first level 72 data and 64 code, fully associative, all sizes; second level,"
                    + " data: 3072, and 64 fully associative for 1G; code: 512. 24 ways for data, 8 for code,"
                    + " without runs of adjacent pages and hashed indexes, are estimates (CPUID: at least 8 ways for"
                    + " 4K and 6 for 2M).",
            List.of(
                    TlbArray.code(TlbArray.full(64, P4K, P2M, P1G)),
                    TlbArray.data(TlbArray.full(72, P4K, P2M, P1G)),
                    TlbArray.secondCode(TlbArray.of(512, 8, P4K, P2M)),
                    TlbArray.secondData(TlbArray.of(3072, 24, P4K, P2M), TlbArray.full(64, P1G))));

    private Zen4() {}
}

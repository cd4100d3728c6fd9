package org.memvirt.x86.preset;

import static org.memvirt.x86.preset.TlbArray.P1G;
import static org.memvirt.x86.preset.TlbArray.P2M;
import static org.memvirt.x86.preset.TlbArray.P4K;

import java.util.List;
import org.memvirt.api.tlb.TlbPreset;

/** AMD Zen 3, 2020. */
public final class Zen3 {
    public static final TlbPreset TLB = new TlbPreset(
            "zen3",
            "AMD Zen 3 (2020)",
            "CPUID of a Ryzen 9 5950X: first level as Zen 2; second level, data: 2048, 8 ways for 4K and 4 for 2M,"
                    + " and 64 fully associative for 1G; code: 512, 4 ways for 4K and 2 for 2M. One 16-way array for"
                    + " data and one 8-way for code, without runs of adjacent pages and hashed indexes, are"
                    + " estimates.",
            List.of(
                    TlbArray.code(TlbArray.full(64, P4K, P2M, P1G)),
                    TlbArray.data(TlbArray.full(64, P4K, P2M, P1G)),
                    TlbArray.secondCode(TlbArray.of(512, 8, P4K, P2M)),
                    TlbArray.secondData(TlbArray.of(2048, 16, P4K, P2M), TlbArray.full(64, P1G))));

    private Zen3() {}
}

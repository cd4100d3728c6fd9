package org.memvirt.x86.preset;

import static org.memvirt.x86.preset.TlbArray.P1G;
import static org.memvirt.x86.preset.TlbArray.P2M;
import static org.memvirt.x86.preset.TlbArray.P4K;

import java.util.List;
import org.memvirt.api.tlb.TlbPreset;

/** AMD Zen 2, 2019. */
public final class Zen2 {
    public static final TlbPreset TLB = new TlbPreset(
            "zen2",
            "AMD Zen 2 (2019)",
            "CPUID of a Ryzen 7 3700X: first level 64 and 64, fully associative, all sizes; second level, data:"
                    + " 2048, 8 ways for 4K and 4 for 2M. 16 ways in all (those, and 4 for runs of adjacent pages,"
                    + " as in Zen's 8, 2 and 2) are an estimate; WikiChip says 12. Modelled as one 16-way array,"
                    + " without runs and without the hashed index. Second level, code: 512 8-way (WikiChip and"
                    + " 7-cpu.com, 2021; CPUID says 1024). Pages of 1G are kept there as pieces of 2M.",
            List.of(
                    TlbArray.code(TlbArray.full(64, P4K, P2M, P1G)),
                    TlbArray.data(TlbArray.full(64, P4K, P2M, P1G)),
                    TlbArray.secondCode(TlbArray.of(512, 8, P4K, P2M)),
                    TlbArray.secondData(TlbArray.of(2048, 16, P4K, P2M))));

    private Zen2() {}
}

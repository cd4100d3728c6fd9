package org.memvirt.x86.preset;

import static org.memvirt.x86.preset.TlbArray.P2M;
import static org.memvirt.x86.preset.TlbArray.P4K;

import java.util.List;
import org.memvirt.api.tlb.TlbPreset;

/** Intel Nehalem, 2008. */
public final class Nehalem {
    public static final TlbPreset TLB = new TlbPreset(
            "nehalem",
            "Intel Nehalem (2008), one thread on its core",
            "CPUID of a Core i7-920 (leaf 2: 5A, 03, 55, B2, CA): data 64 4-way and, for 2M, 32 4-way; second level 512"
                    + " 4-way, 4K alone: pages of 2M pass it by. Code: 128 4-way and 14 fully associative for 2M, of which a thread has half"
                    + " while two run (Real World Technologies, April 2008); CPUID tells that half.",
            List.of(
                    TlbArray.code(TlbArray.of(128, 4, P4K), TlbArray.full(14, P2M)),
                    TlbArray.data(TlbArray.of(64, 4, P4K), TlbArray.of(32, 4, P2M)),
                    TlbArray.secondOfItsSizes(TlbArray.of(512, 4, P4K))));

    private Nehalem() {}
}

package org.memvirt.x86.preset;

import static org.memvirt.x86.preset.TlbArray.P2M;
import static org.memvirt.x86.preset.TlbArray.P4K;

import java.util.List;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.WalkCachePreset;

/** AMD family 16h (Jaguar), 2013. */
public final class Jaguar {
    private static final String GUIDE =
            "AMD, Software Optimization Guide for Family 16h Processors, 52128 rev. 1.1 (March 2013), section 2.6";

    public static final TlbPreset TLB = new TlbPreset(
            "jaguar",
            "AMD family 16h (2013)",
            GUIDE + "; CPUID of an A4-5000 agrees. Pages of 1G are kept as pieces of 2M.",
            List.of(
                    TlbArray.code(TlbArray.full(32, P4K), TlbArray.full(8, P2M)),
                    TlbArray.data(TlbArray.full(40, P4K), TlbArray.full(8, P2M)),
                    TlbArray.secondCode(TlbArray.of(512, 4, P4K)),
                    TlbArray.secondData(TlbArray.of(512, 4, P4K), TlbArray.of(256, 2, P2M))));

    public static final WalkCachePreset WALK_CACHE = new WalkCachePreset(
            "amd-16h",
            "AMD family 16h: a page directory cache of 16 entries, by their address",
            GUIDE + ": 16 entries. That they are found by their address, and fully associative, is an estimate.",
            WalkCachePreset.Kind.ENTRY,
            List.of(new WalkCachePreset.Array(0, 1, 16)));

    private Jaguar() {}
}

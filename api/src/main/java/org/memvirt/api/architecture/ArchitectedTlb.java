package org.memvirt.api.architecture;

import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.tlb.TlbPreset;

/**
 * An MMU that knows the TLB alone: a miss is an exception, and software writes the entry. Its TLB is part of the
 * architecture, so it comes from here and not from a preset's arrays.
 */
public non-sealed interface ArchitectedTlb extends MmuArchitecture {
    /** A new TLB in the state after reset, with the geometry of one of {@link #tlbPresets}. */
    Tlb createTlb(TlbPreset preset);
}

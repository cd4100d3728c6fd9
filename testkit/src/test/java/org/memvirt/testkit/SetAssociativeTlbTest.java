package org.memvirt.testkit;

import org.memvirt.api.mmu.Tlb;
import org.memvirt.api.mmu.TlbPreset;
import org.memvirt.engine.cache.SetAssociativeTlb;

/** The engine's TLB keeps the contract. */
final class SetAssociativeTlbTest extends TlbContract {
    @Override
    protected Tlb tlb(TlbPreset preset) {
        return new SetAssociativeTlb(preset, 7);
    }
}

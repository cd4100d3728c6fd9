package org.memvirt.engine.cache;

import org.memvirt.api.option.Options;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.TlbProvider;

/** The TLBs that a preset describes. */
public record PresetTlb(TlbPreset preset) implements TlbProvider {
    @Override
    public String name() {
        return preset.name();
    }

    @Override
    public String description() {
        return preset.description();
    }

    @Override
    public Tlb create(Options options, long seed) {
        return new SetAssociativeTlb(preset, seed);
    }
}

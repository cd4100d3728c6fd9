package org.memvirt.testkit.machine;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.HandlerLengths;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.tlb.TlbPreset;

/**
 * An MMU that knows the TLB alone, with one of its TLBs and so many tags.
 *
 * @param name of the TLB preset
 */
public record ChosenTlb(ArchitectedTlb mmu, String name, TagWidths tagWidths) implements ArchitectedTlb {
    /** With the MMU's own tags. */
    public ChosenTlb(ArchitectedTlb mmu, String name) {
        this(mmu, name, mmu.tagWidths());
    }

    @Override
    public List<TlbPreset> tlbPresets() {
        return mmu.tlbPresets().stream().filter(preset -> preset.name().equals(name)).toList();
    }

    @Override
    public SoftwareTlb createTlb(TlbPreset preset, long seed) {
        return mmu.createTlb(preset, seed);
    }

    @Override
    public SoftwareTlb createTwoStageTlb(TlbPreset preset, long seed) {
        return mmu.createTwoStageTlb(preset, seed);
    }

    @Override
    public List<PageTableFormat> formats() {
        return mmu.formats();
    }

    @Override
    public AddressLayout layout(TlbPreset preset) {
        return mmu.layout(preset);
    }

    @Override
    public @Nullable AddressLayout deprivilegedLayout(TlbPreset preset) {
        return mmu.deprivilegedLayout(preset);
    }

    @Override
    public HandlerLengths handlerLengths(TlbPreset preset) {
        return mmu.handlerLengths(preset);
    }
}

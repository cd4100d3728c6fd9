package org.memvirt.mips;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.RecordedStep;
import org.memvirt.api.architecture.TlbProcessor;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.tlb.TlbPreset;

/** The architecture with the TLB of this package. */
final class MipsArchitecture implements ArchitectedTlb {
    /** The ASID; that of a guest (GuestID) is an option of the virtualization module, which is not modelled yet. */
    private static final TagWidths TAGS = new TagWidths(MipsModel.TAG_BITS, 0);

    @Override
    public List<TlbPreset> tlbPresets() {
        return Presets.all();
    }

    @Override
    public TagWidths tagWidths() {
        return TAGS;
    }

    @Override
    public SoftwareTlb createTlb(TlbPreset preset, long seed) {
        return new MipsTlb(Presets.model(preset), seed);
    }

    @Override
    public String recordedAs() {
        return "mips";
    }

    @Override
    public TlbProcessor processor(Map<String, String> configuration) {
        return new RecordedProcessor(new Configuration(configuration));
    }

    @Override
    public TlbProcessor processor(TlbPreset preset) {
        return new RecordedProcessor(Presets.model(preset));
    }

    @Override
    public @Nullable RecordedStep readEvent(String line) {
        return EventLog.read(line);
    }
}

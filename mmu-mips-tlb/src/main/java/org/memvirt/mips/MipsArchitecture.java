package org.memvirt.mips;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.HandlerLengths;
import org.memvirt.api.architecture.RecordedStep;
import org.memvirt.api.architecture.TlbProcessor;
import org.memvirt.api.option.Option;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.tlb.TlbPreset;

/** The architecture with the TLB of this package. */
final class MipsArchitecture implements ArchitectedTlb {
    /** The ASID, and of the virtualization module the GuestID. */
    private static final TagWidths TAGS = new TagWidths(MipsModel.TAG_BITS, MipsModel.TAG_BITS);

    private static final long KSEG3 = 0xffff_ffff_e000_0000L;
    private static final long XKSEG = 0xc000_0000_0000_0000L;
    private static final long KSEG0 = 0xffff_ffff_8000_0000L;

    /** Of kseg0. */
    private static final long UNMAPPED_BYTES = 1L << 29;

    /** Of a linear page table whose entries have 4 bytes, for all addresses that Context tells of. */
    private static final long LINEAR_BYTES_32 = 1L << 22;

    private static final long SSEG = 0xffff_ffff_c000_0000L;
    private static final long XSSEG = 0x4000_0000_0000_0000L;

    /** The part of xkphys with the cache attribute of kseg0 in Linux: 3, cacheable noncoherent. */
    private static final long XKPHYS_CACHED = 0x9800_0000_0000_0000L;

    private static final List<PageTableFormat> FORMATS = List.of(SoftwareTable.narrow(), SoftwareTable.wide(12));

    private final Handlers handlers;

    /** With handlers as Linux has them. */
    MipsArchitecture() {
        this(new Handlers(Map.of()));
    }

    private MipsArchitecture(Handlers handlers) {
        this.handlers = handlers;
    }

    @Override
    public List<Option> options() {
        return Handlers.OPTIONS;
    }

    @Override
    public MipsArchitecture with(Map<String, String> options) {
        return new MipsArchitecture(new Handlers(options));
    }

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
    public SoftwareTlb createTwoStageTlb(TlbPreset preset, long seed) {
        MipsModel model = Presets.model(preset);
        return new MipsTlb(model, seed, MipsTlb.ofSecondStage(model, ~seed));
    }

    @Override
    public List<PageTableFormat> formats() {
        return FORMATS;
    }

    @Override
    public AddressLayout layout(TlbPreset preset) {
        MipsModel model = Presets.model(preset);
        if (model.is64()) {
            AddressLayout layout = new AddressLayout(1L << model.segmentBits(), XKPHYS_CACHED,
                    1L << model.physicalBits(), model.physicalBits());
            return handlers.areLinear() ? layout.withLinearTable(XKSEG, layout.unmappedBytes()) : layout;
        }
        AddressLayout layout = new AddressLayout(1L << 31, KSEG0, UNMAPPED_BYTES, model.physicalBits());
        return handlers.areLinear() ? layout.withLinearTable(KSEG3, UNMAPPED_BYTES) : layout;
    }

    /**
     * A kernel in supervisor mode has sseg, or xsseg. Disco linked IRIX there: Bugnion, Devine, Govil and Rosenblum, "Disco:
     * Running Commodity Operating Systems on Scalable Multiprocessors", ACM TOCS 1997, section 4.1. Its linear page table is
     * at the end of sseg, which is as large as kseg0; in xsseg there is room for both.
     */
    @Override
    public @Nullable AddressLayout deprivilegedLayout(TlbPreset preset) {
        MipsModel model = Presets.model(preset);
        if (!model.hasSupervisor()) {
            return null;
        }
        AddressLayout usual = layout(preset);
        long bytes = usual.unmappedBytes();
        AddressLayout layout =
                new AddressLayout(usual.userEnd(), model.is64() ? XSSEG : SSEG, bytes, usual.physicalBits());
        if (!handlers.areLinear()) {
            return layout;
        }
        long unmapped = model.is64() ? bytes : bytes - LINEAR_BYTES_32;
        return layout.withLinearTable(layout.unmappedBase() + unmapped, unmapped);
    }

    @Override
    public HandlerLengths handlerLengths(TlbPreset preset) {
        return handlers.lengths(preset);
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

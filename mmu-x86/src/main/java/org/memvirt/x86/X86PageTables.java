package org.memvirt.x86;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.EncodedFault;
import org.memvirt.api.architecture.Regime;
import org.memvirt.api.architecture.RegisterDump;
import org.memvirt.api.invalidation.InvalidationTable;
import org.memvirt.api.radix.RadixFormat.AccessedUpdate;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.NestedTlbPreset;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.walk.Walk;
import org.memvirt.x86.invalidation.X86Invalidations;
import org.memvirt.x86.preset.Barcelona;
import org.memvirt.x86.preset.Broadwell;
import org.memvirt.x86.preset.ChampSimWalkCache;
import org.memvirt.x86.preset.GoldenCove;
import org.memvirt.x86.preset.Haswell;
import org.memvirt.x86.preset.IceLake;
import org.memvirt.x86.preset.IntelWalkCache;
import org.memvirt.x86.preset.Jaguar;
import org.memvirt.x86.preset.Nehalem;
import org.memvirt.x86.preset.Reference;
import org.memvirt.x86.preset.Skylake;
import org.memvirt.x86.preset.Zen2;
import org.memvirt.x86.preset.Zen3;
import org.memvirt.x86.preset.Zen4;

/** The architecture whose hardware walks the formats of this package. */
final class X86PageTables implements ArchitectedPageTables {
    private static final List<PageTableFormat> FORMATS = List.of(
            LinearFormat.fourLevel(),
            LinearFormat.fiveLevel(),
            LinearFormat.pae(),
            LinearFormat.ia32(),
            EptFormat.fourLevel(),
            EptFormat.fiveLevel(),
            NptFormat.make());

    private static final List<TlbPreset> TLBS = List.of(
            Reference.TLB,
            Nehalem.TLB,
            Haswell.TLB,
            Broadwell.TLB,
            Skylake.TLB,
            IceLake.TLB,
            GoldenCove.TLB,
            Barcelona.TLB,
            Jaguar.TLB,
            Zen2.TLB,
            Zen3.TLB,
            Zen4.TLB);

    private static final List<WalkCachePreset> WALK_CACHES = List.of(
            Reference.WALK_CACHE,
            IntelWalkCache.WALK_CACHE,
            Barcelona.WALK_CACHE,
            Jaguar.WALK_CACHE,
            ChampSimWalkCache.WALK_CACHE);

    private static final List<NestedTlbPreset> NESTED_TLBS = List.of(Reference.NESTED_TLB, Barcelona.NESTED_TLB);

    /**
     * PCID, 12 bits, and VPID, 16 bits: SDM, "Process-Context Identifiers (PCIDs)" and "Virtual Processor Identifiers
     * (VPIDs)".
     */
    private static final TagWidths TAGS = new TagWidths(12, 16);

    @Override
    public List<PageTableFormat> formats() {
        return FORMATS;
    }

    @Override
    public List<TlbPreset> tlbPresets() {
        return TLBS;
    }

    @Override
    public List<WalkCachePreset> walkCachePresets() {
        return WALK_CACHES;
    }

    @Override
    public List<NestedTlbPreset> nestedTlbPresets() {
        return NESTED_TLBS;
    }

    @Override
    public TagWidths tagWidths() {
        return TAGS;
    }

    /** There are no PCIDs outside long mode: CR4.PCIDE cannot be set; SDM, "Process-Context Identifiers (PCIDs)". */
    @Override
    public TagWidths tagWidths(PageTableFormat stageOne, @Nullable PageTableFormat stageTwo) {
        return stageOne.inputBits() <= Integer.SIZE ? new TagWidths(0, TAGS.vmidBits()) : TAGS;
    }

    /** AMD's over nested page tables, else Intel's. */
    @Override
    public InvalidationTable invalidations(@Nullable PageTableFormat stageTwo) {
        return stageTwo instanceof NptFormat ? X86Invalidations.AMD : X86Invalidations.INTEL;
    }

    @Override
    public EncodedFault encode(Walk walk) {
        return FaultEncoding.encode(walk);
    }

    @Override
    public List<String> registers() {
        return X86Registers.NAMES;
    }

    @Override
    public Regime regime(Map<String, String> values, AccessedUpdate accessedUpdate) {
        return X86Regime.of(new X86Registers(values, accessedUpdate));
    }

    @Override
    public RegisterDump readRegisters(String text) {
        return RegisterText.read(text);
    }

    @Override
    public Map<String, String> readVmcoreinfo(String vmcoreinfo) {
        return Vmcoreinfo.registers(vmcoreinfo);
    }
}

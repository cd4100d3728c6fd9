package org.memvirt.arm;

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
import org.memvirt.arm.invalidation.ArmInvalidations;
import org.memvirt.arm.preset.CortexA53;
import org.memvirt.arm.preset.CortexA55;
import org.memvirt.arm.preset.CortexA57;
import org.memvirt.arm.preset.CortexA76;
import org.memvirt.arm.preset.NeoverseV;
import org.memvirt.arm.preset.Reference;

/** The architecture whose hardware walks the formats of this package. */
final class ArmPageTables implements ArchitectedPageTables {
    private static final List<PageTableFormat> FORMATS = List.of(
            TwoHalves.of(Granule.K4),
            TwoHalves.of(Granule.K16),
            TwoHalves.of(Granule.K64),
            StageTwoFormat.of(Granule.K4),
            StageTwoFormat.of(Granule.K16),
            StageTwoFormat.of(Granule.K64));

    private static final List<TlbPreset> TLBS = List.of(
            Reference.TLB, CortexA53.TLB, CortexA55.TLB, CortexA57.TLB, CortexA76.TLB, CortexA76.NEOVERSE_N1_TLB,
            NeoverseV.V1_TLB, NeoverseV.V2_TLB);

    private static final List<WalkCachePreset> WALK_CACHES =
            List.of(Reference.WALK_CACHE, CortexA53.WALK_CACHE, CortexA55.WALK_CACHE);

    private static final List<NestedTlbPreset> NESTED_TLBS =
            List.of(Reference.NESTED_TLB, CortexA53.NESTED_TLB, CortexA55.NESTED_TLB);

    private static final TagWidths TAGS = new TagWidths(Short.SIZE, Short.SIZE);

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

    /** Of 8 bits or 16, as TCR_EL1.AS and VTCR_EL2.VS say; of 16 where nothing does. */
    @Override
    public TagWidths tagWidths(PageTableFormat stageOne, @Nullable PageTableFormat stageTwo) {
        return new TagWidths(
                stageOne instanceof TwoHalves halves ? halves.tagBits() : VmsaFormat.tagBits(stageOne, TAGS.asidBits()),
                VmsaFormat.tagBits(stageTwo, TAGS.vmidBits()));
    }

    /** Arm ARM, "TLB maintenance instructions": those of the Inner Shareable domain. */
    @Override
    public boolean broadcastsInvalidations() {
        return true;
    }

    @Override
    public InvalidationTable invalidations(@Nullable PageTableFormat stageTwo) {
        return ArmInvalidations.TABLE;
    }

    @Override
    public EncodedFault encode(Walk walk) {
        return FaultEncoding.encode(walk);
    }

    @Override
    public List<String> registers() {
        return ArmRegisters.NAMES;
    }

    @Override
    public Regime regime(Map<String, String> values, AccessedUpdate accessedUpdate) {
        return ArmRegime.of(new ArmRegisters(values));
    }

    @Override
    public RegisterDump readRegisters(String text) {
        return RegisterText.read(text);
    }
}

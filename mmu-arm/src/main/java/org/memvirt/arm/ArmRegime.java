package org.memvirt.arm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.EncodedFault;
import org.memvirt.api.architecture.Regime;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;

/** The EL1&amp;0 translation regime: TTBR0 and TTBR1, or stage 1 off; and stage 2 below. */
final class ArmRegime implements Regime {
    /** One, or that of the lower and that of the upper half. */
    private final List<TableRoot> halves;

    /** Those that hardware walks. */
    private final List<TableRoot> stageOne;

    private final @Nullable TableRoot stageTwo;
    private final List<String> missingRoots;

    private ArmRegime(
            List<TableRoot> halves, List<TableRoot> stageOne, @Nullable TableRoot stageTwo, List<String> missingRoots) {
        this.halves = List.copyOf(halves);
        this.stageOne = List.copyOf(stageOne);
        this.stageTwo = stageTwo;
        this.missingRoots = List.copyOf(missingRoots);
    }

    static ArmRegime of(ArmRegisters registers) {
        List<String> missing = new ArrayList<>();
        List<TableRoot> halves = new ArrayList<>();
        List<TableRoot> stageOne = new ArrayList<>();
        if (registers.isPaged()) {
            for (Half half : Half.values()) {
                String root = half == Half.LOWER ? ArmRegisters.TTBR0 : ArmRegisters.TTBR1;
                if (!registers.isGiven(root) && !registers.isDisabled(half)) {
                    missing.add(root);
                }
                TableRoot tables = half(registers, half, registers.value(root));
                halves.add(tables);
                if (!registers.isDisabled(half)) {
                    stageOne.add(tables);
                }
            }
        } else {
            // An address of the upper half is too wide.
            AddressTag tag = AddressTag.of(
                    registers.ignoresTop(Half.LOWER), registers.ignoresTopOfDataAlone(Half.LOWER));
            halves.add(new TableRoot(new Untranslated(registers.features().physicalBits(), tag), 0));
        }
        if (stageOne.isEmpty()) {
            stageOne.addAll(halves);
        }
        TableRoot stageTwo = null;
        if (registers.hasStageTwo()) {
            if (!registers.isGiven(ArmRegisters.VTTBR)) {
                missing.add(ArmRegisters.VTTBR);
            }
            stageTwo = stageTwo(registers, registers.value(ArmRegisters.VTTBR));
        }
        return new ArmRegime(halves, stageOne, stageTwo, missing);
    }

    private static TableRoot half(ArmRegisters registers, Half half, long root) {
        Region region = registers.region(half);
        Map<String, String> options = new HashMap<>(registers.options(half));
        options.putAll(region.sizes(Controls.VA_BITS.name()));
        StageOneFormat tables = TwoHalves.half(region.granule(), half, options);
        PageTableFormat format = walked(region, tables, tables.layout(), root);
        if (registers.isDisabled(half)) {
            format = new RefusedWalks(format, Rights.ALL, Fault.ADDRESS_SIZE);
        } else if (registers.isDisabledForUser(half)) {
            format = new RefusedWalks(format, Rights.USER, Fault.ADDRESS_SIZE);
        }
        return new TableRoot(format, root);
    }

    private static TableRoot stageTwo(ArmRegisters registers, long root) {
        Region region = registers.stageTwoRegion();
        Map<String, String> options = new HashMap<>(registers.stageTwoOptions());
        options.putAll(region.sizes(Controls.IPA_BITS.name()));
        if (region.isWalked()) {
            options.put(Controls.START_LEVEL.name(), Integer.toString(Layout.LAST_LEVEL + 1 - region.levels()));
        }
        StageTwoFormat tables = StageTwoFormat.made(region.granule(), options);
        return new TableRoot(walked(region, tables, tables.layout(), root), root);
    }

    private static PageTableFormat walked(Region region, PageTableFormat tables, Layout layout, long root) {
        if (!region.isWalked()) {
            return new RefusedWalks(tables, Rights.ALL, Fault.ADDRESS_SIZE);
        }
        return region.holdsRoot(layout, root) ? tables : new RefusedWalks(tables, Rights.ALL, Fault.RESERVED_BIT);
    }

    @Override
    public List<TableRoot> stageOne() {
        return stageOne;
    }

    @Override
    public TableRoot stageOne(long inputAddress) {
        return halves.size() == 1 ? halves.getFirst() : halves.get((int) (inputAddress >>> Half.SELECTING_BIT) & 1);
    }

    @Override
    public @Nullable TableRoot stageTwo() {
        return stageTwo;
    }

    @Override
    public List<String> missingRoots() {
        return missingRoots;
    }

    @Override
    public EncodedFault encode(Walk walk) {
        return FaultEncoding.encode(walk);
    }
}

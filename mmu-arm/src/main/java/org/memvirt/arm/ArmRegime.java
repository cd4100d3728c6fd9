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

    /** Theirs, as software reads them; none where translation is off. */
    private final List<StageOneFormat> tables;

    private final @Nullable TableRoot stageTwo;
    private final List<String> missingRoots;

    private ArmRegime(
            List<TableRoot> halves,
            List<TableRoot> stageOne,
            List<StageOneFormat> tables,
            @Nullable TableRoot stageTwo,
            List<String> missingRoots) {
        this.halves = List.copyOf(halves);
        this.stageOne = List.copyOf(stageOne);
        this.tables = List.copyOf(tables);
        this.stageTwo = stageTwo;
        this.missingRoots = List.copyOf(missingRoots);
    }

    static ArmRegime of(ArmRegisters registers) {
        List<String> missing = new ArrayList<>();
        List<TableRoot> halves = new ArrayList<>();
        List<TableRoot> stageOne = new ArrayList<>();
        List<StageOneFormat> tables = new ArrayList<>();
        if (registers.isPaged()) {
            for (Half half : Half.values()) {
                String root = half == Half.LOWER ? ArmRegisters.TTBR0 : ArmRegisters.TTBR1;
                if (!registers.isGiven(root) && !registers.isDisabled(half)) {
                    missing.add(root);
                }
                StageOneFormat format = tables(registers, half);
                TableRoot walked = half(registers, half, format, registers.value(root));
                halves.add(walked);
                if (!registers.isDisabled(half)) {
                    stageOne.add(walked);
                    tables.add(format);
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
        return new ArmRegime(halves, stageOne, tables, stageTwo, missing);
    }

    private static StageOneFormat tables(ArmRegisters registers, Half half) {
        Region region = registers.region(half);
        Map<String, String> options = new HashMap<>(registers.options(half));
        options.putAll(region.sizes(Controls.VA_BITS.name()));
        return TwoHalves.half(region.granule(), half, options);
    }

    private static TableRoot half(ArmRegisters registers, Half half, StageOneFormat tables, long root) {
        PageTableFormat format = walked(registers.region(half), tables, tables.layout(), root);
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
    public PageTableFormat format() {
        for (TableRoot root : stageOne) {
            if (root.format() instanceof RefusedWalks refused && refused.refusesAll()) {
                throw new IllegalArgumentException(
                        "they keep hardware from the tables of %s".formatted(refused.description()));
            }
        }
        if (tables.size() < 2) {
            return stageOne.getFirst().format();
        }
        Granule lower = tables.getFirst().layout().granule();
        Granule upper = tables.getLast().layout().granule();
        if (lower != upper) {
            throw new IllegalArgumentException(
                    "the granule of TTBR0's tables is %s, that of TTBR1's %s: the guest's kernel has one for both"
                            .formatted(lower.text(), upper.text()));
        }
        return TwoHalves.of(tables.getFirst(), stageOne.getFirst().format(), stageOne.getLast().format());
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

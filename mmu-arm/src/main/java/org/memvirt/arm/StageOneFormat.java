package org.memvirt.arm;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.memvirt.api.access.Rights;
import org.memvirt.api.radix.Geometry;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Stage;

/**
 * The tables of one half of the addresses of stage 1 of the EL1&amp;0 translation regime: what TTBR0_EL1 or TTBR1_EL1 points to.
 * EL0 is the user and EL1 the supervisor.
 *
 * <p>Software keeps a page that may be written with DBM set, and clears AP[2] when the page is written or marked dirty, whether
 * hardware does that (FEAT_HAFDBS) or not; a page that may not be written keeps its dirty mark in bit 55. So does Linux
 * (arch/arm64/include/asm/pgtable.h).
 */
final class StageOneFormat extends VmsaFormat {
    private final Half half;
    private final Granule granule;
    private final StageOneRules rules;
    private final AddressTag tag;

    private StageOneFormat(String name, Granule granule, Half half, Layout layout, Controls controls) {
        super(name, geometry(half, layout, controls), layout, controls);
        this.granule = granule;
        this.half = half;
        rules = new StageOneRules(controls);
        tag = AddressTag.of(controls.has(Controls.TBI), controls.has(Controls.TBID));
    }

    /** The format of a half; its name says the granule alone. */
    static StageOneFormat of(Granule granule, Half half, Controls controls) {
        String name = TwoHalves.NAME + granule.text();
        Layout layout = layout(granule, controls.inputBits(granule, Controls.VA_BITS), controls);
        return new StageOneFormat(name, granule, half, layout, controls);
    }

    private static Layout layout(Granule granule, int inputBits, Controls controls) {
        return new Layout(
                granule,
                inputBits,
                granule.levels(inputBits),
                controls.outputBits(),
                controls.isWide());
    }

    private static Geometry geometry(Half half, Layout layout, Controls controls) {
        return new Geometry(
                layout.inputBits(),
                layout.outputBits(),
                half == Half.LOWER ? Geometry.HighBits.CLEAR : Geometry.HighBits.SET,
                0,
                Long.BYTES,
                Descriptor.VALID,
                Descriptor.AP_READ_ONLY | Descriptor.NOT_GLOBAL | Descriptor.TABLE_ATTRIBUTES,
                Descriptor.AP_READ_ONLY,
                Descriptor.NOT_GLOBAL,
                layout.describe(controls.has(Controls.HPD) ? 0 : Descriptor.TABLE_ATTRIBUTES));
    }

    @Override
    PageTableFormat remade(Map<String, String> options) {
        return TwoHalves.made(granule, options);
    }

    @Override
    public String description() {
        return "AArch64 stage 1, %s granule: the %s half, %d bits, %d levels"
                .formatted(granule.text().toUpperCase(Locale.ROOT), half.text(), inputBits(), levels());
    }

    @Override
    public Set<Stage> stages() {
        return Set.of(Stage.STAGE_1);
    }

    @Override
    public long untagged(long inputAddress, int access) {
        return tag.remove(inputAddress, access);
    }

    @Override
    public boolean ignoresTags() {
        return tag != AddressTag.NONE;
    }

    @Override
    protected int allowed(long attributes, long leaf) {
        return rules.allowed(attributes, leaf);
    }

    @Override
    protected int attributes(long leaf, int level) {
        int attributes = super.attributes(leaf, level);
        return (leaf & Descriptor.SOFTWARE_DIRTY) != 0 ? attributes | PageTable.DIRTY : attributes;
    }

    @Override
    protected long withFlags(long leaf, int level, int attributes) {
        long accessed = (attributes & PageTable.ACCESSED) != 0 ? Descriptor.ACCESS_FLAG : 0;
        return leaf & ~(Descriptor.ACCESS_FLAG | WRITING)
                | accessed
                | writing(isWritable(leaf), (attributes & PageTable.DIRTY) != 0);
    }

    @Override
    protected long leafEntry(long output, int level, int rights, int attributes) {
        return leafBits(output, level, (attributes & PageTable.ACCESSED) != 0)
                | (layout().wide() && granule != Granule.K64 ? 0 : Descriptor.INNER_SHAREABLE)
                | ((attributes & PageTable.GLOBAL) != 0 ? 0 : Descriptor.NOT_GLOBAL)
                | rightsBits(rights, (attributes & PageTable.DIRTY) != 0);
    }

    @Override
    protected long withRights(long leaf, int level, int rights) {
        boolean dirty = (attributes(leaf, level) & PageTable.DIRTY) != 0;
        return leaf & ~(Descriptor.AP_EL0 | Descriptor.UXN | Descriptor.PXN | WRITING) | rightsBits(rights, dirty);
    }

    // Who may write, and whether somebody did.

    private static final long WRITING = Descriptor.AP_READ_ONLY | Descriptor.DBM | Descriptor.SOFTWARE_DIRTY;

    private static boolean isWritable(long leaf) {
        return (leaf & Descriptor.DBM) != 0 || (leaf & Descriptor.AP_READ_ONLY) == 0;
    }

    private static long writing(boolean writable, boolean dirty) {
        if (writable) {
            return dirty ? Descriptor.DBM : Descriptor.DBM | Descriptor.AP_READ_ONLY;
        }
        return dirty ? Descriptor.AP_READ_ONLY | Descriptor.SOFTWARE_DIRTY : Descriptor.AP_READ_ONLY;
    }

    /**
     * EL1 reads every page, and does with the data of EL0's pages what EL0 may; what EL0 may write, EL1 does not execute:
     * Arm ARM, "Instruction execution permissions".
     */
    private static long rightsBits(int rights, boolean dirty) {
        boolean user = (rights & (Rights.USER_READ | Rights.USER_WRITE)) != 0;
        boolean writable = (rights & (user ? Rights.USER_WRITE : Rights.SUPERVISOR_WRITE)) != 0;
        boolean privilegedExecute = (rights & Rights.SUPERVISOR_EXECUTE) != 0 && !(user && writable);
        return (user ? Descriptor.AP_EL0 : 0)
                | writing(writable, dirty)
                | ((rights & Rights.USER_EXECUTE) != 0 ? 0 : Descriptor.UXN)
                | (privilegedExecute ? 0 : Descriptor.PXN);
    }
}

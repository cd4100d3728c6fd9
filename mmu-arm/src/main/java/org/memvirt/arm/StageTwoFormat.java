package org.memvirt.arm;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Option;
import org.memvirt.api.radix.Geometry;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Stage;

/**
 * The tables of stage 2 of the EL1&amp;0 translation regime: what VTTBR_EL2 points to, laid out as VTCR_EL2 says. The first table
 * may be up to 16 tables that lie one behind the other.
 *
 * <p>Software keeps a page that may be written with DBM set, and sets S2AP[1] when the page is written or marked dirty, whether
 * hardware does that or not; a page that may not be written keeps its dirty mark in bit 55.
 */
final class StageTwoFormat extends VmsaFormat {
    static final String NAME = "aarch64-s2-";

    private static final List<Option> OPTIONS = List.of(
            Controls.IPA_BITS,
            Controls.START_LEVEL,
            Controls.PA_BITS,
            Controls.LPA,
            Controls.HA,
            Controls.HD,
            Controls.XNX,
            Controls.VMID_BITS);

    /** How many tables may be concatenated, as a power of two; Arm ARM, "Concatenated translation tables". */
    private static final int MOST_CONCATENATED_BITS = 4;

    private static final long WRITING = Descriptor.S2AP_WRITE | Descriptor.DBM | Descriptor.SOFTWARE_DIRTY;

    private final Granule granule;
    private final boolean tellsLevels;

    private StageTwoFormat(Granule granule, Layout layout, Controls controls) {
        super(NAME + granule.text(), geometry(layout), layout, controls);
        this.granule = granule;
        tellsLevels = controls.has(Controls.XNX);
    }

    static StageTwoFormat of(Granule granule) {
        return made(granule, Map.of());
    }

    /** @throws IllegalArgumentException for options that contradict each other or that there are not */
    static StageTwoFormat made(Granule granule, Map<String, String> options) {
        Controls controls = new Controls(NAME + granule.text(), OPTIONS, options);
        int inputBits = controls.inputBits(granule, Controls.IPA_BITS);
        Layout layout = new Layout(
                granule, inputBits, levels(granule, inputBits, controls), controls.outputBits(), controls.isWide());
        return new StageTwoFormat(granule, layout, controls);
    }

    private static int levels(Granule granule, int inputBits, Controls controls) {
        String text = controls.text(Controls.START_LEVEL);
        if (text.equals("auto")) {
            return granule.levels(inputBits);
        }
        if (!text.matches("-1|[0-3]")) {
            throw controls.wrong(Controls.START_LEVEL, "it is -1, 0, 1, 2, 3 or auto");
        }
        int levels = Layout.LAST_LEVEL + 1 - Integer.parseInt(text);
        if (!areConsistent(granule, inputBits, levels)) {
            throw controls.wrong(
                    Controls.START_LEVEL,
                    "it does not go with ipa-bits=%d and the granule of %s".formatted(inputBits, granule.text()));
        }
        return levels;
    }

    /** Whether so many levels translate so many bits; Arm ARM, AArch64.S2InconsistentSL. */
    static boolean areConsistent(Granule granule, int inputBits, int levels) {
        int ofFirst = inputBits - granule.bits() - (levels - 1) * granule.stride();
        return ofFirst >= 1 && ofFirst <= granule.stride() + MOST_CONCATENATED_BITS;
    }

    private static Geometry geometry(Layout layout) {
        return new Geometry(
                layout.inputBits(),
                layout.outputBits(),
                Geometry.HighBits.CLEAR,
                0,
                Long.BYTES,
                Descriptor.VALID,
                0,
                Descriptor.S2AP_WRITE,
                0,
                layout.describe(0));
    }

    @Override
    PageTableFormat remade(Map<String, String> options) {
        return made(granule, options);
    }

    @Override
    public String description() {
        return "AArch64 stage 2, %s granule: %d bits, %d levels"
                .formatted(granule.text().toUpperCase(Locale.ROOT), inputBits(), levels());
    }

    @Override
    public Set<Stage> stages() {
        return Set.of(Stage.STAGE_2);
    }

    /** Arm ARM, "Stage 2 instruction execution permissions": XN is 0 both, 1 EL0 alone, 2 none, 3 EL1 alone. */
    @Override
    protected int allowed(long attributes, long leaf) {
        boolean writable = (leaf & (Descriptor.S2AP_WRITE | Descriptor.DBM)) != 0;
        int xn = (int) (leaf >>> Descriptor.XN_SHIFT) & (tellsLevels ? 3 : 2);
        return ((leaf & Descriptor.S2AP_READ) != 0 ? Rights.READ : 0)
                | (writable ? Rights.WRITE : 0)
                | (xn == 0 || xn == 1 ? Rights.USER_EXECUTE : 0)
                | (xn == 0 || xn == 3 ? Rights.SUPERVISOR_EXECUTE : 0);
    }

    /** Descriptors of tables restrict nothing. */
    @Override
    protected int allowedBelow(long attributes, long entry) {
        return Rights.ALL;
    }

    @Override
    protected int attributes(long leaf, int level) {
        int attributes = super.attributes(leaf, level);
        return (leaf & Descriptor.SOFTWARE_DIRTY) != 0 ? attributes | PageTable.DIRTY : attributes;
    }

    @Override
    protected long withFlags(long leaf, int level, int attributes) {
        boolean writable = (leaf & (Descriptor.S2AP_WRITE | Descriptor.DBM)) != 0;
        long accessed = (attributes & PageTable.ACCESSED) != 0 ? Descriptor.ACCESS_FLAG : 0;
        return leaf & ~(Descriptor.ACCESS_FLAG | WRITING)
                | accessed
                | writing(writable, (attributes & PageTable.DIRTY) != 0);
    }

    @Override
    protected long leafEntry(long output, int level, int rights, int attributes) {
        return leafBits(output, level, (attributes & PageTable.ACCESSED) != 0)
                | (layout().wide() && granule != Granule.K64 ? 0 : Descriptor.INNER_SHAREABLE)
                | Descriptor.WRITE_BACK
                | rightsBits(rights, (attributes & PageTable.DIRTY) != 0);
    }

    @Override
    protected long withRights(long leaf, int level, int rights) {
        boolean dirty = (attributes(leaf, level) & PageTable.DIRTY) != 0;
        return leaf & ~(Descriptor.S2AP_READ | 3L << Descriptor.XN_SHIFT | WRITING) | rightsBits(rights, dirty);
    }

    private static long writing(boolean writable, boolean dirty) {
        long dirtyBit = writable ? Descriptor.S2AP_WRITE : Descriptor.SOFTWARE_DIRTY;
        return (writable ? Descriptor.DBM : 0) | (dirty ? dirtyBit : 0);
    }

    /** Reading and writing do not tell EL0 from EL1. */
    private long rightsBits(int rights, boolean dirty) {
        boolean user = (rights & Rights.USER_EXECUTE) != 0;
        boolean privileged = (rights & Rights.SUPERVISOR_EXECUTE) != 0;
        boolean either = user || privileged;
        long xn = !either ? 2 : user == privileged || !tellsLevels ? 0 : user ? 1 : 3;
        return ((rights & Rights.READ) != 0 ? Descriptor.S2AP_READ : 0)
                | writing((rights & Rights.WRITE) != 0, dirty)
                | xn << Descriptor.XN_SHIFT;
    }
}

package org.memvirt.arm;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.memvirt.api.option.Option;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TwoRootFormat;

/**
 * Stage 1 of the EL1&amp;0 translation regime: the tables of TTBR0_EL1 translate the lower half of the addresses, those of
 * TTBR1_EL1 the upper one, each by a size and a granule of its own.
 */
final class TwoHalves extends TwoRootFormat {
    /** What the names of the formats begin with; the granule follows. */
    static final String NAME = "aarch64-";

    private static final List<Option> OPTIONS = List.of(
            Controls.HALF,
            Controls.VA_BITS,
            Controls.PA_BITS,
            Controls.LPA,
            Controls.HA,
            Controls.HD,
            Controls.HPD,
            Controls.WXN,
            Controls.PAN,
            Controls.EPAN,
            Controls.TBI,
            Controls.TBID,
            Controls.ASID_BITS,
            Controls.CLEAN_READ_ONLY);

    private final PageTableFormat lower;
    private final PageTableFormat upper;
    private final Granule granule;
    private final Controls controls;

    /** @param controls those of the lower half */
    private TwoHalves(Granule granule, PageTableFormat lower, PageTableFormat upper, Controls controls) {
        super(lower, upper, Half.SELECTING_BIT);
        this.granule = granule;
        this.lower = lower;
        this.upper = upper;
        this.controls = controls;
    }

    /** Both halves alike. */
    static PageTableFormat of(Granule granule) {
        return made(granule, Map.of());
    }

    /**
     * Both halves alike, or one of them.
     *
     * @throws IllegalArgumentException for options that contradict each other or that there are not
     */
    static PageTableFormat made(Granule granule, Map<String, String> options) {
        Controls controls = controls(granule, options);
        return switch (controls.text(Controls.HALF)) {
            case "lower" -> StageOneFormat.of(granule, Half.LOWER, controls);
            case "upper" -> StageOneFormat.of(granule, Half.UPPER, controls);
            case "both" -> {
                StageOneFormat lower = half(granule, Half.LOWER, options);
                yield new TwoHalves(granule, lower, half(granule, Half.UPPER, options), lower.controls());
            }
            default -> throw controls.wrong(Controls.HALF, "it is lower, upper or both");
        };
    }

    /**
     * Two halves, of one granule, each of which hardware may be kept from.
     *
     * @param tables those of the lower half
     */
    static PageTableFormat of(StageOneFormat tables, PageTableFormat lower, PageTableFormat upper) {
        return new TwoHalves(tables.layout().granule(), lower, upper, tables.controls());
    }

    /** One half. */
    static StageOneFormat half(Granule granule, Half half, Map<String, String> options) {
        Map<String, String> its = new HashMap<>(options);
        its.put(Controls.HALF.name(), half.text());
        return StageOneFormat.of(granule, half, controls(granule, its));
    }

    private static Controls controls(Granule granule, Map<String, String> options) {
        return new Controls(NAME + granule.text(), OPTIONS, options);
    }

    /** Bits of an ASID. */
    int tagBits() {
        return controls.tagBits();
    }

    @Override
    public String name() {
        return NAME + granule.text();
    }

    @Override
    public String description() {
        return "AArch64 stage 1, %s granule: TTBR0 and TTBR1, up to 52 bits"
                .formatted(granule.text().toUpperCase(Locale.ROOT));
    }

    @Override
    public List<Option> options() {
        return OPTIONS;
    }

    @Override
    public PageTableFormat with(Map<String, String> options) {
        Map<String, String> all = controls.with(Map.of(Controls.HALF.name(), "both"));
        all.putAll(options);
        return made(granule, all);
    }

    @Override
    public long untagged(long inputAddress, int access) {
        return (rootOf(inputAddress) == 0 ? lower : upper).untagged(inputAddress, access);
    }

    @Override
    public boolean ignoresTags() {
        return lower.ignoresTags() || upper.ignoresTags();
    }
}

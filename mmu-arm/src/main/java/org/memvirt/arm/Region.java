package org.memvirt.arm;

import java.util.Map;

/**
 * How TCR_EL1 describes one half of the addresses, or VTCR_EL2 those of stage 2.
 *
 * @param granule in use
 * @param inputBits 64 less TnSZ, brought within what is allowed
 * @param isAllowed whether TnSZ is: hardware may refuse every walk if not, and does here
 * @param outputBits the effective size of an output address
 * @param wide whether descriptors hold addresses of 52 bits
 * @param levels of tables, or 0 where the start level does not go with the rest
 */
record Region(Granule granule, int inputBits, boolean isAllowed, int outputBits, boolean wide, int levels) {
    private static final int LEAST_BITS = 16;
    private static final int LEAST_BITS_BEFORE_SMALL_TABLES = 25;
    private static final int USUAL_BITS = 48;
    private static final int WIDE_BITS = 52;

    /** Arm ARM, TCR_EL1: T0SZ, TG0, T1SZ, TG1, IPS, DS. */
    static Region ofStageOne(long tcr, Half half, Features features) {
        Granule asked = half == Half.LOWER
                ? granule(tcr >>> 14, Granule.K4, Granule.K64, Granule.K16)
                : granule((tcr >>> 30) - 1, Granule.K16, Granule.K4, Granule.K64);
        Granule granule = features.granule(asked, false);
        boolean lpa2 = (tcr >>> 59 & 1) != 0 && features.hasLpa2(granule, false);
        Region region = of(granule, tcr >>> (half == Half.LOWER ? 0 : 16), tcr >>> 32, lpa2, features);
        return region.from(granule.levels(region.inputBits));
    }

    /** Arm ARM, VTCR_EL2: T0SZ, SL0, SL2, TG0, PS, DS. */
    static Region ofStageTwo(long vtcr, Features features) {
        Granule granule = features.granule(granule(vtcr >>> 14, Granule.K4, Granule.K64, Granule.K16), true);
        boolean lpa2 = (vtcr >>> 32 & 1) != 0 && features.hasLpa2(granule, true);
        Region region = of(granule, vtcr, vtcr >>> 16, lpa2, features);
        int levels = levels(granule, (int) (vtcr >>> 6) & 3, (vtcr >>> 33 & 1) != 0, lpa2, features);
        return region.from(StageTwoFormat.areConsistent(granule, region.inputBits, levels) ? levels : 0);
    }

    /** The granule of a two-bit field; the value that is reserved stands for the smallest. */
    private static Granule granule(long field, Granule... byValue) {
        int value = (int) field & 3;
        return value < byValue.length ? byValue[value] : Granule.K4;
    }

    private static Region of(Granule granule, long size, long outputSize, boolean lpa2, Features features) {
        boolean wide = granule == Granule.K64 ? features.physicalBits() == WIDE_BITS : lpa2;
        boolean wideInput = granule == Granule.K64 ? features.largeAddresses() : lpa2;
        int least = features.smallTables() ? Math.max(LEAST_BITS, granule.bits() + 1) : LEAST_BITS_BEFORE_SMALL_TABLES;
        int most = wideInput ? WIDE_BITS : USUAL_BITS;
        int asked = Long.SIZE - ((int) size & 63);
        int bits = Math.clamp(asked, least, most);
        int output = features.outputBits((int) outputSize & 7);
        return new Region(granule, bits, bits == asked, wide ? output : Math.min(output, USUAL_BITS), wide, 0);
    }

    private Region from(int levelsOfTables) {
        return new Region(granule, inputBits, isAllowed, outputBits, wide, levelsOfTables);
    }

    /**
     * Levels of tables, by the level at which VTCR_EL2 has a walk of stage 2 start; 0 where it may not start there. Arm ARM,
     * AArch64.S2StartLevel and AArch64.S2InvalidSL.
     */
    private static int levels(Granule granule, int sl0, boolean sl2, boolean lpa2, Features features) {
        int physicalBits = features.physicalBits();
        return switch (granule) {
            case K4 -> {
                if (lpa2 && sl2) {
                    yield sl0 == 0 ? 5 : 0;
                }
                yield switch (sl0) {
                    case 2 -> physicalBits < 44 ? 0 : 4;
                    case 3 -> features.smallTables() ? 1 : 0;
                    default -> sl0 + 2;
                };
            }
            case K16 -> sl0 == 2 && physicalBits < 42 || sl0 == 3 && !lpa2 ? 0 : sl0 + 1;
            case K64 -> sl0 == 2 && physicalBits < 44 || sl0 == 3 ? 0 : sl0 + 1;
        };
    }

    /** Whether hardware can walk the tables at all. */
    boolean isWalked() {
        return isAllowed && levels != 0;
    }

    /** The options of a format that say this of its sizes. */
    Map<String, String> sizes(String inputOption) {
        return Map.of(
                inputOption,
                Integer.toString(inputBits),
                Controls.PA_BITS.name(),
                Integer.toString(outputBits),
                Controls.LPA.name(),
                wide ? "on" : "off");
    }

    /** Whether the address of the top table that a root register holds is in range. */
    boolean holdsRoot(Layout layout, long root) {
        return layout.rootTable(root) >>> outputBits == 0;
    }
}

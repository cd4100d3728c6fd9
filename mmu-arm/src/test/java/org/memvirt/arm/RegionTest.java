package org.memvirt.arm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** TCR_EL1 and VTCR_EL2, as processors with and without features take them; Arm ARM, TCR_EL1, VTCR_EL2, ID_AA64MMFRn_EL1. */
final class RegionTest {
    private static Features features(long model0, long model2) {
        return Features.of(Map.of(Features.MEMORY_0, model0, Features.MEMORY_1, 0L, Features.MEMORY_2, model2));
    }

    private static Features named(String name) {
        return switch (name) {
            // FEAT_LPA2, FEAT_LVA and FEAT_TTST; 52 bits.
            case "all" -> Features.of(Map.of());
            // 52 bits with the granule of 64K alone, inputs of 48 bits.
            case "lpa" -> features(0x10_0006, 0);
            // An Armv8.0 processor of 44 bits.
            case "old" -> features(0x1124, 0);
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static String described(Region region) {
        return "%s %d %s %d %s %d".formatted(
                region.granule().text(),
                region.inputBits(),
                region.isAllowed() ? "in" : "out",
                region.outputBits(),
                region.wide() ? "wide" : "usual",
                region.levels());
    }

    /** T0SZ, TG0, IPS and DS of TCR_EL1; granule, bits of input, whether TnSZ is in range, of output, descriptors, levels. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # The upper end: 48 bits; 52 with DS, or with 64K and FEAT_LVA.
            all | 16 | 0 | 5 | 0 | 4k 48 in 48 usual 4
            all | 15 | 0 | 5 | 0 | 4k 48 out 48 usual 4
            all | 12 | 0 | 6 | 1 | 4k 52 in 52 wide 5
            all | 11 | 0 | 6 | 1 | 4k 52 out 52 wide 5
            all | 12 | 1 | 6 | 0 | 64k 52 in 52 wide 3
            all | 11 | 1 | 6 | 0 | 64k 52 out 52 wide 3
            all | 12 | 2 | 6 | 1 | 16k 52 in 52 wide 4
            all | 12 | 2 | 6 | 0 | 16k 48 out 48 usual 4
            # DS means nothing to the granule of 64K.
            all | 12 | 1 | 6 | 1 | 64k 52 in 52 wide 3
            lpa | 16 | 1 | 6 | 0 | 64k 48 in 52 wide 3
            lpa | 15 | 1 | 6 | 0 | 64k 48 out 52 wide 3
            lpa | 16 | 0 | 6 | 1 | 4k 48 in 48 usual 4
            # The lower end: 25 bits; 16 with FEAT_TTST, and 17 with 64K.
            all | 48 | 0 | 5 | 0 | 4k 16 in 48 usual 1
            all | 49 | 0 | 5 | 0 | 4k 16 out 48 usual 1
            all | 48 | 2 | 5 | 0 | 16k 16 in 48 usual 1
            all | 47 | 1 | 5 | 0 | 64k 17 in 48 wide 1
            all | 48 | 1 | 5 | 0 | 64k 17 out 48 wide 1
            old | 39 | 0 | 4 | 0 | 4k 25 in 44 usual 2
            old | 40 | 0 | 4 | 0 | 4k 25 out 44 usual 2
            # The value of TG0 that is reserved; sizes of outputs, and the processor's below what is asked for.
            all | 16 | 3 | 0 | 0 | 4k 48 in 32 usual 4
            all | 25 | 0 | 1 | 0 | 4k 39 in 36 usual 3
            all | 26 | 0 | 2 | 0 | 4k 38 in 40 usual 3
            all | 34 | 0 | 3 | 0 | 4k 30 in 42 usual 2
            all | 16 | 0 | 7 | 0 | 4k 48 in 48 usual 4
            old | 16 | 0 | 5 | 0 | 4k 48 in 44 usual 4
            """)
    void lowerHalf(String features, long size, long granule, long outputs, long ds, String expected) {
        // What describes the upper half says nothing of the lower one.
        long upper = 0x3fL << 16 | 3L << 30;
        long tcr = size | granule << 14 | outputs << 32 | ds << 59;
        assertThat(described(Region.ofStageOne(tcr, Half.LOWER, named(features)))).isEqualTo(expected);
        assertThat(described(Region.ofStageOne(tcr | upper, Half.LOWER, named(features)))).isEqualTo(expected);
    }

    /** TG1 has other numbers: 1 is 16K, 2 is 4K, 3 is 64K. */
    @ParameterizedTest
    @CsvSource({"0, 4k 39 in 40 usual 3", "1, 16k 39 in 40 usual 3", "2, 4k 39 in 40 usual 3",
        "3, 64k 39 in 40 wide 2"})
    void upperHalf(long granule, String expected) {
        long tcr = 16 | 25L << 16 | granule << 30 | 2L << 32;
        assertThat(described(Region.ofStageOne(tcr, Half.UPPER, named("all")))).isEqualTo(expected);
    }

    /** T0SZ, TG0, SL0 and SL2, PS and DS of VTCR_EL2. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # 4K: SL0 0 is level 2, 1 level 1, 2 level 0, and 3 level 3 with FEAT_TTST; up to 16 tables concatenated.
            all | 34 | 0 | 0 | 0 | 5 | 0 | 4k 30 in 48 usual 2
            all | 30 | 0 | 0 | 0 | 5 | 0 | 4k 34 in 48 usual 2
            all | 29 | 0 | 0 | 0 | 5 | 0 | 4k 35 in 48 usual 0
            all | 24 | 0 | 1 | 0 | 5 | 0 | 4k 40 in 48 usual 3
            all | 21 | 0 | 1 | 0 | 5 | 0 | 4k 43 in 48 usual 3
            all | 20 | 0 | 1 | 0 | 5 | 0 | 4k 44 in 48 usual 0
            all | 34 | 0 | 1 | 0 | 5 | 0 | 4k 30 in 48 usual 0
            all | 16 | 0 | 2 | 0 | 5 | 0 | 4k 48 in 48 usual 4
            all | 25 | 0 | 2 | 0 | 5 | 0 | 4k 39 in 48 usual 0
            all | 43 | 0 | 3 | 0 | 5 | 0 | 4k 21 in 48 usual 1
            old | 39 | 0 | 3 | 0 | 4 | 0 | 4k 25 in 44 usual 0
            old | 20 | 0 | 2 | 0 | 4 | 0 | 4k 44 in 44 usual 4
            # SL2 with DS alone: level -1.
            all | 12 | 0 | 0 | 1 | 6 | 1 | 4k 52 in 52 wide 5
            all | 12 | 0 | 1 | 1 | 6 | 1 | 4k 52 in 52 wide 0
            all | 12 | 0 | 2 | 0 | 6 | 1 | 4k 52 in 52 wide 4
            all | 16 | 0 | 0 | 1 | 5 | 0 | 4k 48 in 48 usual 0
            # 16K: SL0 0 is level 3, 1 level 2, 2 level 1, and 3 level 0 with DS.
            all | 39 | 2 | 0 | 0 | 5 | 0 | 16k 25 in 48 usual 1
            all | 24 | 2 | 1 | 0 | 5 | 0 | 16k 40 in 48 usual 2
            all | 17 | 2 | 2 | 0 | 5 | 0 | 16k 47 in 48 usual 3
            all | 16 | 2 | 2 | 0 | 5 | 0 | 16k 48 in 48 usual 3
            all | 16 | 2 | 3 | 0 | 5 | 0 | 16k 48 in 48 usual 0
            all | 16 | 2 | 3 | 0 | 6 | 1 | 16k 48 in 52 wide 4
            all | 12 | 2 | 3 | 0 | 6 | 1 | 16k 52 in 52 wide 4
            # 64K: SL0 0 is level 3, 1 level 2, 2 level 1.
            all | 35 | 1 | 0 | 0 | 5 | 0 | 64k 29 in 48 wide 1
            all | 22 | 1 | 1 | 0 | 5 | 0 | 64k 42 in 48 wide 2
            all | 18 | 1 | 1 | 0 | 5 | 0 | 64k 46 in 48 wide 2
            all | 16 | 1 | 2 | 0 | 5 | 0 | 64k 48 in 48 wide 3
            all | 12 | 1 | 2 | 0 | 6 | 0 | 64k 52 in 52 wide 3
            all | 16 | 1 | 3 | 0 | 5 | 0 | 64k 48 in 48 wide 0
            all | 15 | 0 | 2 | 0 | 5 | 0 | 4k 48 out 48 usual 4
            """)
    void stageTwo(
            String features, long size, long granule, long sl0, long sl2, long outputs, long ds, String expected) {
        long vtcr = size | sl0 << 6 | granule << 14 | outputs << 16 | ds << 32 | sl2 << 33;
        Region region = Region.ofStageTwo(vtcr, named(features));
        assertThat(described(region)).isEqualTo(expected);
        assertThat(region.isWalked()).isEqualTo(region.isAllowed() && region.levels() != 0);
    }

    /** Level 0 needs 44 bits with 4K, level 1 needs 42 with 16K and 44 with 64K: PARange. */
    @ParameterizedTest
    @CsvSource({
        "0x2, 20, 0, 0", "0x3, 20, 0, 0", "0x4, 20, 0, 4", "0x2, 24, 2, 0", "0x3, 22, 2, 3", "0x4, 20, 2, 3",
        "0x3, 21, 1, 0", "0x4, 20, 1, 3"
    })
    void earlyStartsNeedAWideProcessor(String range, long size, long granule, int levels) {
        Features features = features(0x10_0000 | Long.decode(range), 0);
        assertThat(Region.ofStageTwo(size | 2L << 6 | granule << 14 | 5L << 16, features).levels()).isEqualTo(levels);
    }

    /** By the field of stage 1; by that of stage 2, where 0 says as in stage 1. TG0 is 0 for 4K, 1 for 64K, 2 for 16K. */
    @ParameterizedTest
    @CsvSource({
        "0x6, 2, 4k, 4k", "0x6, 1, 64k, 64k", "0xf0100006, 0, 16k, 16k", "0xf0000006, 0, 64k, 64k",
        "0xf000006, 1, 4k, 4k", "0xf100006, 2, 16k, 16k", "0x10000100006, 0, 4k, 16k", "0x100100006, 2, 16k, 4k",
        "0x1000000006, 1, 64k, 4k", "0x200000006, 2, 4k, 16k", "0x200f000006, 1, 4k, 64k", "0x200f0000006, 0, 64k, 4k"
    })
    void theSmallestGranuleThereIsStandsForOneThatIsNot(String model, long granule, String first, String second) {
        Features features = features(Long.decode(model), 0);
        assertThat(Region.ofStageOne(granule << 14 | 25, Half.LOWER, features).granule().text()).isEqualTo(first);
        assertThat(Region.ofStageTwo(granule << 14 | 25, features).granule().text()).isEqualTo(second);
    }

    /** FEAT_LPA2, told for each granule and stage. */
    @ParameterizedTest
    @CsvSource({
        "0x10000006, 0, true, true", "0x6, 0, false, false", "0x20010000006, 0, true, false",
        "0x30000000006, 0, false, true", "0x200006, 2, true, true", "0x100006, 2, false, false",
        "0x200200006, 2, true, false", "0x300100006, 2, false, true", "0x10200006, 1, false, false"
    })
    void addressesOfFiftyTwoBitsInDescriptors(String model, long granule, boolean first, boolean second) {
        Features features = features(Long.decode(model) & ~0xfL | 5, 0);
        Region one = Region.ofStageOne(granule << 14 | 25 | 1L << 59, Half.LOWER, features);
        Region two = Region.ofStageTwo(granule << 14 | 25 | 1L << 32, features);
        assertThat(one.wide()).isEqualTo(first);
        assertThat(two.wide()).isEqualTo(second);
        assertThat(Region.ofStageOne(granule << 14 | 25, Half.LOWER, features).wide()).isFalse();
        assertThat(Region.ofStageTwo(granule << 14 | 25, features).wide()).isFalse();
    }

    @Test
    void aProcessorWithoutGranulesIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Region.ofStageOne(25, Half.LOWER, features(0xff00_0006L, 0)))
                .withMessageContaining("id_aa64mmfr0=0xff000006 tells of a processor without any granule");
        // In stage 2 alone.
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Region.ofStageTwo(25, features(0x111_0010_0006L, 0)))
                .withMessageContaining("without any granule");
    }
}

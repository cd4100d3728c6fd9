package org.memvirt.arm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.table.PageTable;

/** Which changes of a live entry need a break; Arm ARM, "Using break-before-make when updating translation table entries". */
final class BreakBeforeMakeRulesTest {
    private static final long PAGE = 0x5f43;
    private static final StageOneFormat STAGE_ONE =
            TwoHalves.half(Granule.K4, Half.LOWER, Map.of());
    private static final StageTwoFormat STAGE_TWO = StageTwoFormat.of(Granule.K4);

    @ParameterizedTest
    @CsvSource({
        // By the bits that change of a page that is not global.
        "0x1000, true, the address", "0x10000000000000, true, the contiguous bit", "0x4, true, AttrIndx",
        "0x20, true, NS",
        "0x100, true, shareability", "0x200, true, shareability", "0x800, true, to global",
        "0x40, false, AP", "0x80, false, AP", "0x400, false, the access flag", "0x8000000000000, false, DBM",
        "0x60000000000000, false, XN", "0x80000000000000, false, of software"
    })
    void changesOfAPage(String change, boolean expected, String what) {
        assertThat(STAGE_ONE.breaksBeforeMake()).isTrue();
        assertThat(STAGE_ONE.needsBreak(PAGE, PAGE ^ Long.decode(change), 1)).as(what).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "0x743, 0xf43, 1, false, from global to an ASID's", "0x5003, 0x5403, 2, false, a table's access flag",
        "0x5003, 0x6003, 2, true, another table", "0x5003, 0x200401, 2, true, a block for a table",
        "0x200401, 0x5003, 2, true, a table for a block", "0x200401, 0x400401, 2, true, another block",
        "0x5003, 0x1000000000005003, 2, false, what a table restricts"
    })
    void changesOfSize(String before, String after, int level, boolean expected, String what) {
        assertThat(STAGE_ONE.needsBreak(Long.decode(before), Long.decode(after), level)).as(what).isEqualTo(expected);
    }

    /** Bit 11 is no bit of an ASID there. */
    @ParameterizedTest
    @CsvSource({"0x800, false", "0x3c, true", "0x40, false", "0x80, false", "0x1000, true"})
    void changesOfStageTwo(String change, boolean expected) {
        assertThat(STAGE_TWO.breaksBeforeMake()).isTrue();
        assertThat(STAGE_TWO.needsBreak(0x5ffL, 0x5ffL ^ Long.decode(change), 1)).isEqualTo(expected);
    }

    /** A page that is split keeps all but its address, its size and the contiguous bit. */
    @ParameterizedTest
    @CsvSource({
        "2, 0x60000000200f4d, 1, 0x201000, 0x60000000201f4f", "2, 0x70000002000f4d, 2, 0x2200000, 0x60000002200f4d",
        "3, 0xe8000040000fc5, 2, 0x40200000, 0xe8000040200fc5", "1, 0x10000000010403, 1, 0x13000, 0x13403"
    })
    void partsOfAPage(int from, String leaf, int to, String output, String expected) {
        assertThat("0x%x".formatted(STAGE_ONE.leafAt(to, Long.decode(output), Long.decode(leaf), from)))
                .isEqualTo(expected);
    }

    /** Bits 51:50 of the address are in bits 9:8. */
    @ParameterizedTest
    @CsvSource({"0xf000000201000, 0x3000000201f43", "0x4000000201000, 0x201d43", "0x201000, 0x201c43"})
    void partsOfAPageOfFiftyTwoBits(String output, String expected) {
        StageOneFormat wide =
                TwoHalves.half(Granule.K4, Half.LOWER, Map.of("va-bits", "52", "pa-bits", "52", "lpa", "on"));
        assertThat("0x%x".formatted(wide.leafAt(1, Long.decode(output), 0x13000000200f41L, 2)))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"0x403, 7", "0x483, 5", "0xc83, 1", "0x80000000000c83, 3", "0x80000000000803, 2", "0x803, 2"})
    void attributesOfAPage(String leaf, int attributes) {
        int expected = ((attributes & 1) != 0 ? PageTable.ACCESSED : 0)
                | ((attributes & 2) != 0 ? PageTable.DIRTY : 0)
                | ((attributes & 4) != 0 ? PageTable.GLOBAL : 0);
        assertThat(STAGE_ONE.attributes(Long.decode(leaf), 1)).isEqualTo(expected);
    }
}

package org.memvirt.arm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;

/** What descriptors of stage 2 allow, EL0 first; Arm ARM, "Stage 2 data accesses" and "Stage 2 instruction execution". */
final class StageTwoRightsTest {
    private static final StageTwoFormat FORMAT = StageTwoFormat.of(Granule.K4);
    private static final StageTwoFormat WITHOUT_XNX = StageTwoFormat.made(Granule.K4, Map.of("xnx", "off"));

    /** S2AP in bits 7:6, XN in bits 54:53. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, --x--x, --x--x", "1, 0, r-xr-x, r-xr-x", "2, 0, -wx-wx, -wx-wx", "3, 0, rwxrwx, rwxrwx",
        "3, 1, rwxrw-, rwxrwx", "3, 2, rw-rw-, rw-rw-", "3, 3, rw-rwx, rw-rw-", "0, 2, ------, ------"
    })
    void accessAndExecutionPermissions(long s2ap, long xn, String expected, String withoutXnx) {
        long leaf = s2ap << 6 | xn << 53;
        assertThat(Rights.text(FORMAT.allowed(-1, leaf))).isEqualTo(expected);
        assertThat(Rights.text(WITHOUT_XNX.allowed(-1, leaf))).isEqualTo(withoutXnx);
        assertThat(Rights.text(FORMAT.allowedBelow(0, leaf))).isEqualTo("rwxrwx");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            r--r-- | false | 0x0040000000000443
            r--r-- | true  | 0x00c0000000000443
            rwxrwx | false | 0x0008000000000443
            rwxrwx | true  | 0x00080000000004c3
            rw-rw- | true  | 0x00480000000004c3
            rwxrw- | true  | 0x00280000000004c3
            rw-rwx | true  | 0x00680000000004c3
            -w--w- | false | 0x0048000000000403
            --x--x | false | 0x0000000000000403
            """)
    void softwareWritesDescriptors(String rights, boolean dirty, String expected) {
        int given = 0;
        for (int bit = 0; bit < 6; bit++) {
            given |= rights.charAt(bit) == '-' ? 0 : 1 << bit;
        }
        int attributes = PageTable.ACCESSED | (dirty ? PageTable.DIRTY : 0);
        long leaf = FORMAT.leafEntry(0, 1, given, attributes);
        // Normal memory, write-back, inner shareable.
        assertThat(leaf & 0x33c).isEqualTo(0x33c);
        leaf &= ~0x33cL;
        assertThat(leaf).isEqualTo(Long.decode(expected));
        assertThat(FORMAT.attributes(leaf, 1)).isEqualTo(attributes);
        assertThat(FORMAT.withFlags(leaf, 1, 0)).isEqualTo(FORMAT.leafEntry(0, 1, given, 0) & ~0x33cL);
        assertThat(FORMAT.withFlags(FORMAT.withFlags(leaf, 1, 0), 1, attributes)).isEqualTo(leaf);
        assertThat(FORMAT.withRights(0x0068000000000403L | (dirty ? 0x80 : 0), 1, given)).isEqualTo(leaf);
    }

    /** Without FEAT_XNX bit 53 is not used: fetches of both levels, or none. */
    @ParameterizedTest
    @CsvSource({"--x---, 0", "-----x, 0", "--x--x, 0", "rw-rw-, 2"})
    void withoutXnxFetchesAreNotToldApart(String rights, long xn) {
        int given = 0;
        for (int bit = 0; bit < 6; bit++) {
            given |= rights.charAt(bit) == '-' ? 0 : 1 << bit;
        }
        assertThat(WITHOUT_XNX.leafEntry(0, 1, given, 0) >>> 53).isEqualTo(xn);
    }

    @ParameterizedTest
    @CsvSource({"4k, 0x33c, 0x3c", "16k, 0x33c, 0x3c", "64k, 0x33c, 0x33c"})
    void shareabilityHasNoPlaceWhereTheAddressHasFiftyTwoBits(String granule, String usual, String wide) {
        Granule of = Granule.valueOf("K" + granule.substring(0, granule.length() - 1));
        assertThat(StageTwoFormat.of(of).leafEntry(0, 1, 0, 0) & 0x33c).isEqualTo(Long.decode(usual));
        Map<String, String> lpa = Map.of("ipa-bits", "52", "pa-bits", "52", "lpa", "on");
        assertThat(StageTwoFormat.made(of, lpa).leafEntry(0, 1, 0, 0) & 0x33c).isEqualTo(Long.decode(wide));
        Map<String, String> first = Map.of("va-bits", "52", "pa-bits", "52", "lpa", "on");
        long shareable = 0x300;
        assertThat(TwoHalves.half(of, Half.LOWER, Map.of()).leafEntry(0, 1, 0, 0) & shareable).isEqualTo(shareable);
        assertThat(TwoHalves.half(of, Half.LOWER, first).leafEntry(0, 1, 0, 0) & shareable)
                .isEqualTo(Long.decode(wide) & shareable);
    }
}

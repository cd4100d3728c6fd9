package org.memvirt.arm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;

/** What descriptors of stage 1 allow, EL0 first; Arm ARM, "Data access permissions" and "Instruction execution permissions". */
final class StageOneRightsTest {
    private static StageOneFormat format(String options) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String option : options.isBlank() ? new String[0] : options.trim().split(" ")) {
            values.put(option.split("=")[0], option.split("=")[1]);
        }
        return TwoHalves.half(Granule.K4, Half.LOWER, values);
    }

    /** What a page allows whose descriptor has these bits, below tables that have those. */
    private static String allowed(String options, long leaf, long tables) {
        return Rights.text(format(options).allowed(~tables, leaf));
    }

    private static long bits(String names) {
        long bits = 0;
        for (String name : names.isBlank() ? new String[0] : names.trim().split(" ")) {
            bits |= switch (name) {
                case "AP1" -> 1L << 6;
                case "AP2" -> 1L << 7;
                case "DBM" -> 1L << 51;
                case "PXN" -> 1L << 53;
                case "UXN" -> 1L << 54;
                case "PXNTable" -> 1L << 59;
                case "UXNTable" -> 1L << 60;
                case "APTable0" -> 1L << 61;
                case "APTable1" -> 1L << 62;
                default -> throw new IllegalArgumentException(name);
            };
        }
        return bits;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # AP[2:1]: EL1 alone; both; EL1 reads; both read. What EL0 may write, EL1 does not execute.
                            | --xrwx
            AP1             | rwxrw-
            AP2             | --xr-x
            AP2 AP1         | r-xr-x
            UXN             | ---rwx
            PXN             | --xrw-
            UXN PXN         | ---rw-
            AP1 UXN         | rw-rw-
            AP2 AP1 UXN     | r--r-x
            AP2 AP1 PXN     | r-xr--
            # The Dirty Bit Modifier: hardware would clear AP[2].
            AP2 DBM         | --xrwx
            AP2 AP1 DBM     | rwxrw-
            """)
    void accessPermissionsOfAPage(String leaf, String expected) {
        assertThat(allowed("", bits(leaf == null ? "" : leaf), 0)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            AP1     | APTable0          | --xrwx
            AP1     | APTable1          | r-xr-x
            AP1     | APTable0 APTable1 | --xr-x
            AP1     | UXNTable          | rw-rw-
            AP2 AP1 | PXNTable          | r-xr--
            AP2 AP1 | UXNTable PXNTable | r--r--
            # No descriptor of a page gives back what that of a table takes, neither does hardware by marking it dirty.
            AP2 AP1 DBM | APTable1      | r-xr-x
            """)
    void tablesRestrictTheirPages(String leaf, String tables, String expected) {
        assertThat(allowed("", bits(leaf), bits(tables))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # What may be written is not executed, each by whom it may be written.
            wxn=on              |             | --xrw-
            wxn=on              | AP1         | rw-rw-
            wxn=on              | AP2         | --xr-x
            wxn=on              | AP2 AP1     | r-xr-x
            # A clean page that hardware would mark dirty may be written.
            wxn=on              | AP2 AP1 DBM | rw-rw-
            wxn=on hd=off       | AP2 AP1 DBM | rwxrwx
            wxn=on ha=off hd=off | AP2 AP1 DBM | rwxrwx
            wxn=on clean-read-only=on | AP2 AP1 DBM | rwxrwx
            clean-read-only=on  | AP2 AP1 DBM | rwxrwx
            clean-read-only=on  | AP1 DBM     | rwxrw-
            """)
    void writeImpliesExecuteNever(String options, String leaf, String expected) {
        assertThat(allowed(options, bits(leaf == null ? "" : leaf), 0)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # PAN keeps EL1 from the data of what EL0 may read, not from executing it.
            pan=on          | AP1             | rwx---
            pan=on          | AP2 AP1         | r-x--x
            pan=on          |                 | --xrwx
            # Under EPAN from the data of what EL0 may execute, too.
            pan=on epan=on  |                 | --x--x
            pan=on epan=on  | UXN             | ---rwx
            pan=on epan=on  | AP1 UXN         | rw----
            epan=on         |                 | --xrwx
            # What EL1 may not write does WXN let it execute.
            pan=on wxn=on   |                 | --xrw-
            pan=on epan=on wxn=on |           | --x--x
            """)
    void privilegedAccessNever(String options, String leaf, String expected) {
        assertThat(allowed(options, bits(leaf == null ? "" : leaf), 0)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ---r--  | false | 0x60000000000c83
            rwxrwx  | true  | 0x28000000000c43
            rwxrwx  | false | 0x28000000000cc3
            r--r--  | false | 0x60000000000cc3
            r--r--  | true  | 0xe0000000000cc3
            r-xr-x  | false | 0xcc3
            ---rwx  | true  | 0x48000000000c03
            ---r-x  | false | 0x40000000000c83
            ---rw-  | false | 0x68000000000c83
            """)
    void softwareWritesDescriptorsAsLinuxDoes(String rights, boolean dirty, String expected) {
        int given = 0;
        for (int bit = 0; bit < 6; bit++) {
            given |= rights.charAt(bit) == '-' ? 0 : 1 << bit;
        }
        int attributes = PageTable.ACCESSED | (dirty ? PageTable.DIRTY : 0);
        // Inner shareable, not global.
        long leaf = format("").leafEntry(0, 1, given, attributes) & ~(3L << 8);
        assertThat("0x%x".formatted(leaf)).isEqualTo(expected);
        assertThat(format("").attributes(leaf, 1)).isEqualTo(attributes);
        // The same where a page had other rights before.
        assertThat(format("").withRights(bits("AP1 UXN PXN DBM") | 0xc03 | (dirty ? 0 : 1L << 7), 1, given))
                .isEqualTo(leaf);
        // And back, when flags are cleared and set again.
        long unused = format("").withFlags(leaf, 1, 0);
        assertThat(unused).isEqualTo(format("").leafEntry(0, 1, given, 0) & ~(3L << 8));
        assertThat(format("").withFlags(unused, 1, attributes)).isEqualTo(leaf);
    }

    /** Pages of software that knows no DBM: AP[2] alone says who may write, and that somebody did. */
    @ParameterizedTest
    @CsvSource({"0x443, 0x8000000000443, 0x80000000000c3", "0x4c3, 0x800000000004c3, 0xc3"})
    void flagsOfPagesWithoutDirtyState(String leaf, String used, String unused) {
        int both = PageTable.ACCESSED | PageTable.DIRTY;
        assertThat("0x%x".formatted(format("").withFlags(Long.decode(leaf), 1, both))).isEqualTo(used);
        assertThat("0x%x".formatted(format("").withFlags(Long.decode(leaf), 1, 0))).isEqualTo(unused);
    }
}

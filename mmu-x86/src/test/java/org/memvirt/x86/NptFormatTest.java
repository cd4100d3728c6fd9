package org.memvirt.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;

/** APM, "Nested Paging". */
class NptFormatTest {
    private static Walk nestedFault(OneMapping mapping, int rights, boolean onTable) {
        Walk inner = Walk.inner();
        Walk outer = Walk.outer();
        outer.start(0x5000, 0x7777_1234L, rights);
        inner.startInside(outer, onTable ? 2 : 0, mapping.table.root(), mapping.input + 0x18, rights);
        mapping.format.walk(inner, mapping.memory);
        outer.keepFaultOf(inner, onTable);
        return outer;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # bits cleared | set | rights
            0              | 0   | rwxrwx
            2              | 0   | r-xr-x
            0              | 63  | rw-rw-
            4              | 0   | ------
            """)
    void everyAccessIsAUserAccess(long cleared, int set, String rights) {
        for (int level = 1; level <= 4; level++) {
            OneMapping mapping = new OneMapping("npt", "", 12).bend(level, cleared, set == 0 ? 0 : 1L << set);
            assertThat(Rights.text(mapping.allowed())).isEqualTo(rights);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # bent     | options | access             | on table | exitinfo1
            absent     |         | supervisor-read    | false    | 0x100000004
            absent     |         | supervisor-write   | false    | 0x100000006
            absent     |         | supervisor-execute | false    | 0x100000014
            absent     | nxe=off | supervisor-execute | false    | 0x100000004
            absent     |         | user-write         | true     | 0x200000006
            read-only  |         | user-write         | true     | 0x200000007
            read-only  |         | user-modify        | false    | 0x100000007
            supervisor |         | supervisor-read    | false    | 0x100000005
            reserved   |         | user-read          | false    | 0x10000000d
            """)
    void exitInformationTellsWhy(String bent, String options, String access, boolean onTable, String expected) {
        OneMapping mapping = new OneMapping("npt", "maxphyaddr=40 " + (options == null ? "" : options), 12);
        switch (bent) {
            case "absent" -> mapping.bend(1, EntryBits.PRESENT, 0);
            case "read-only" -> mapping.bend(2, EntryBits.WRITABLE, 0);
            case "supervisor" -> mapping.bend(3, EntryBits.USER, 0);
            default -> mapping.bend(4, 0, 1L << 40);
        }
        assertThat(OneMapping.X86.encode(nestedFault(mapping, OneMapping.rights(access), onTable)).fields())
                .isEqualTo(Map.of(
                        "exitcode", 0x400L,
                        "exitinfo1", Long.decode(expected),
                        "exitinfo2", mapping.input + 0x18));
    }

    @Test
    void guestTableReferencesAreUserWrites() {
        assertThat(OneMapping.format("npt", "").tableReferenceAccess()).isEqualTo(Rights.USER_WRITE);
        assertThat(OneMapping.format("npt", "").tableUpdateAccess()).isEqualTo(Rights.USER_WRITE);
    }

    @Test
    void bit8OfATopEntryIsReserved() {
        OneMapping mapping = new OneMapping("npt", "mode=5level", 12);
        assertThat(mapping.bend(3, 0, 1 << 8).access(Rights.USER_READ).fault).isEqualTo(Fault.NONE);
        assertThat(mapping.bend(4, 0, 1 << 8).access(Rights.USER_READ).fault).isEqualTo(Fault.RESERVED_BIT);
    }

    @ParameterizedTest
    @CsvSource({"32bit, 2, 32", "pae, 3, 32", "4level, 4, 48", "5level, 5, 57"})
    void takesTheHostsPagingMode(String mode, int levels, int inputBits) {
        OneMapping mapping = new OneMapping("npt", "mode=" + mode, 12);
        assertThat(mapping.format.levels()).isEqualTo(levels);
        assertThat(mapping.format.inputBits()).isEqualTo(inputBits);
        assertThat(mapping.access(Rights.SUPERVISOR_WRITE).outputAddress).isEqualTo(mapping.output);
        assertThat(mapping.walk.trail.length()).isEqualTo(levels);
    }

    @Test
    void unknownModeIsNamedWithThoseThatThereAre() {
        assertThatThrownBy(() -> OneMapping.format("npt", "mode=6level"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("mode=6level")
                .hasMessageContaining("32bit, pae, 4level, 5level");
    }
}

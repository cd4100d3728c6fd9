package org.memvirt.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;

/** SDM, "EPT Translation Mechanism", "EPT Misconfigurations" and "EPT Violations". */
class EptFormatTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # bits 2:0, 10 | options         | fault         | rights
            0  | 0 |                         | NOT_PRESENT   |
            1  | 0 |                         | NONE          | r--r--
            2  | 0 |                         | MISCONFIGURED |
            3  | 0 |                         | NONE          | rw-rw-
            4  | 0 |                         | NONE          | --x--x
            5  | 0 |                         | NONE          | r-xr-x
            6  | 0 |                         | MISCONFIGURED |
            7  | 0 |                         | NONE          | rwxrwx
            4  | 0 | xo=off                  | MISCONFIGURED |
            5  | 0 | xo=off                  | NONE          | r-xr-x
            0  | 1 |                         | NOT_PRESENT   |
            1  | 1 |                         | NONE          | r--r--
            0  | 1 | mbec=on                 | NONE          | --x---
            1  | 1 | mbec=on                 | NONE          | r-xr--
            2  | 1 | mbec=on                 | MISCONFIGURED |
            4  | 0 | mbec=on                 | NONE          | -----x
            4  | 1 | mbec=on                 | NONE          | --x--x
            7  | 0 | mbec=on                 | NONE          | rw-rwx
            0  | 1 | mbec=on xo=off          | MISCONFIGURED |
            4  | 0 | mbec=on xo=off          | MISCONFIGURED |
            5  | 1 | mbec=on xo=off          | NONE          | r-xr-x
            """)
    void rightsBitsOfEveryLevel(int low, int tenth, String options, Fault fault, String rights) {
        for (int level = 1; level <= 4; level++) {
            OneMapping mapping = new OneMapping("ept", options == null ? "" : options, 12);
            mapping.bend(level, 7 | 1 << 10, low | (long) tenth << 10);
            Walk walk = mapping.access(Rights.NONE);
            assertThat(walk.fault).as("level %d", level).isEqualTo(fault);
            if (rights != null) {
                assertThat(Rights.text(walk.allowed)).as("level %d", level).isEqualTo(rights);
            } else {
                assertThat(walk.faultLevel).isEqualTo(level);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"12, 1", "21, 2", "30, 3"})
    void memoryTypes2And3And7OfALeafAreMisconfigured(int pageShift, int level) {
        for (int type = 0; type < 8; type++) {
            OneMapping mapping = new OneMapping("ept", "", pageShift).bend(level, 7 << 3, type << 3);
            assertThat(mapping.access(Rights.USER_READ).fault)
                    .as("type %d", type)
                    .isEqualTo(type == 2 || type == 3 || type == 7 ? Fault.MISCONFIGURED : Fault.NONE);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # format | page | level | options       | reserved bits
            ept      | 12   | 4     | maxphyaddr=40 | 3 4 5 6 7 40 51
            ept      | 12   | 3     | maxphyaddr=40 | 3 4 5 6 40 51
            ept      | 12   | 3     | gbpages=off   | 3 4 5 6 7
            ept      | 12   | 2     | maxphyaddr=40 | 3 4 5 6 40 51
            ept      | 12   | 1     | maxphyaddr=40 | 40 51
            ept      | 21   | 2     | maxphyaddr=40 | 12 20 40 51
            ept      | 30   | 3     | maxphyaddr=40 | 12 29 40 51
            ept      | 12   | 2     | maxphyaddr=52 | 3 4 5 6
            ept      | 21   | 2     | maxphyaddr=52 | 12 20
            ept5     | 12   | 5     | maxphyaddr=40 | 3 4 5 6 7 40 51
            """)
    void reservedBitsAreMisconfigured(String format, int pageShift, int level, String options, String bits) {
        for (String bit : bits.split(" ")) {
            OneMapping mapping = new OneMapping(format, options, pageShift).bend(level, 0, 1L << Integer.parseInt(bit));
            assertThat(mapping.access(Rights.USER_READ).fault).as("bit %s", bit).isEqualTo(Fault.MISCONFIGURED);
            assertThat(OneMapping.X86.encode(stageTwoFault(mapping, Rights.USER_READ, false)).name())
                    .isEqualTo("EPT misconfiguration");
        }
        for (int bit : new int[] {8, 9, 10, 11, 52, 57, 62, 63}) {
            OneMapping mapping = new OneMapping(format, options, pageShift).bend(level, 0, 1L << bit);
            assertThat(mapping.access(Rights.USER_READ).fault).as("bit %d", bit).isEqualTo(Fault.NONE);
            assertThat(mapping.walk.outputAddress).as("bit %d", bit).isEqualTo(mapping.output);
        }
    }

    /** The walk of stage 2 inside another, as a port would make it. */
    private static Walk stageTwoFault(OneMapping mapping, int rights, boolean onTable) {
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
            # bits | options | access           | on table | qualification
            1      |         | user-write       | false    | 0x18a
            5      |         | user-write       | false    | 0x1aa
            5      |         | user-modify      | false    | 0x1ab
            3      |         | user-execute     | false    | 0x19c
            4      |         | supervisor-read  | false    | 0x1a1
            0      |         | user-read        | false    | 0x181
            0      |         | supervisor-read  | true     | 0x81
            1      | ad=on   | supervisor-modify| true     | 0x8b
            0      | mbec=on | user-execute     | false    | 0x184
            1025   | mbec=on | supervisor-execute | false  | 0x1cc
            5      | mbec=on | user-execute     | false    | 0x1ac
            """)
    void qualificationTellsAccessAndRights(int bits, String options, String access, boolean onTable, String expected) {
        for (int level = 1; level <= 4; level++) {
            OneMapping mapping = new OneMapping("ept", options == null ? "" : options, 12);
            mapping.bend(level, 7 | 1 << 10, bits);
            Walk outer = stageTwoFault(mapping, OneMapping.rights(access), onTable);
            assertThat(OneMapping.X86.encode(outer).fields())
                    .as("level %d", level)
                    .isEqualTo(Map.of(
                            "reason", 48L,
                            "qualification", Long.decode(expected),
                            "gpa", mapping.input + 0x18,
                            "gla", 0x7777_1234L));
        }
    }

    @Test
    void misconfigurationTellsTheGuestPhysicalAddressAlone() {
        Walk outer = stageTwoFault(new OneMapping("ept", "", 12).bend(1, 7, 2), Rights.USER_READ, false);
        assertThat(OneMapping.X86.encode(outer).fields())
                .isEqualTo(Map.of("reason", 49L, "gpa", 0x1234_5678_9018L));
    }

    @Test
    void misconfigurationIsFoundBeforeTheViolation() {
        OneMapping mapping = new OneMapping("ept", "", 12).bend(4, 7, 1).bend(1, 7, 2);
        assertThat(mapping.access(Rights.USER_WRITE).fault).isEqualTo(Fault.MISCONFIGURED);
    }

    @Test
    void addressBeyondItsWidthIsAViolation() {
        OneMapping mapping = new OneMapping("ept", "", 12);
        Walk outer = Walk.outer();
        Walk inner = Walk.inner();
        outer.start(0, 0, Rights.USER_READ);
        inner.startInside(outer, 0, mapping.table.root(), 1L << 48, Rights.USER_READ);
        mapping.format.walk(inner, mapping.memory);
        outer.keepFaultOf(inner, false);
        assertThat(OneMapping.X86.encode(outer).fields())
                .isEqualTo(Map.of("reason", 48L, "qualification", 0x181L, "gpa", 1L << 48, "gla", 0L));
    }

    @Test
    void guestTableReferencesAreWritesWithAccessedAndDirtyFlags() {
        assertThat(OneMapping.format("ept", "").tableReferenceAccess()).isEqualTo(Rights.SUPERVISOR_READ);
        assertThat(OneMapping.format("ept", "").tableUpdateAccess()).isEqualTo(Rights.SUPERVISOR_WRITE);
        assertThat(OneMapping.format("ept", "ad=on").tableReferenceAccess())
                .isEqualTo(Rights.SUPERVISOR_READ | Rights.SUPERVISOR_WRITE);
    }

    @ParameterizedTest
    @CsvSource({"'', 3, 0x0", "ad=on, 0, 0x0", "ad=on, 2, 0x100", "ad=on, 4, 0x200", "ad=on, 6, 0x300", "'', 6, 0x0"})
    void newLeafHasTheFlagsAskedForWhereThereAreFlags(String options, int attributes, String flags) {
        OneMapping mapping = new OneMapping("ept", options, 12, attributes);
        assertThat(mapping.entry(1) & 3 << 8).isEqualTo(Long.decode(flags));
        assertThat(mapping.entry(1) & 0xff).isEqualTo(0x37);
    }

    @ParameterizedTest
    @CsvSource({"ept, '', 0x1e", "ept, ad=on, 0x5e", "ept5, '', 0x26"})
    void rootRegisterIsAnEptPointer(String format, String options, String low) {
        OneMapping mapping = new OneMapping(format, options, 12);
        assertThat(mapping.table.root() & 0xfff).isEqualTo(Long.decode(low));
        assertThat(mapping.table.root() & ~0xfffL).isEqualTo(mapping.entryAddress[mapping.format.levels()] & ~0xfffL);
    }

    /** SDM, "VPID and EPT Capabilities": bit 7 maps a page only where the processor has that size. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # size | options                 | fault
            21     |                         | NONE
            21     | 2mpages=off             | MISCONFIGURED
            21     | gbpages=off             | NONE
            30     |                         | NONE
            30     | gbpages=off             | MISCONFIGURED
            30     | 2mpages=off             | NONE
            """)
    void largePagesAreMisconfiguredWhereTheProcessorHasNone(int shift, String options, Fault fault) {
        OneMapping mapping = new OneMapping("ept", "", shift);
        RadixFormat walked = OneMapping.format("ept", options == null ? "" : options);
        Walk walk = Walk.inner();
        walk.start(mapping.table.root(), mapping.input, Rights.SUPERVISOR_READ);
        walked.walk(walk, mapping.memory);
        assertThat(walk.fault).isEqualTo(fault);
        assertThat(walked.pageShifts().contains(shift)).isEqualTo(fault == Fault.NONE);
    }
}

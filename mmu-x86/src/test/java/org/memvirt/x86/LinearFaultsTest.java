package org.memvirt.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.x86.EntryBits.bits;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;

/** What the walk of a linear address refuses, and the error code for it; SDM, "Page-Fault Exceptions". */
class LinearFaultsTest {
    private static final int NOT_PRESENT = 0;
    private static final int RESERVED = 9;

    @ParameterizedTest
    @CsvSource({
        "x86-64, 4", "x86-64, 3", "x86-64, 2", "x86-64, 1", "x86-64-la57, 5", "pae, 3", "pae, 2", "pae, 1", "ia32, 2",
        "ia32, 1"
    })
    void entryThatIsNotPresentFaultsAtItsLevel(String format, int level) {
        OneMapping mapping = new OneMapping(format, "", 12);
        mapping.bend(level, EntryBits.PRESENT, 0);
        Walk walk = mapping.access(Rights.USER_WRITE);
        assertThat(walk.fault).isEqualTo(Fault.NOT_PRESENT);
        assertThat(walk.faultLevel).isEqualTo(level);
        assertThat(mapping.fault(Rights.USER_WRITE))
                .isEqualTo(Map.of("vector", 14L, "error", 6L, "cr2", mapping.input));
    }

    /** Each bit alone, of every entry on the way: reserved, or not. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # format    | page | level | options                      | reserved bits
            x86-64      | 12   | 4     |                              | 7
            x86-64      | 12   | 4     | maxphyaddr=40                | 7 40-51
            x86-64      | 12   | 4     | nxe=off                      | 7 63
            x86-64      | 12   | 3     | gbpages=off maxphyaddr=50    | 7 50-51
            x86-64      | 12   | 2     | maxphyaddr=40                | 40-51
            x86-64      | 12   | 1     | maxphyaddr=51 nxe=off        | 51 63
            x86-64      | 21   | 2     |                              | 13-20
            x86-64      | 21   | 2     | maxphyaddr=40 nxe=off        | 13-20 40-51 63
            x86-64      | 30   | 3     |                              | 13-29
            x86-64-la57 | 12   | 5     | maxphyaddr=48                | 7 48-51
            x86-64-la57 | 12   | 4     |                              | 7
            x86-64-la57 | 30   | 3     |                              | 13-29
            pae         | 12   | 3     | maxphyaddr=40                | 1-2 5-8 40-63
            pae         | 12   | 3     |                              | 1-2 5-8 52-63
            pae         | 12   | 2     | maxphyaddr=40                | 40-62
            pae         | 12   | 1     | nxe=off                      | 52-63
            pae         | 21   | 2     |                              | 13-20 52-62
            ia32        | 12   | 2     |                              |
            ia32        | 12   | 1     |                              |
            ia32        | 22   | 2     | maxphyaddr=40                | 21
            ia32        | 22   | 2     | maxphyaddr=36                | 17-21
            ia32        | 22   | 2     | pse36=off                    | 13-21
            """)
    void reservedBitsFault(String format, int pageShift, int level, String options, String bits) {
        OneMapping mapping = new OneMapping(format, options == null ? "" : options, pageShift);
        long reserved = 0;
        for (String range : bits == null ? new String[0] : bits.split(" ")) {
            String[] ends = range.split("-");
            reserved |= bits(Integer.parseInt(ends[ends.length - 1]), Integer.parseInt(ends[0]));
        }
        // Bits that move the walk elsewhere, or end it, when they change.
        long meaning = EntryBits.PRESENT
                | (pageShift == 12 && (level == 2 || level == 3) ? EntryBits.PAGE_SIZE : 0)
                | mapping.format.geometry().levels().get(level - 1).table().address()
                | mapping.format.geometry().levels().get(level - 1).leaf().address();
        for (int bit = 0; bit < mapping.entryBytes() * 8; bit++) {
            long mask = 1L << bit;
            boolean isReserved = (reserved & mask) != 0;
            if (!isReserved && (meaning & mask) != 0) {
                continue;
            }
            long before = mapping.entry(level);
            mapping.bend(level, 0, mask);
            Walk walk = mapping.access(Rights.SUPERVISOR_READ);
            assertThat(walk.fault)
                    .as("%s with bit %d at level %d", format, bit, level)
                    .isEqualTo(isReserved ? Fault.RESERVED_BIT : Fault.NONE);
            if (isReserved) {
                assertThat(walk.faultLevel).isEqualTo(level);
                assertThat(mapping.fault(Rights.SUPERVISOR_READ)).containsEntry("error", (long) RESERVED);
            }
            mapping.bend(level, -1, before);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # what is bent      | controls                | access             | error
            not present         |                         | supervisor-read    | 0x0
            not present         |                         | supervisor-write   | 0x2
            not present         |                         | user-read          | 0x4
            not present         |                         | user-modify        | 0x6
            not present         |                         | user-execute       | 0x14
            not present         | nxe=off                 | user-execute       | 0x4
            not present         | nxe=off smep=on         | user-execute       | 0x14
            not present         |                         | supervisor-execute | 0x10
            reserved            |                         | user-write         | 0xf
            reserved            |                         | supervisor-execute | 0x19
            supervisor          |                         | user-read          | 0x5
            supervisor          |                         | user-execute       | 0x15
            read-only           |                         | user-write         | 0x7
            read-only           |                         | supervisor-write   | 0x3
            read-only           |                         | supervisor-modify  | 0x3
            no execute          |                         | user-execute       | 0x15
            nothing             | smep=on                 | supervisor-execute | 0x11
            nothing             | smap=on                 | supervisor-read    | 0x1
            nothing             | pke=on pkru=0x1         | user-read          | 0x25
            nothing             | pke=on pkru=0x2         | user-write         | 0x27
            nothing             | pke=on pkru=0x2         | supervisor-write   | 0x23
            read-only           | pke=on pkru=0x2         | user-write         | 0x27
            read-only           | pke=on pkru=0x8         | user-write         | 0x7
            no execute          | pke=on pkru=0x1         | user-execute       | 0x15
            nothing             | pke=on pkru=0x1 smap=on | supervisor-read    | 0x21
            supervisor          | pks=on pkrs=0x1         | supervisor-read    | 0x21
            supervisor          | pke=on pkru=0x1         | user-read          | 0x5
            """)
    void errorCodeTellsWhy(String bent, String controls, String access, String error) {
        OneMapping mapping = new OneMapping("x86-64", (controls == null ? "" : controls) + " maxphyaddr=40", 12);
        switch (bent) {
            case "not present" -> mapping.bend(2, EntryBits.PRESENT, 0);
            case "reserved" -> mapping.bend(2, 0, 1L << 45);
            case "supervisor" -> mapping.bend(1, EntryBits.USER, 0);
            case "read-only" -> mapping.bend(3, EntryBits.WRITABLE, 0);
            case "no execute" -> mapping.bend(4, 0, EntryBits.EXECUTE_DISABLE);
            default -> {}
        }
        assertThat(mapping.fault(OneMapping.rights(access)))
                .isEqualTo(Map.of("vector", 14L, "error", Long.decode(error), "cr2", mapping.input));
    }

    /** The I/D flag hangs on what can forbid a fetch, and 32-bit paging has SMEP alone. */
    @Test
    void fetchIsReportedWhereItCanBeForbidden() {
        OneMapping plain = new OneMapping("ia32", "", 12).bend(1, EntryBits.PRESENT, 0);
        OneMapping smep = new OneMapping("ia32", "smep=on", 12).bend(1, EntryBits.PRESENT, 0);
        assertThat(plain.fault(Rights.USER_EXECUTE)).containsEntry("error", 4L);
        assertThat(smep.fault(Rights.USER_EXECUTE)).containsEntry("error", 0x14L);
    }

    @Test
    void notPresentComesBeforeReserved() {
        OneMapping mapping = new OneMapping("x86-64", "maxphyaddr=40", 12).bend(1, EntryBits.PRESENT, 1L << 45);
        assertThat(mapping.fault(Rights.USER_READ)).containsEntry("error", NOT_PRESENT + 4L);
    }

    /** Rights are judged once the walk is through: a reserved bit further down is found first. */
    @Test
    void reservedBitBelowAReadOnlyTableIsFoundFirst() {
        OneMapping mapping = new OneMapping("x86-64", "maxphyaddr=40", 12)
                .bend(4, EntryBits.WRITABLE | EntryBits.USER, 0)
                .bend(1, 0, 1L << 45);
        assertThat(mapping.access(Rights.USER_WRITE).fault).isEqualTo(Fault.RESERVED_BIT);
    }

    @ParameterizedTest
    @ValueSource(longs = {0x8000_0000_0000L, 0xffff_7fff_ffff_ffffL, 0x8000_0000_0000_0000L, 0x1_0000_0000_0000L})
    void addressThatIsNotCanonicalIsAProtectionFault(long address) {
        OneMapping mapping = new OneMapping("x86-64", "", 12);
        mapping.walk.start(mapping.table.root(), address, Rights.USER_READ);
        mapping.format.walk(mapping.walk, mapping.memory);
        assertThat(mapping.walk.fault).isEqualTo(Fault.ADDRESS_SIZE);
        assertThat(mapping.walk.trail.length()).isZero();
        assertThat(OneMapping.X86.encode(mapping.walk).name()).isEqualTo("#GP");
        assertThat(OneMapping.X86.encode(mapping.walk).fields()).isEqualTo(Map.of("vector", 13L, "error", 0L));
    }

    @ParameterizedTest
    @CsvSource({
        "x86-64, 0x00007fffffffffff, true",
        "x86-64, 0xffff800000000000, true",
        "x86-64, 0x0000800000000000, false",
        "x86-64-la57, 0x0000800000000000, true",
        "x86-64-la57, 0x00ffffffffffffff, true",
        "x86-64-la57, 0x0100000000000000, false",
        "x86-64-la57, 0xff00000000000000, true",
        "pae, 0xffffffff, true",
        "pae, 0x100000000, false",
        "ia32, 0xffffffff, true",
        "ia32, 0xffffffffffffffff, false",
    })
    void admitsWhatIsCanonical(String format, String address, boolean admitted) {
        assertThat(OneMapping.format(format, "").inRange(Long.parseUnsignedLong(address.substring(2), 16)))
                .isEqualTo(admitted);
    }

    @ParameterizedTest
    @CsvSource({
        "x86-64, 12, 4, 9-11 52-62", "x86-64, 12, 3, 8-11 52-62", "x86-64, 12, 2, 8-11 52-62",
        "x86-64, 12, 1, 9-11 52-62",
        "x86-64, 21, 2, 9-12 52-62", "x86-64, 30, 3, 9-12 52-62", "x86-64-la57, 12, 5, 8-11 52-62", "pae, 12, 3, 9-11",
        "pae, 21, 2, 9-12", "ia32, 12, 2, 8-11", "ia32, 12, 1, 9-11", "ia32, 22, 2, 9-12"
    })
    void ignoredBitsDoNotMoveTheWalk(String format, int pageShift, int level, String ranges) {
        for (String range : ranges.split(" ")) {
            String[] ends = range.split("-");
            OneMapping mapping = new OneMapping(format, "", pageShift);
            mapping.bend(level, 0, bits(Integer.parseInt(ends[1]), Integer.parseInt(ends[0])));
            assertThat(mapping.access(Rights.USER_READ).outputAddress).isEqualTo(mapping.output);
        }
    }

    @Test
    void pageSizeBitIsIgnoredWithoutPse() {
        OneMapping mapping = new OneMapping("ia32", "pse=off", 12).bend(2, 0, EntryBits.PAGE_SIZE);
        assertThat(mapping.access(Rights.USER_READ).outputAddress).isEqualTo(mapping.output);
        assertThat(mapping.format.pageShifts()).containsExactly(12);
    }
}

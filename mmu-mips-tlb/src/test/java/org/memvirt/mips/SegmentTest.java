package org.memvirt.mips;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SegmentTest {
    @ParameterizedTest
    @CsvSource(textBlock = """
            0x0,                USEG
            0x7fffffff,         USEG
            0x80000000,         KSEG0
            0x9fffffff,         KSEG0
            0xa0000000,         KSEG1
            0xbfffffff,         KSEG1
            0xc0000000,         SSEG
            0xdfffffff,         SSEG
            0xe0000000,         KSEG3
            0xffffffff,         KSEG3
            0xffffffff80000000, KSEG0
            0xffffffffffffffff, KSEG3
            0xffffffff7fffffff, NONE
            0x100000000,        NONE
            0xfffffffe80000000, NONE
            """)
    void segmentsOf32Bits(String address, Segment segment) {
        assertThat(Segment.of(Long.parseUnsignedLong(address, 2, address.length(), 16))).isEqualTo(segment);
    }

    /** With SEGBITS 40 and PABITS 36. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            0x0,                USEG
            0x7fffffff,         USEG
            0x80000000,         XUSEG
            0xffffffffff,       XUSEG
            0x10000000000,      NONE
            0x3fffffffffffffff, NONE
            0x4000000000000000, XSSEG
            0x400000ffffffffff, XSSEG
            0x4000010000000000, NONE
            0x7fffffffffffffff, NONE
            0x8000000000000000, XKPHYS
            0x8000000fffffffff, XKPHYS
            0x8000001000000000, NONE
            0x8400000000000000, NONE
            0xb800000fffffffff, XKPHYS
            0xbfffffffffffffff, NONE
            0xc000000000000000, XKSEG
            0xc00000ff7fffffff, XKSEG
            0xc00000ff80000000, NONE
            0xffffffff7fffffff, NONE
            0xffffffff80000000, KSEG0
            0xffffffffa0000000, KSEG1
            0xffffffffc0000000, SSEG
            0xffffffffe0000000, KSEG3
            0xffffffffffffffff, KSEG3
            """)
    void segmentsOf64Bits(String address, Segment segment) {
        assertThat(Segment.of(Long.parseUnsignedLong(address, 2, address.length(), 16), 40, 36)).isEqualTo(segment);
    }

    /** PRA, the table of access by address and mode: the least privileged mode, and the bit of Status if one is needed. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            USEG,   2, 0
            XUSEG,  2, 0x20
            XSSEG,  1, 0x40
            XKPHYS, 0, 0x80
            XKSEG,  0, 0x80
            KSEG0,  0, 0
            KSEG1,  0, 0
            SSEG,   1, 0
            KSEG3,  0, 0
            NONE,  -1, 0
            """)
    void whoMayUseThem(Segment segment, int leastMode, int needed) {
        for (int mode = Mode.KERNEL; mode <= Mode.USER; mode++) {
            for (int status = 0; status < 0x100; status += 0x20) {
                assertThat(segment.isLegal(mode, status))
                        .as("%s in mode %d with %#x", segment, mode, status)
                        .isEqualTo(mode <= leastMode && (status & needed) == needed);
            }
        }
    }

    @Test
    void whatPassesByTheTlb() {
        for (Segment segment : Segment.values()) {
            boolean unmapped = segment == Segment.KSEG0 || segment == Segment.KSEG1 || segment == Segment.XKPHYS;
            assertThat(segment.isUnmapped(Mode.KERNEL, 0)).isEqualTo(unmapped || segment == Segment.NONE);
            assertThat(segment.isUnmapped(Mode.KERNEL, Status.ERL))
                    .isEqualTo(unmapped || segment == Segment.NONE || segment == Segment.USEG);
        }
        assertThat(Segment.USEG.isUnmapped(Mode.USER, Status.ERL)).isFalse();
        assertThat(Segment.KSEG0.physical(0xffff_ffff_9234_5678L)).isEqualTo(0x1234_5678);
        assertThat(Segment.KSEG1.physical(0xb234_5678L)).isEqualTo(0x1234_5678);
        assertThat(Segment.XKPHYS.physical(0x9800_000f_1234_5678L)).isEqualTo(0xf_1234_5678L);
        assertThat(Segment.USEG.physical(0x7654_3210)).isEqualTo(0x7654_3210);
    }

    @ParameterizedTest
    @CsvSource({"0x0, 0", "0x8, 1", "0x10, 2", "0x18, 2", "0x12, 0", "0x14, 0", "0xe, 0"})
    void modesOfStatus(String status, int mode) {
        assertThat(Status.mode(Long.decode(status))).isEqualTo(mode);
    }
}

package org.memvirt.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;

/** What AMD's processors make of entries and Intel's do not: reserved bits, and the C-bit of encrypted memory. */
class VendorBitsTest {
    private static final long BIT_8 = 1 << 8;
    private static final long C = 1L << 47;

    /** APM vol. 2, "4-Kbyte Page Translation": bit 8 of a PML4E and PML5E must be zero. */
    @ParameterizedTest
    @CsvSource({
        "x86-64, intel, 4, NONE", "x86-64, amd, 4, RESERVED_BIT", "x86-64, amd, 3, NONE", "x86-64, amd, 2, NONE",
        "x86-64-la57, intel, 5, NONE", "x86-64-la57, amd, 5, RESERVED_BIT", "x86-64-la57, amd, 4, RESERVED_BIT"
    })
    void bit8OfTheUpperEntriesIsReservedByAmd(String format, String vendor, int level, Fault fault) {
        OneMapping mapping = new OneMapping(format, "vendor=" + vendor, 12).bend(level, 0, BIT_8);
        assertThat(mapping.access(Rights.SUPERVISOR_READ).fault).isEqualTo(fault);
        if (fault == Fault.RESERVED_BIT) {
            assertThat(mapping.fault(Rights.SUPERVISOR_READ)).containsEntry("error", 0x9L);
            assertThat(mapping.fault(Rights.USER_WRITE)).containsEntry("error", 0xfL);
            assertThat(mapping.fault(Rights.SUPERVISOR_EXECUTE)).containsEntry("error", 0x19L);
        }
    }

    @Test
    void anotherVendorIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OneMapping.format("x86-64", "vendor=via"))
                .withMessageContaining("intel or amd");
    }

    /** APM vol. 2, "Secure Memory Encryption": the C-bit is part of no address, of a table's entry, a page's, or CR3's. */
    @ParameterizedTest
    @CsvSource({"x86-64, '', 12", "x86-64, '', 21", "x86-64, '', 30", "x86-64-la57, '', 12", "pae, pdptes=memory, 12",
        "pae, pdptes=memory, 21", "npt, '', 12", "npt, mode=pae, 21"})
    void theEncryptionBitIsPartOfNoAddress(String format, String options, int shift) {
        OneMapping mapping = new OneMapping(format, options + " cbit=47", shift);
        int leaf = shift == 12 ? 1 : shift == 21 ? 2 : 3;
        for (int level = leaf; level <= mapping.format.levels(); level++) {
            mapping.bend(level, 0, C);
        }
        Walk walk = mapping.walk;
        walk.start(mapping.table.root() | (format.equals("pae") ? 0 : C), mapping.input, Rights.USER_READ);
        mapping.format.walk(walk, mapping.memory);
        assertThat(walk.fault).isEqualTo(Fault.NONE);
        assertThat(walk.outputAddress).isEqualTo(mapping.output);
        assertThat(mapping.format.outputBits()).isEqualTo(47);
    }

    /** The bits between the physical width and the C-bit, and those above it, are reserved. */
    @ParameterizedTest
    @CsvSource({"42, NONE", "43, RESERVED_BIT", "46, RESERVED_BIT", "47, NONE", "48, RESERVED_BIT", "51, RESERVED_BIT"})
    void bitsAroundTheEncryptionBitAreReserved(int bit, Fault fault) {
        OneMapping mapping = new OneMapping("x86-64", "cbit=47 maxphyaddr=43", 12).bend(1, 0, 1L << bit);
        assertThat(mapping.access(Rights.USER_READ).fault).isEqualTo(fault);
    }

    @Test
    void anEncryptionBitElsewhereIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OneMapping.format("x86-64", "cbit=20"))
                .withMessageContaining("32 to 51, or 0");
    }
}

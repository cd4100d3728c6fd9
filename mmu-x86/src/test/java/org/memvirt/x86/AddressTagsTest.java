package org.memvirt.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;

/** SDM vol. 1, "Linear-Address Masking (LAM)"; APM vol. 2, "Upper Address Ignore". */
class AddressTagsTest {
    private static final int READ = Rights.USER_READ;
    private static final int FETCH = Rights.USER_EXECUTE;

    /** The address that a data access is to, or "#GP" where that is not canonical. */
    private static String reached(RadixFormat format, long address, int access) {
        long untagged = format.untagged(address, access);
        return format.inRange(untagged) ? "%#x".formatted(untagged) : "#GP";
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # format    | options                | pointer            | reached
            x86-64      |                        | 0x7fff123456789abc | #GP
            x86-64      | lam-user=48            | 0x7fff123456789abc | 0x123456789abc
            x86-64      | lam-user=48            | 0x7fff923456789abc | #GP
            x86-64      | lam-user=48            | 0x0000123456789abc | 0x123456789abc
            x86-64      | lam-user=48            | 0xffff823456789abc | 0xffff823456789abc
            x86-64      | lam-user=48            | 0x8000823456789abc | #GP
            x86-64      | lam-user=57            | 0x7e00123456789abc | 0x123456789abc
            x86-64      | lam-user=57            | 0x7e01123456789abc | #GP
            x86-64      | lam-user=57            | 0x7f00123456789abc | #GP
            x86-64      | lam-sup=on             | 0x8000823456789abc | 0xffff823456789abc
            x86-64      | lam-sup=on             | 0x8000123456789abc | #GP
            x86-64      | lam-sup=on             | 0x7fff123456789abc | #GP
            x86-64      | lam-sup=on lam-user=57 | 0x7e00123456789abc | 0x123456789abc
            x86-64-la57 | lam-user=57            | 0x7e12345678abcdef | 0x12345678abcdef
            x86-64-la57 | lam-user=57            | 0x7f12345678abcdef | #GP
            x86-64-la57 | lam-user=48            | 0x7ff2345678abcdef | 0x345678abcdef
            x86-64-la57 | lam-user=48            | 0x0002345678abcdef | 0x345678abcdef
            x86-64-la57 | lam-user=48            | 0x0002945678abcdef | #GP
            x86-64-la57 | lam-sup=on             | 0x8112345678abcdef | 0xff12345678abcdef
            x86-64-la57 | lam-sup=on             | 0x8012345678abcdef | #GP
            x86-64      | uai=on                 | 0xfe00123456789abc | 0x123456789abc
            x86-64      | uai=on                 | 0xfe01123456789abc | #GP
            x86-64      | uai=on                 | 0x01ff823456789abc | 0xffff823456789abc
            x86-64-la57 | uai=on                 | 0x0112345678abcdef | 0xff12345678abcdef
            x86-64-la57 | uai=on                 | 0xfe12345678abcdef | 0x12345678abcdef
            """)
    void whatCountsOfAPointerToData(String format, String options, String pointer, String reached) {
        RadixFormat tagged = OneMapping.format(format, options == null ? "" : options);
        assertThat(reached(tagged, Long.parseUnsignedLong(pointer.substring(2), 16), READ)).isEqualTo(reached);
        assertThat(tagged.ignoresTags()).isEqualTo(options != null);
    }

    @ParameterizedTest
    @CsvSource({"lam-user=48", "lam-user=57", "uai=on"})
    void instructionsAreFetchedFromTheWholeAddress(String options) {
        RadixFormat tagged = OneMapping.format("x86-64", options);
        assertThat(reached(tagged, 0x0200_1234_5678_9abcL, READ)).isEqualTo("0x123456789abc");
        assertThat(reached(tagged, 0x0200_1234_5678_9abcL, FETCH)).isEqualTo("#GP");
    }

    @Test
    void aWalkStartsFromTheAddressWithoutTheTagAndTellsOfIt() {
        OneMapping mapping = new OneMapping("x86-64", "lam-user=57", 12);
        long tagged = mapping.input | 0x2aL << 57;
        Walk walk = mapping.walk;
        walk.start(mapping.table.root(), tagged, READ);
        mapping.format.walk(walk, mapping.memory);
        assertThat(walk.outputAddress).isEqualTo(mapping.output);
        assertThat(walk.inputAddress).isEqualTo(mapping.input);
        mapping.bend(2, EntryBits.PRESENT, 0);
        walk.start(mapping.table.root(), tagged, READ);
        mapping.format.walk(walk, mapping.memory);
        assertThat(walk.fault).isEqualTo(Fault.NOT_PRESENT);
        assertThat(OneMapping.X86.encode(walk).fields()).containsEntry("cr2", mapping.input);
    }

    @Test
    void whatNoProcessorHasIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OneMapping.format("x86-64", "lam-user=47"))
                .withMessageContaining("off, 48 or 57");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OneMapping.format("x86-64", "lam-sup=on uai=on"))
                .withMessageContaining("not both");
    }
}

package org.memvirt.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.radix.RadixFormat.AccessedUpdate;
import org.memvirt.api.table.PageTableFormat;

class X86RegistersTest {
    private static X86Registers registers(String text) {
        return new X86Registers(OneMapping.options(text), AccessedUpdate.COMPLETED);
    }

    /** The options of a format that differ from its defaults. */
    private static String changed(PageTableFormat format) {
        Map<String, String> now = switch (format) {
            case X86Format x86 -> x86.controls().with(Map.of());
            case EptFormat ept -> ept.controls().with(Map.of());
            default -> Map.of();
        };
        Map<String, String> changed = new TreeMap<>(now);
        format.options().forEach(option -> changed.remove(option.name(), option.defaultText()));
        changed.remove("accessed-update");
        return changed.entrySet().stream()
                .map(each -> each.getKey() + "=" + each.getValue())
                .collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # registers                                                       | format      | options
            cr0=0x1                                                           | unpaged     |
            cr0=0x80010001                                                    | ia32        | pge=off pse=off
            cr0=0x80000001 cr4=0x10                                           | ia32        | pge=off wp=off
            cr0=0x80010001 cr4=0xb0                                           | pae         | nxe=off
            cr0=0x80010001 cr4=0xa0 efer=0x800                                | pae         |
            cr0=0x80010001 cr4=0xa0 efer=0xd00                                | x86-64      |
            cr0=0x80010001 cr4=0xa0 efer=0x900                                | x86-64      |
            CR0=0x80010001 Cr4=0xa0 EFER=0x900                                | x86-64      |
            cr0=0x80010001 cr4=0x10a0 efer=0xd00                              | x86-64-la57 |
            cr0=0x80010001 cr4=0x1000a0 efer=0xd00                            | x86-64      | smep=on
            cr0=0x80010001 cr4=0x2000a0 efer=0xd00 ac=true                    | x86-64      | ac=on smap=on
            cr0=0x80010001 cr4=0x4000a0 efer=0xd00 pkru=0x10                  | x86-64      | pke=on pkru=0x10
            cr0=0x80010001 cr4=0x10000a0 efer=0xd00 pkrs=0x10 maxphyaddr=40   | x86-64      | maxphyaddr=40 pkrs=0x10 pks=on
            cr0=0x80010001 cr4=0xa0 efer=0xd00 vendor=amd                     | x86-64      | vendor=amd
            cr0=0x80010001 cr4=0x10a0 efer=0xd00 vendor=intel                 | x86-64-la57 |
            cr0=0x80010001 cr4=0xa0 efer=0xd00 gbpages=false cbit=47          | x86-64      | cbit=47 gbpages=off
            cr0=0x80010001 cr4=0xb0 efer=0x800 cbit=47 gbpages=false          | pae         | cbit=47
            cr0=0x80010001 cr4=0xb0 efer=0x800 pdpteAccessed=true             | pae         | pdpte-accessed=on
            cr0=0x80010001 cr4=0x90 pse36=false                               | ia32        | pse36=off
            cr0=0x80010001 cr4=0xa0 efer=0xd00 cr3=0x4000000000001000         | x86-64      | lam-user=48
            cr0=0x80010001 cr4=0x100000a0 efer=0xd00 cr3=0x6000000000001000   | x86-64      | lam-sup=on lam-user=57
            cr0=0x80010001 cr4=0xa0 efer=0x100d00                             | x86-64      | uai=on
            """)
    void chooseTheFormatAndItsControls(String text, String format, String options) {
        PageTableFormat chosen = registers(text).format();
        assertThat(chosen.name()).isEqualTo(format);
        assertThat(changed(chosen)).isEqualTo(options == null ? "" : options);
        assertThat(registers(text).stageTwoFormat()).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            eptp=0x1234501e                                   | ept  | 0x1234501e |
            eptp=0x1234505e maxphyaddr=46                     | ept  | 0x1234505e | ad=on maxphyaddr=46
            eptp=0x12345026                                   | ept5 | 0x12345026 |
            eptp=0x1234501e mbec=true                         | ept  | 0x1234501e | mbec=on
            eptp=0x1234501e eptVpidCap=0xf0106334141          | ept  | 0x1234501e |
            eptp=0x1234501e eptVpidCap=0xf0106314140          | ept  | 0x1234501e | gbpages=off xo=off
            eptp=0x1234501e eptVpidCap=0xf0106324141          | ept  | 0x1234501e | 2mpages=off
            eptp=0x1234501e gbpages=false                     | ept  | 0x1234501e |
            eptp=0x12345026 eptVpidCap=0xf01063341c1          | ept5 | 0x12345026 |
            ncr3=0x5000 hostCr4=0x20 hostEfer=0xd00           | npt  | 0x5000     | pse=off
            ncr3=0x5000 hostCr4=0x1020 hostEfer=0x500         | npt  | 0x5000     | mode=5level nxe=off pse=off
            ncr3=0x5000 hostCr4=0x20 hostEfer=0               | npt  | 0x5000     | mode=pae nxe=off pse=off
            ncr3=0x5000 hostCr4=0x20 hostEfer=0xd00 cbit=51 gbpages=false | npt | 0x5000 | cbit=51 gbpages=off pse=off
            ncr3=0x5000 hostCr4=0x10 hostEfer=0               | npt  | 0x5000     | mode=32bit nxe=off
            """)
    void chooseTheSecondStage(String text, String format, String root, String options) {
        X86Registers registers = registers(text);
        assertThat(registers.stageTwoFormat().name()).isEqualTo(format);
        assertThat(changed(registers.stageTwoFormat())).isEqualTo(options == null ? "" : options);
        assertThat(registers.stageTwoRoot()).isEqualTo(Long.decode(root));
    }

    @Test
    void rootsAreTakenAsTheyStand() {
        assertThat(registers("cr0=0 cr3=0xffffffffffffffff").root()).isEqualTo(-1);
        assertThat(registers("cr0=0 cr3=8").root()).isEqualTo(8);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            cr5=0x0                            | no register 'cr5'
            cr3=0xg                            | cr3=0xg is no number
            cr3=0x1000                         | cr3 is given without cr0
            cr0=0x80000001 efer=0x500          | long mode on, which needs CR4.PAE
            cr3=4096                           | cr3=4096 is no number: it is in hexadecimal after 0x: write 0x4096
            cr0=80050033                       | write 0x80050033
            pkru=55555554                      | write 0x55555554
            maxphyaddr=many                    | a count of bits
            vendor=via                         | no vendor 'via'; known are intel, amd
            eptp=0x1e ncr3=0x1000 hostCr4=0x20 hostEfer=0xd00 | give one of them
            ncr3=0x1000                        | without hostCr4
            ncr3=0x1000 hostCr4=0x20           | without hostEfer
            ncr3=0x1000 hostCr4=0x20 hostEfer=0 vendor=intel | vendor is intel
            eptp=0x1e vendor=amd               | vendor is amd
            cr0=0x1 CR0=0x1                    | cr0 is given twice
            ac=maybe                           | ac=maybe is no number
            paging=4level cr0=0x80000001       | do not make the paging mode '4level' but 32bit
            paging=pae cr0=0x1                 | do not make the paging mode 'pae' but none
            """)
    void refuseWhatMakesNoSense(String text, String message) {
        assertThatThrownBy(() -> registers(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void refuseAnEptPointerOfAnotherLength() {
        assertThatThrownBy(() -> registers("eptp=0x16").stageTwoFormat())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 levels");
    }

    /** SDM, "VM-Execution Control Fields": VM entry fails. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            eptp=0x5e eptVpidCap=0xf0106134141 | accessed and dirty flags on | bit 21
            eptp=0x26 eptVpidCap=0xf0106334141 | walk of 5 levels            | bit 7
            eptp=0x1e eptVpidCap=0xf0106334101 | walk of 4 levels            | bit 6
            """)
    void refuseAnEptPointerThatTheProcessorRefuses(String text, String what, String bit) {
        assertThatThrownBy(() -> registers(text).stageTwoFormat())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(what, bit);
    }

    @Test
    void aRootThatIsNotGivenIsTold() {
        assertThat(registers("cr0=0x80000001").missingRoots()).containsExactly("cr3");
        assertThat(registers("cr0=0x80000001 cr3=0x0").missingRoots()).isEmpty();
        assertThat(registers("cr0=0x1").missingRoots()).isEmpty();
    }

    /** Nested paging is AMD's, whatever is said of the maker. */
    @Test
    void overNestedTablesTheGuestsOwnAreReadAsAmdDoes() {
        String guest = "cr0=0x80010001 cr4=0xa0 efer=0xd00 cr3=0x1000";
        assertThat(changed(X86Regime.of(registers(guest + " ncr3=0x5000 hostCr4=0x20 hostEfer=0xd00"))
                .stageOne()
                .getFirst()
                .format()))
                        .isEqualTo("vendor=amd");
        assertThat(changed(X86Regime.of(registers(guest + " eptp=0x501e")).stageOne().getFirst().format())).isEmpty();
    }
}

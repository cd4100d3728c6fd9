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
            cr0=0x80010001 cr4=0x4000a0 efer=0xd00 pkru=0x10                  | x86-64      | pke=on pkru=16
            cr0=0x80010001 cr4=0x10000a0 efer=0xd00 pkrs=0x10 maxphyaddr=40   | x86-64      | maxphyaddr=40 pkrs=16 pks=on
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
            ncr3=0x5000 hostCr4=0x20 hostEfer=0xd00           | npt  | 0x5000     | pse=off
            ncr3=0x5000 hostCr4=0x1020 hostEfer=0x500         | npt  | 0x5000     | mode=5level nxe=off pse=off
            ncr3=0x5000 hostCr4=0x20                          | npt  | 0x5000     | mode=pae nxe=off pse=off
            ncr3=0x5000 hostCr4=0x10                          | npt  | 0x5000     | mode=32bit nxe=off
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
        assertThat(registers("cr0=0 cr3=4096").root()).isEqualTo(4096);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            cr5=0x0                            | no register 'cr5'
            cr3=0xg                            | cr3=0xg is no number
            cr3=0x1000                         | cr3 is given without cr0
            cr0=0x80000001 efer=0x500          | long mode on, which needs CR4.PAE
            eptp=0x1e ncr3=0x1000              | give one of them
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
}

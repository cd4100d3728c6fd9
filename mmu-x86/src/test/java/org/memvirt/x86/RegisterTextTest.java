package org.memvirt.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.Regime;
import org.memvirt.api.radix.RadixFormat.AccessedUpdate;

class RegisterTextTest {
    private static final String LONG_MODE = """
            CPU#0
            RAX=0000000000000000 RBX=0000000000000001 RCX=00000000fbad2084 RDX=00000000034bf710
            RIP=0000000000525339 RFL=00040246 [---Z-P-] CPL=3 II=0 A20=1 SMM=0 HLT=0
            IDT=     fffffe0000000000 00000fff
            CR0=80050033 CR2=00000000005794a9 CR3=0000000004856000 CR4=00751ef0
            DR0=0000000000000000 DR1=0000000000000000 DR2=0000000000000000 DR3=0000000000000000 \s
            EFER=0000000000000d01
            FCW=037f FSW=0000 [ST=0] FTW=00 MXCSR=00001f80
            """;

    private static final String PROTECTED_MODE = """
            EAX=00000000 EBX=00000000 ECX=00000000 EDX=00000663
            EIP=0000fff0 EFL=00000002 [-------] CPL=0 II=0 A20=1 SMM=0 HLT=0
            CR0=80000011 CR2=00000000 CR3=00101000 CR4=00000010
            EFER=0000000000000000
            """;

    private final ArchitectedPageTables x86 = (ArchitectedPageTables) new X86Mmu().architecture();

    @Test
    void readsWhatQemuPrints() {
        assertThat(x86.readRegisters(LONG_MODE))
                .isEqualTo(Map.of(
                        "cr0", "0x80050033",
                        "cr3", "0x0000000004856000",
                        "cr4", "0x00751ef0",
                        "efer", "0x0000000000000d01",
                        "ac", "1"));
        assertThat(x86.readRegisters(PROTECTED_MODE)).containsEntry("cr3", "0x00101000").containsEntry("ac", "0");
        assertThat(x86.readRegisters(LONG_MODE.replace("\n", "\r\n"))).isEqualTo(x86.readRegisters(LONG_MODE));
    }

    @Test
    void whatItReadsMakesARegime() {
        Regime regime = x86.regime(x86.readRegisters(LONG_MODE), AccessedUpdate.DESCENDING);
        assertThat(regime.stageOne().getFirst().format().name()).isEqualTo("x86-64-la57");
        assertThat(regime.stageOne().getFirst().root()).isEqualTo(0x4856000);
        regime = x86.regime(x86.readRegisters(PROTECTED_MODE), AccessedUpdate.DESCENDING);
        assertThat(regime.stageOne().getFirst().format().name()).isEqualTo("ia32");
    }

    @Test
    void theFirstOfSeveralProcessorsCounts() {
        String other = LONG_MODE.replace("CPU#0", "CPU#1").replace("4856000", "1111000");
        assertThat(x86.readRegisters(LONG_MODE + "\n" + other)).containsEntry("cr3", "0x0000000004856000");
        String without = LONG_MODE.replaceAll("EFER=.*\n", "");
        assertThatIllegalArgumentException()
                .as("a register of the second processor")
                .isThrownBy(() -> x86.readRegisters(without + "\n" + other));
    }

    @Test
    void whatIsNoSuchTextIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> x86.readRegisters("PC=ffffa478cec12345 X00=0000000000000000"))
                .withMessageContaining("no 'CR0='");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> x86.readRegisters(LONG_MODE.substring(0, LONG_MODE.indexOf("EFER"))))
                .withMessageContaining("no 'EFER='");
    }
}

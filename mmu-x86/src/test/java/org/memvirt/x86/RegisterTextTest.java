package org.memvirt.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.Regime;
import org.memvirt.api.architecture.RegisterDump;
import org.memvirt.api.radix.RadixFormat.AccessedUpdate;
import org.memvirt.api.walk.Fault;

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

    private static final Map<String, String> ALL = Map.of(
            "cr0", "0x80050033",
            "cr3", "0x0000000004856000",
            "cr4", "0x00751ef0",
            "efer", "0x0000000000000d01",
            "ac", "1");

    private final ArchitectedPageTables x86 = (ArchitectedPageTables) new X86Mmu().architecture();

    @Test
    void readsWhatQemuPrints() {
        assertThat(x86.readRegisters(LONG_MODE)).isEqualTo(new RegisterDump(ALL, List.of(), ""));
        assertThat(x86.readRegisters(PROTECTED_MODE).values())
                .containsEntry("cr3", "0x00101000")
                .containsEntry("ac", "0");
        assertThat(x86.readRegisters(LONG_MODE.replace("\n", "\r\n"))).isEqualTo(x86.readRegisters(LONG_MODE));
    }

    /** As libvirt prints what QMP answers, without {@code --hmp}; one answer in a line, or laid out. */
    @Test
    void readsWhatQemuPrintsInJson() {
        String text = LONG_MODE.replace("\n", "\\r\\n");
        assertThat(x86.readRegisters("{\"return\":\"" + text + "\",\"id\":\"libvirt-17\"}").values()).isEqualTo(ALL);
        assertThat(x86.readRegisters("{\n  \"return\": \"" + text + "\"\n}\n").values()).isEqualTo(ALL);
        RegisterDump two = x86.readRegisters("[{\"return\":\"" + text + text.replace("CPU#0", "CPU#1") + "\"}]");
        assertThat(two).isEqualTo(new RegisterDump(ALL, List.of(), "the first processor, CPU#0"));
    }

    @Test
    void readsWhatGdbPrints() {
        String text = """
                rip            0x525339            0x525339
                eflags         0x40246             [ AC ID=0 IF ZF PF ]
                cr0            0x80050033          [ PG AM WP NE ET MP PE ]
                cr2            0x5794a9            5739689
                cr3            0x4856000           [ PDBR=18518 PCID=0 ]
                cr4            0x751ef0            [ PKE SMAP SMEP OSXSAVE PCIDE FSGSBASE ]
                cr8            0x0                 0
                efer           0xd01               [ NXE LMA LME SCE ]
                """;
        assertThat(x86.readRegisters(text).values())
                .isEqualTo(
                        Map.of("cr0", "0x80050033", "cr3", "0x4856000", "cr4", "0x751ef0", "efer", "0xd01", "ac", "1"));
        String two = "\nThread 2 (Thread 1.2 (CPU#1 [halted ])):\n" + text
                + "\nThread 1 (Thread 1.1 (CPU#0 [running])):\n" + text.replace("4856000", "1111000");
        assertThat(x86.readRegisters(two).values()).containsEntry("cr3", "0x4856000");
        assertThat(x86.readRegisters(two).choice()).isEqualTo("the first processor, CPU#1");
    }

    /** As scripts keep them; a number without quotes would be decimal there, and is not taken. */
    @Test
    void readsMembersOfJson() {
        assertThat(x86.readRegisters("""
                {"cpu": 0, "cr0": "0x80050033", "cr3" : "0x4856000", "cr4":"0x751ef0", "efer": "0xd01"}
                """).values())
                .isEqualTo(Map.of("cr0", "0x80050033", "cr3", "0x4856000", "cr4", "0x751ef0", "efer", "0xd01"));
        assertThat(x86.readRegisters("{\"cr0\": \"0x80050033\", \"cr3\": 75849728}").missing())
                .containsExactly("cr3", "cr4", "efer");
    }

    /** Of the kernel's registers EFER is not among those printed; the user's flags come last. */
    @Test
    void readsWhatAKernelsOopsPrints() {
        String text = """
                [   12.345678] CPU: 3 PID: 1 Comm: sh Not tainted 6.1.0 #1
                [   12.345678] RIP: 0010:sysrq_handle_crash+0x16/0x20
                [   12.345678] RSP: 0018:ffffb1c580013e38 EFLAGS: 00010246
                [   12.345678] CS:  0010 DS: 0000 ES: 0000 CR0: 0000000080050033
                [   12.345678] CR2: 0000000000000000 CR3: 0000000004856000 CR4: 00000000007506f0
                [   12.345678] PKRU: 55555554
                [   12.345678] RIP: 0033:0x7f8d5a2b1473
                [   12.345678] RSP: 002b:00007ffd0e2a7a58 EFLAGS: 00040246
                """;
        assertThat(x86.readRegisters(text))
                .isEqualTo(new RegisterDump(
                        Map.of(
                                "cr0", "0x0000000080050033",
                                "cr3", "0x0000000004856000",
                                "cr4", "0x00000000007506f0",
                                "ac", "0"),
                        List.of("efer"),
                        ""));
        assertThat(x86.readRegisters(text + text).choice()).isEqualTo("the first processor, CPU 3");
    }

    /** What KVM writes to the kernel's log when an entry fails. */
    @Test
    void readsWhatKvmPrintsOfAGuest() {
        assertThat(x86.readRegisters("""
                *** Guest State ***
                CR0: actual=0x0000000080050033, shadow=0x0000000060000010, gh_mask=fffffffffffefff7
                CR4: actual=0x00000000003726f0, shadow=0x00000000001706a0, gh_mask=fffffffffffef871
                CR3 = 0x0000000004856000
                EFER= 0x0000000000000d01
                """).values())
                .isEqualTo(Map.of(
                        "cr0", "0x0000000080050033",
                        "cr3", "0x0000000004856000",
                        "cr4", "0x00000000003726f0",
                        "efer", "0x0000000000000d01"));
    }

    @Test
    void whatItReadsMakesARegime() {
        Regime regime = x86.regime(x86.readRegisters(LONG_MODE).values(), AccessedUpdate.DESCENDING);
        assertThat(regime.stageOne().getFirst().format().name()).isEqualTo("x86-64-la57");
        assertThat(regime.stageOne().getFirst().root()).isEqualTo(0x4856000);
        regime = x86.regime(x86.readRegisters(PROTECTED_MODE).values(), AccessedUpdate.DESCENDING);
        assertThat(regime.stageOne().getFirst().format().name()).isEqualTo("ia32");
    }

    @Test
    void theFirstOfSeveralProcessorsCounts() {
        String other = LONG_MODE.replace("CPU#0", "CPU#1").replace("4856000", "1111000");
        assertThat(x86.readRegisters(LONG_MODE + "\n" + other))
                .isEqualTo(new RegisterDump(ALL, List.of(), "the first processor, CPU#0"));
        assertThat(x86.readRegisters((LONG_MODE + other).replaceAll("CPU#.", "")).values())
                .as("without headings")
                .containsEntry("cr3", "0x0000000004856000");
        String without = LONG_MODE.replaceAll("EFER=.*\n", "");
        assertThat(x86.readRegisters(without + "\n" + other).missing())
                .as("a register of the second processor")
                .containsExactly("efer");
    }

    @Test
    void whatIsNoSuchTextIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> x86.readRegisters("PC=ffffa478cec12345 X00=0000000000000000"))
                .withMessageContaining("no 'CR0=80050033'");
        assertThat(x86.readRegisters(LONG_MODE.substring(0, LONG_MODE.indexOf("EFER"))).missing())
                .containsExactly("efer");
    }

    /** QEMU without KVM sets bit 5 of PAE's directory pointers, which hardware reserves. */
    @Test
    void thePointersOfAQemuMachineMayBeMarked() {
        String pae = PROTECTED_MODE.replace("CR4=00000010", "CR4=000006b0");
        assertThat(x86.readRegisters(pae).values()).containsEntry("pdpteAccessed", "true");
        assertThat(x86.readRegisters(PROTECTED_MODE).values()).doesNotContainKey("pdpteAccessed");
        assertThat(x86.readRegisters("CR0: 80050033 CR3: 00001000 CR4: 000006b0\n").values())
                .as("a kernel's oops")
                .doesNotContainKey("pdpteAccessed");
        OneMapping marked = new OneMapping("pae", "pdpte-accessed=on pdptes=memory", 12).bend(3, 0, EntryBits.ACCESSED);
        assertThat(marked.access(Rights.USER_READ).outputAddress).isEqualTo(marked.output);
        OneMapping reserved = new OneMapping("pae", "pdptes=memory", 12).bend(3, 0, EntryBits.ACCESSED);
        assertThat(reserved.access(Rights.USER_READ).fault).isEqualTo(Fault.RESERVED_BIT);
    }

    @Test
    void theKernelsNoteTellsTheEncryptionBit() {
        assertThat(x86.readVmcoreinfo("OSRELEASE=6.1.0\nNUMBER(phys_base)=0\nNUMBER(sme_mask)=140737488355328\n"))
                .isEqualTo(Map.of("cbit", "47"));
        assertThat(x86.readVmcoreinfo("NUMBER(sme_mask)=0\n")).isEmpty();
        assertThat(x86.readVmcoreinfo("OSRELEASE=6.1.0\n")).isEmpty();
    }
}

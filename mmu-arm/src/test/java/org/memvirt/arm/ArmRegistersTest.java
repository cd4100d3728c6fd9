package org.memvirt.arm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.Regime;
import org.memvirt.api.architecture.RegisterDump;
import org.memvirt.api.radix.RadixFormat.AccessedUpdate;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.table.Unpaged;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;

class ArmRegistersTest {
    /** Linux's, with 48 bits and the granule of 4K in both halves. */
    private static final String LINUX =
            "sctlr=0x82000018fc74f91d tcr_el1=0x15001f5b5503510 ttbr0_el1=0x42407001 ttbr1_el1=0x2000041853001";

    private final ArchitectedPageTables arm = (ArchitectedPageTables) new ArmMmu().architecture();

    private Regime regime(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String one : text.split(" ")) {
            values.put(one.split("=")[0], one.split("=")[1]);
        }
        return arm.regime(values, AccessedUpdate.DESCENDING);
    }

    /** The status of the fault of a walk in empty tables, and after how many references; or "none". */
    private String faultAt(Regime regime, long address, int access) {
        TableRoot root = regime.stageOne(address);
        Walk walk = Walk.outer();
        walk.start(root.root(), address, access);
        root.format().walk(walk, new HostPort(new PhysicalMemory(1L << 32)));
        return walk.succeeded() ? "none"
                : "0x%x after %d".formatted(regime.encode(walk).fields().get("fst"), walk.trail.length());
    }

    @Test
    void bothHalvesAreSetUp() {
        Regime regime = regime(LINUX);
        assertThat(regime.stageOne()).extracting(root -> root.format().name()).containsExactly("aarch64-4k",
                "aarch64-4k");
        assertThat(regime.stageOne()).extracting(TableRoot::root).containsExactly(0x42407001L, 0x2000041853001L);
        assertThat(regime.stageOne(0x1000)).isSameAs(regime.stageOne().getFirst());
        assertThat(regime.stageOne(-1)).isSameAs(regime.stageOne().getLast());
        assertThat(regime.stageTwo()).isNull();
        assertThat(regime.missingRoots()).isEmpty();
        assertThat(regime.stageOne().getFirst().format().outputBits()).isEqualTo(48);
        assertThat(regime.stageOne().getFirst().format().ignoresTags()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # T0SZ 25, 4K; T1SZ 16, 16K, 48 bits
            0x540100019  | aarch64-4k 39 48 | aarch64-16k 48 48
            # 64K in both, 52 bits; IPS 6
            0x6c00c400c  | aarch64-64k 52 52 | aarch64-64k 52 52
            # DS: 52 bits with 4K
            0x8000006800c000c | aarch64-4k 52 52 | aarch64-4k 52 52
            # IPS 6 without DS is 48 bits
            0x680100010  | aarch64-4k 48 48 | aarch64-4k 48 48
            """)
    void sizesAndGranulesAreThoseOfTcr(String tcr, String lower, String upper) {
        Regime regime = regime("sctlr_el1=0x1 tcr_el1=" + tcr + " ttbr0_el1=0x1000 ttbr1_el1=0x2000");
        assertThat(described(regime.stageOne().getFirst())).isEqualTo(lower);
        assertThat(described(regime.stageOne().getLast())).isEqualTo(upper);
    }

    private static String described(TableRoot root) {
        return "%s %d %d".formatted(root.format().name(), root.format().inputBits(), root.format().outputBits());
    }

    /** A guest's kernel keeps both halves, of one granule, each of its own size. */
    @Test
    void aMachineThatMakesItsTablesHasBothHalves() {
        PageTableFormat both = regime("sctlr_el1=0x1 tcr_el1=0x1580100019").format();
        assertThat(both.name()).isEqualTo("aarch64-4k");
        assertThat(both.roots()).isEqualTo(2);
        assertThat(both.ofRoot(0).inputBits()).isEqualTo(39);
        assertThat(both.ofRoot(1).inputBits()).isEqualTo(48);
        assertThat(arm.tagWidths(both, null).asidBits()).isEqualTo(16);
        // TBI0: of the lower one alone.
        PageTableFormat tagged = regime("sctlr_el1=0x1 tcr_el1=0x2580100019").format();
        assertThat(tagged.ignoresTags()).isTrue();
        assertThat(tagged.untagged(0xab00_0000_0000_1234L, Rights.USER_READ)).isEqualTo(0x1234);
        assertThat(tagged.untagged(0xab80_0000_0000_1234L, Rights.USER_READ)).isEqualTo(0xab80_0000_0000_1234L);
        // E0PD1 keeps EL0 from the upper one.
        PageTableFormat kept = regime("sctlr_el1=0x1 tcr_el1=0x100000580100019").format();
        assertThat(kept.roots()).isEqualTo(2);
        assertThat(kept.ofRoot(1).kernelBase()).isEqualTo(-1L << 48);
        // EPD1: the lower half alone.
        assertThat(regime("sctlr_el1=0x1 tcr_el1=0x580900019").format().roots()).isOne();
        assertThat(regime("sctlr_el1=0x0").format()).isInstanceOf(Unpaged.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0x540100019 | the granule of TTBR0's tables is 4k, that of TTBR1's 16k
            0x58010000c | keep hardware from the tables of AArch64 stage 1, 4K granule: the lower half
            """)
    void tablesThatNoGuestKeepsAreRefused(String tcr, String message) {
        assertThatThrownBy(() -> regime("sctlr_el1=0x1 tcr_el1=" + tcr).format())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void whatIsRefusedEndsBeforeTheFirstReference() {
        String usual = "sctlr_el1=0x1 ttbr0_el1=0x1000 ttbr1_el1=0x2000 tcr_el1=";
        long tcr = 0x5b5103510L;
        assertThat(faultAt(regime(usual + "0x5b5103510"), 0x1000, Rights.USER_READ)).isEqualTo("0x4 after 1");
        // EPD1: translation fault at level 0, and no tables to list.
        Regime disabled = regime(usual + "0x%x".formatted(tcr | 1L << 23));
        assertThat(disabled.stageOne()).hasSize(1);
        assertThat(faultAt(disabled, -4096, Rights.SUPERVISOR_READ)).isEqualTo("0x4 after 0");
        // E0PD1 keeps EL0 out.
        Regime e0pd = regime(usual + "0x%x".formatted(tcr | 1L << 56));
        assertThat(e0pd.stageOne()).hasSize(2);
        assertThat(faultAt(e0pd, -4096, Rights.SUPERVISOR_READ)).isEqualTo("0x4 after 1");
        assertThat(faultAt(e0pd, -4096, Rights.USER_READ)).isEqualTo("0x4 after 0");
        // A root beyond IPS: address size fault at level 0, but for addresses that are too wide.
        Regime far = regime("sctlr_el1=0x1 ttbr0_el1=0x400000000000 ttbr1_el1=0x2000 tcr_el1=0x4b5103510");
        assertThat(faultAt(far, 0x1000, Rights.USER_READ)).isEqualTo("0x0 after 0");
        assertThat(faultAt(far, 1L << 50, Rights.USER_READ)).isEqualTo("0x4 after 0");
        // T0SZ below what the granule allows.
        assertThat(faultAt(regime(usual + "0x5b510350c"), 0x1000, Rights.USER_READ)).isEqualTo("0x4 after 0");
    }

    @Test
    void aProcessorLacksWhatItsIdentificationSays() {
        String registers = LINUX + " id_aa64mmfr0_el1=0x1124 id_aa64mmfr1_el1=0x0 id_aa64mmfr2_el1=0x0";
        Regime old = regime(registers);
        assertThat(old.stageOne().getFirst().format().outputBits()).isEqualTo(44);
        assertThat(old.stageOne().getFirst().format().attributesSetByHardware()).isZero();
        assertThat(regime(LINUX).stageOne().getFirst().format().attributesSetByHardware()).isNotZero();
    }

    @Test
    void translationThatIsOffTakesPhysicalAddresses() {
        Regime off = regime("sctlr_el1=0x0 tcr_el1=0x2000000000 id_aa64mmfr0=0x1124");
        assertThat(off.stageOne()).singleElement()
                .satisfies(root -> assertThat(root.format()).isInstanceOf(Unpaged.class));
        assertThat(faultAt(off, 1L << 43, Rights.USER_READ)).isEqualTo("none");
        assertThat(faultAt(off, 1L << 44, Rights.USER_READ)).isEqualTo("0x0 after 0");
        assertThat(faultAt(off, 0xab00_0000_0000_1000L, Rights.USER_READ)).isEqualTo("none");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            hcr_el2=0x1 vtcr_el2=0x80053558 vttbr_el2=0x5000                | aarch64-s2-4k 40 48 3
            hcr_el2=0x1000 vtcr_el2=0x80053558 vttbr_el2=0x5000             | aarch64-s2-4k 40 48 3
            vtcr_el2=0x80053590 vttbr_el2=0x5000                            | aarch64-s2-4k 48 48 4
            vtcr_el2=0x80057552 vttbr_el2=0x5000                            | aarch64-s2-64k 46 48 2
            """)
    void stageTwoIsThatOfVtcr(String text, String expected) {
        Regime regime = regime("sctlr_el1=0x0 " + text);
        TableRoot below = regime.stageTwo();
        assertThat(below).isNotNull();
        assertThat(described(below) + " " + below.format().levels()).isEqualTo(expected);
        assertThat(regime("sctlr_el1=0x0 hcr_el2=0x0 vttbr_el2=0x5000").stageTwo()).isNull();
    }

    @Test
    void rootsThatAreMissingAreTold() {
        assertThat(regime("sctlr_el1=0x1 tcr_el1=0x5b5103510 ttbr0_el1=0x1000").missingRoots())
                .containsExactly("ttbr1_el1");
        assertThat(regime("sctlr_el1=0x1 tcr_el1=0x5b5903510 ttbr0_el1=0x1000").missingRoots()).isEmpty();
        assertThat(regime("sctlr_el1=0x0 hcr_el2=0x1 vtcr_el2=0x80053558").missingRoots()).containsExactly("vttbr_el2");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            cr3=0x1000                      | no register 'cr3'
            tcr_el1=0x10                    | tcr_el1 is given without sctlr_el1, whose bit 0 turns translation on
            sctlr_el1=10                    | register sctlr_el1=10 is no number: it is in hexadecimal after 0x: write 0x10
            sctlr=0x1 sctlr_el1=0x1         | register sctlr_el1 is given twice
            sctlr_el1=0x1 id_aa64mmfr0=0xff000006 | without any granule
            """)
    void wrongRegistersAreNamed(String text, String message) {
        assertThatThrownBy(() -> regime(text)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void textsOfDebuggersAreRead() {
        RegisterDump gdb = arm.readRegisters("""
                cpsr           0x60401000          1614811136
                SCTLR          0x82000018fc74f91d  -9079256736735659747
                TCR_EL1        0x15001f5b5503510   94575693420590352
                TTBR0_EL1      0x42407001          1111519233
                TTBR1_EL1      0x2000041853001     562951049588737
                TCR_EL2        0x0                 0
                ID_AA64MMFR0_EL1 0x1124            4388
                """);
        assertThat(gdb.values())
                .containsOnly(
                        Map.entry("pan", "1"),
                        Map.entry("sctlr_el1", "0x82000018fc74f91d"),
                        Map.entry("tcr_el1", "0x15001f5b5503510"),
                        Map.entry("ttbr0_el1", "0x42407001"),
                        Map.entry("ttbr1_el1", "0x2000041853001"),
                        Map.entry("id_aa64mmfr0", "0x1124"));
        assertThat(gdb.missing()).isEmpty();
        assertThat(gdb.choice()).isEmpty();
        RegisterDump qemu = arm.readRegisters("CPU#0\nPSTATE=60001000\nTCR_EL1 = 0x10\nCPU#1\nTCR_EL1 = 0x20\n");
        assertThat(qemu.values()).containsOnly(Map.entry("pan", "0"), Map.entry("tcr_el1", "0x10"));
        assertThat(qemu.missing()).containsExactly("sctlr_el1", "ttbr0_el1", "ttbr1_el1");
        assertThat(qemu.choice()).isEqualTo("the first processor, CPU#0");
        assertThatThrownBy(() -> arm.readRegisters("PSTATE=60001000 X00=0"))
                .hasMessageContaining("info registers system");
    }

    @Test
    void allRegistersHaveNames() {
        assertThat(arm.registers()).containsAll(List.of("tcr_el1", "vtcr_el2", "pan", "id_aa64mmfr2"));
    }
}

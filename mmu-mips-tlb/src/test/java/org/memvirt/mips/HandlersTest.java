package org.memvirt.mips;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.AddressLayout;
import org.memvirt.api.architecture.HandlerLengths;
import org.memvirt.api.tlb.TlbPreset;

/** How a kernel's handlers of TLB exceptions are chosen, how long they are, and where a linear page table lies. */
class HandlersTest {
    private static final MipsArchitecture USUAL = new MipsArchitecture();
    private static final MipsArchitecture LINEAR = USUAL.with(Map.of("table", "linear"));

    private static TlbPreset preset(String name) {
        return USUAL.tlbPresets().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
    }

    /** What Linux prints when it builds them: 19 on a 4Kc, 23 on a 34K, 30 on an R4600; the others 31 to 43, 30 to 42. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            4kc,      19, 31, 31, 30
            24kf,     23, 31, 31, 30
            34kf,     23, 31, 31, 30
            5kec,     30, 43, 43, 42
            mips64r2, 30, 43, 43, 42
            """)
    void theyAreAsLongAsLinuxSays(String name, int refill, int load, int store, int modify) {
        HandlerLengths lengths = USUAL.handlerLengths(preset(name));
        assertThat(lengths).isEqualTo(new HandlerLengths(lengths.source(), refill, load, store, modify, 0, 0));
        assertThat(lengths.source()).contains("tlbex.c", "estimate");
    }

    /** MFC0, SRA where an entry has 4 bytes, LW, LW, SRL, MTC0, SRL, MTC0, EHB, TLBWR, ERET. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            4kc,      11, 3, 31
            24kf,     11, 3, 31
            5kec,     10, 2, 43
            mips64r2, 10, 2, 43
            """)
    void withALinearTableTheFirstIsShorterAndHasASecondOne(String name, int refill, int untilLoad, int load) {
        HandlerLengths lengths = LINEAR.handlerLengths(preset(name));
        assertThat(lengths.refill()).isEqualTo(refill);
        assertThat(lengths.untilLoad()).isEqualTo(untilLoad);
        assertThat(lengths.nested()).isEqualTo(20);
        assertThat(lengths.load()).isEqualTo(load);
        assertThat(lengths.source()).contains("R4000", "Jacob and Mudge", "tlbex.c");
    }

    @Test
    void lengthsCanBeGiven() {
        Map<String, String> given =
                Map.of("table", "linear", "refill", "2", "load", "5", "store", "6", "modify", "7", "nested", "300");
        HandlerLengths lengths = USUAL.with(given).handlerLengths(preset("24kf"));
        assertThat(lengths).isEqualTo(new HandlerLengths(lengths.source(), 2, 5, 6, 7, 2, 300));
        assertThat(lengths.source()).endsWith("Some are given.");
        assertThat(LINEAR.handlerLengths(preset("24kf")).source()).doesNotContain("given.");
        assertThat(USUAL.with(Map.of("store", "1", "load", "100000")).handlerLengths(preset("4kc")).load())
                .isEqualTo(100_000);
        assertThat(USUAL.options()).extracting(option -> option.name())
                .containsExactly("table", "refill", "load", "store", "modify", "nested");
        HandlerLengths walking = USUAL.with(Map.of("refill", "1e2")).handlerLengths(preset("5kec"));
        assertThat(walking).isEqualTo(new HandlerLengths(walking.source(), 100, 43, 43, 42, 0, 0));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            table=hashed  | MMU mips-tlb: table=hashed; it is forward-mapped or linear
            refill=0      | MMU mips-tlb: refill=0; a handler has 1 to 100000 instructions
            modify=100001 | MMU mips-tlb: modify=100001; a handler has 1 to 100000 instructions
            store=many    | store=many
            nested=20     | MMU mips-tlb: nested is of table=linear alone
            wired=1       | MMU mips-tlb has no option 'wired'; it has table, refill, load, store, modify, nested
            """)
    void whatNoHandlerIsIsRefused(String option, String message) {
        String[] parts = option.split("=");
        assertThatThrownBy(() -> USUAL.with(Map.of(parts[0], parts[1])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void withoutALinearTableThereIsNone() {
        for (TlbPreset preset : USUAL.tlbPresets()) {
            assertThat(USUAL.layout(preset).hasLinearTable()).isFalse();
        }
        AddressLayout narrow = USUAL.layout(preset("24kf"));
        assertThat(narrow).isEqualTo(new AddressLayout(1L << 31, 0xffff_ffff_8000_0000L, 1L << 29, 32));
        AddressLayout wide = USUAL.layout(preset("5kec"));
        assertThat(wide).isEqualTo(new AddressLayout(1L << 42, 0x9800_0000_0000_0000L, 1L << 36, 36));
        assertThat(USUAL.deprivilegedLayout(preset("24kf")))
                .isEqualTo(new AddressLayout(1L << 31, 0xffff_ffff_c000_0000L, 1L << 29, 32));
        assertThat(USUAL.deprivilegedLayout(preset("5kec")))
                .isEqualTo(new AddressLayout(1L << 42, 0x4000_0000_0000_0000L, 1L << 36, 36));
        assertThat(USUAL.deprivilegedLayout(preset("4kc"))).as("a 4Kc has no supervisor mode").isNull();
    }

    /** Each entry is where Context leads, halved where it has 4 bytes, or XContext, once PTEBase holds the table's address. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            4kc,      false
            24kf,     false
            34kf,     true
            5kec,     false
            mips64r2, true
            """)
    void aLinearTableLiesWhereContextLeads(String name, boolean deprivileged) {
        TlbPreset preset = preset(name);
        MipsModel model = Presets.model(preset);
        AddressLayout layout = deprivileged
                ? Objects.requireNonNull(LINEAR.deprivilegedLayout(preset))
                : LINEAR.layout(preset);
        MipsProcessor cpu = new MipsProcessor(new MipsTlb(model, 0));
        Register register = model.is64() ? Register.XCONTEXT : Register.CONTEXT;
        for (long address : new long[] {0, 0x2000, 0x1234_5000, 0x7fff_f000, layout.userEnd() - 4096}) {
            cpu.write(register, model.is64() ? layout.linearBase() : layout.linearBase() << 1);
            cpu.write(Register.STATUS, model.is64() ? Status.UX : 0);
            assertThat(cpu.access(address, Rights.READ, 4)).isFalse();
            long read = cpu.read(register);
            long pairAt = model.is64() ? read : (int) read >> 1;
            assertThat(pairAt)
                    .as("%#x", address)
                    .isEqualTo(layout.linearBase() + (address >>> 13) * 2 * (model.is64() ? 8 : 4));
            assertThat(model.segment(pairAt).isMapped).isTrue();
            int mode = deprivileged ? Mode.SUPERVISOR : Mode.KERNEL;
            long status = model.is64() ? Status.KX | Status.SX | Status.UX : 0;
            assertThat(model.segment(pairAt).isLegal(mode, status)).isTrue();
            assertThat(model.segment(pairAt).isLegal(Mode.USER, status)).isFalse();
            assertThat(Long.compareUnsigned(pairAt - layout.unmappedBase(), layout.unmappedBytes()))
                    .as("it does not lie where the kernel itself is linked")
                    .isNotNegative();
        }
    }

    @Test
    void inSupervisorModeTheLinearTableTakesTheEndOfTheSegment() {
        assertThat(LINEAR.deprivilegedLayout(preset("24kf"))).isEqualTo(new AddressLayout(
                1L << 31, 0xffff_ffff_c000_0000L, 508L << 20, 32, 0xffff_ffff_dfc0_0000L));
        assertThat(LINEAR.deprivilegedLayout(preset("mips64r2"))).isEqualTo(new AddressLayout(
                1L << 42, 0x4000_0000_0000_0000L, 1L << 36, 36, 0x4000_0010_0000_0000L));
        assertThat(LINEAR.deprivilegedLayout(preset("4kc"))).isNull();
    }

    /** The lowest tables of all formats are one page each, and nothing above them restricts what they allow. */
    @Test
    void everyTableOfLinuxCanBeLaidOutLinearly() {
        USUAL.formats().forEach(format -> assertThat(format.isLinear()).as(format.name()).isTrue());
        assertThat(SoftwareTable.wide(14).isLinear()).isTrue();
        assertThat(SoftwareTable.wide(16).isLinear()).isTrue();
    }
}

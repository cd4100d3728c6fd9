package org.memvirt.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.MmuArchitecture;
import org.memvirt.api.architecture.MmuProvider;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.NestedTlbPreset;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;

class X86MmuTest {
    private final ArchitectedPageTables x86 = OneMapping.X86;

    @Test
    void isFoundAsAService() {
        assertThat(ServiceLoader.load(MmuProvider.class))
                .filteredOn(provider -> provider.name().equals("x86"))
                .singleElement()
                .isInstanceOf(X86Mmu.class);
    }

    @Test
    void firstFormatsOfEachStageAreTheUsualOnes() {
        assertThat(x86.formats().stream().filter(format -> format.stages().contains(Stage.STAGE_1)))
                .extracting(PageTableFormat::name)
                .containsExactly("x86-64", "x86-64-la57", "pae", "ia32");
        assertThat(x86.formats().stream().filter(format -> format.stages().contains(Stage.STAGE_2)))
                .extracting(PageTableFormat::name)
                .containsExactly("ept", "ept5", "npt");
    }

    @Test
    void tagsArePcidAndVpid() {
        assertThat(x86.tagWidths()).isEqualTo(new MmuArchitecture.TagWidths(12, 16));
    }

    @Test
    void presetsHaveNamesOfTheirOwnAndSources() {
        assertThat(x86.tlbPresets()).extracting(TlbPreset::name).doesNotHaveDuplicates().startsWith("reference");
        assertThat(x86.walkCachePresets())
                .extracting(WalkCachePreset::name)
                .doesNotHaveDuplicates()
                .startsWith("reference");
        assertThat(x86.nestedTlbPresets())
                .extracting(NestedTlbPreset::name)
                .doesNotHaveDuplicates()
                .startsWith("reference");
        assertThat(x86.tlbPresets()).allSatisfy(preset -> assertThat(preset.source()).isNotBlank());
        assertThat(x86.walkCachePresets()).allSatisfy(preset -> assertThat(preset.source()).isNotBlank());
        assertThat(x86.nestedTlbPresets()).allSatisfy(preset -> assertThat(preset.source()).isNotBlank());
    }

    /** Every preset holds small pages of code and of data at each of its levels. */
    @Test
    void tlbPresetsServeCodeAndData() {
        for (TlbPreset preset : x86.tlbPresets()) {
            for (int level = 1; level <= 2; level++) {
                int at = level;
                List<TlbPreset.Group> groups =
                        preset.groups().stream().filter(group -> group.level() == at).toList();
                assertThat(groups.stream().filter(TlbPreset.Group::code)).as(preset.name()).hasSize(1);
                assertThat(groups.stream().filter(TlbPreset.Group::data)).as(preset.name()).hasSize(1);
                assertThat(groups).allSatisfy(group -> assertThat(group.arrays().getFirst().pageShifts())
                        .first()
                        .isEqualTo(12));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "reference, l1i, 128 8 16, 1", "reference, l1d, 64 4 16, 1", "reference, l2, 1536 12 128, 1",
        "skylake, l2, 1536 12 128, 2", "nehalem, l2, 512 4 128, 1", "haswell, l2, 1024 8 128, 1",
        "zen2, l1d, 64 64 1, 1", "zen2, l2d, 2048 16 128, 1", "zen4, l2d, 3072 24 128, 2", "jaguar, l2d, 512 4 128, 2",
        "golden-cove, l1d, 96 6 16, 3"
    })
    void tlbGeometryIsAsItsSourceTells(String preset, String group, String geometry, int arrays) {
        TlbPreset.Group found = x86.tlbPresets().stream()
                .filter(each -> each.name().equals(preset))
                .flatMap(each -> each.groups().stream())
                .filter(each -> each.name().equals(group))
                .findFirst()
                .orElseThrow();
        TlbPreset.Array first = found.arrays().getFirst();
        assertThat("%d %d %d".formatted(first.entries(), first.ways(), first.sets())).isEqualTo(geometry);
        assertThat(found.arrays()).hasSize(arrays);
    }

    @Test
    void referenceCachesAreTheYardsticks() {
        assertThat(x86.walkCachePresets().getFirst().kind()).isEqualTo(WalkCachePreset.Kind.PREFIX);
        assertThat(x86.walkCachePresets().getFirst().arrays())
                .containsExactly(
                        new WalkCachePreset.Array(1, 1, 32),
                        new WalkCachePreset.Array(2, 1, 4),
                        new WalkCachePreset.Array(3, 1, 4));
        assertThat(x86.nestedTlbPresets().getFirst().sets()).isEqualTo(1);
        assertThat(x86.nestedTlbPresets().getFirst().ways()).isEqualTo(32);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            x86-64 | maxphyaddr=53          | maxphyaddr=53: it is 32 to 52
            x86-64 | maxphyaddr=31          | maxphyaddr=31: it is 32 to 52
            x86-64 | maxphyaddr=many        | maxphyaddr=many: 'many' is no whole number
            x86-64 | pkru=0x100000000       | pkru=0x100000000: it is a number of 32 bits
            x86-64 | pkru=keys              | pkru=keys: it is a number of 32 bits
            x86-64 | pkru=-1                | pkru=-1: it is a number of 32 bits
            x86-64 | wp=yes                 | wp=yes: it is on or off
            x86-64 | accessed-update=never  | accessed-update=never: it is descending or completed
            x86-64 | pse=on                 | format x86-64 has no option 'pse'
            ept    | wp=on                  | format ept has no option 'wp'
            """)
    void wrongOptionsAreNamed(String format, String option, String message) {
        assertThatThrownBy(() -> OneMapping.format(format, option))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource({"x86-64, 32", "x86-64, 52", "ept, 32", "ept, 52", "ia32, 32"})
    void physicalAddressesHave32To52Bits(String format, int bits) {
        assertThat(OneMapping.format(format, "maxphyaddr=" + bits).outputBits()).isEqualTo(bits);
    }

    @Test
    void everyFormatSaysWhatItIs() {
        assertThat(x86.formats()).allSatisfy(format -> assertThat(format.description()).isNotBlank());
        assertThat(new X86Mmu().description()).isNotBlank();
    }

    @Test
    void optionsGivenBeforeStay() {
        PageTableFormat format = OneMapping.format("x86-64", "maxphyaddr=40").with(Map.of("wp", "off"));
        assertThat(format.outputBits()).isEqualTo(40);
        assertThat(OneMapping.format("ept", "maxphyaddr=40").with(Map.of("ad", "on")).outputBits()).isEqualTo(40);
    }

    @Test
    void addressOutsideTheMachineIsAMachineCheck() {
        Walk walk = Walk.outer();
        walk.start(0, 0x1234, Rights.USER_READ);
        walk.fail(Fault.OUT_OF_BOUNDS, 1, 0);
        assertThat(x86.encode(walk).name()).isEqualTo("#MC");
    }

    @Test
    void faultThatX86LacksIsRefused() {
        Walk walk = Walk.outer();
        walk.start(0, 0x1234, Rights.USER_READ);
        walk.fail(Fault.ACCESS_FLAG, 1, 0);
        assertThatThrownBy(() -> x86.encode(walk)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"x86-64, 12", "x86-64-la57, 12", "pae, 0", "ia32, 0"})
    void addressSpaceTagsExistInLongModeAlone(String format, int bits) {
        assertThat(OneMapping.X86.tagWidths(OneMapping.format(format, ""), null))
                .isEqualTo(new MmuArchitecture.TagWidths(bits, 16));
    }

    @Test
    void theSecondStageTellsWhoseInvalidationsHold() {
        assertThat(OneMapping.X86.invalidations(null).name()).isEqualTo("Intel");
        assertThat(OneMapping.X86.invalidations(OneMapping.format("ept", "")).name()).isEqualTo("Intel");
        assertThat(OneMapping.X86.invalidations(OneMapping.format("npt", "")).name()).isEqualTo("AMD");
    }

    @ParameterizedTest
    @CsvSource({"ia32, '', 32, 40", "ia32, pse36=off, 32, 32", "ia32, maxphyaddr=36, 32, 36", "pae, '', 52, 52"})
    void pagesOf4MiBAloneLieAbove4GiB(String format, String options, int small, int large) {
        var made = OneMapping.format(format, options);
        assertThat(made.outputBits(made.pageShifts().getFirst())).isEqualTo(small);
        assertThat(made.outputBits(made.pageShifts().getLast())).isEqualTo(large);
    }
}

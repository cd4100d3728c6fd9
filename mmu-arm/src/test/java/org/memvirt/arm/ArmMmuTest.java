package org.memvirt.arm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
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
import org.memvirt.api.table.Unpaged;
import org.memvirt.api.tlb.NestedTlbPreset;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.arm.invalidation.ArmInvalidations;

class ArmMmuTest {
    private final ArchitectedPageTables arm = (ArchitectedPageTables) new ArmMmu().architecture();

    private PageTableFormat format(String name, String options) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String option : options.isEmpty() ? new String[0] : options.split(" ")) {
            values.put(option.split("=", 2)[0], option.split("=", 2)[1]);
        }
        return arm.formats().stream()
                .filter(format -> format.name().equals(name))
                .findFirst()
                .orElseThrow()
                .with(values);
    }

    @Test
    void isFoundByItsName() {
        assertThat(ServiceLoader.load(MmuProvider.class))
                .filteredOn(provider -> provider.name().equals("arm"))
                .singleElement()
                .isInstanceOf(ArmMmu.class)
                .satisfies(provider -> assertThat(provider.description()).isNotBlank());
    }

    @Test
    void formatsAreThoseOfTheGranulesByStage() {
        assertThat(arm.formats().stream().filter(format -> format.stages().contains(Stage.STAGE_1)))
                .extracting(PageTableFormat::name)
                .containsExactly("aarch64-4k", "aarch64-16k", "aarch64-64k");
        assertThat(arm.formats().stream().filter(format -> format.stages().contains(Stage.STAGE_2)))
                .extracting(PageTableFormat::name)
                .containsExactly("aarch64-s2-4k", "aarch64-s2-16k", "aarch64-s2-64k");
        assertThat(arm.formats()).allSatisfy(format -> assertThat(format.description()).isNotBlank());
    }

    @ParameterizedTest
    @CsvSource({
        "aarch64-4k, '', 4, 12 16 21 25 30 34", "aarch64-16k, '', 4, 14 21 25 30", "aarch64-64k, '', 3, 16 21 29 34",
        "aarch64-4k, va-bits=39, 3, 12 16 21 25 30 34", "aarch64-4k, va-bits=16, 1, 12",
        "aarch64-4k, va-bits=52 lpa=on pa-bits=52, 5, 12 16 21 25 30 34 39",
        "aarch64-16k, va-bits=52 lpa=on pa-bits=52, 4, 14 21 25 30 36",
        "aarch64-64k, va-bits=52 lpa=on pa-bits=52, 3, 16 21 29 34 42",
        "aarch64-s2-4k, '', 4, 12 16 21 25 30 34", "aarch64-s2-4k, ipa-bits=40 start-level=1, 3, 12 16 21 25 30 34",
        "aarch64-s2-16k, ipa-bits=40 start-level=2, 2, 14 21 25 30",
        "aarch64-s2-64k, ipa-bits=46 start-level=2, 2, 16 21 29 34",
        "aarch64-s2-4k, ipa-bits=52 lpa=on pa-bits=52 start-level=-1, 5, 12 16 21 25 30 34 39"
    })
    void levelsAndPageSizesGoByGranuleAndSize(String name, String options, int levels, String shifts) {
        PageTableFormat format = format(name, options);
        assertThat(format.levels()).isEqualTo(levels);
        assertThat(format.pageShifts()).extracting(String::valueOf).containsExactly(shifts.split(" "));
        assertThat(format.levelNumber(1)).isEqualTo(3);
        assertThat(format.levelNumber(levels)).isEqualTo(4 - levels);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            aarch64-4k     | va-bits=49              | va-bits=49: with the granule of 4k it is 16 to 48
            aarch64-4k     | va-bits=15              | va-bits=15: with the granule of 4k it is 16 to 48
            aarch64-64k    | va-bits=16              | va-bits=16: with the granule of 64k it is 17 to 52
            aarch64-4k     | pa-bits=50              | pa-bits=50: it is one of [32, 36, 40, 42, 44, 48, 52]
            aarch64-4k     | pa-bits=52              | pa-bits=52: it needs lpa=on
            aarch64-4k     | asid-bits=12            | asid-bits=12: it is 8 or 16
            aarch64-s2-4k  | vmid-bits=0             | vmid-bits=0: it is 8 or 16
            aarch64-4k     | ha=off                  | hd=on: it needs ha=on
            aarch64-4k     | xnx=on                  | format aarch64-4k has no option 'xnx'
            aarch64-s2-4k  | start-level=4           | start-level=4: it is -1, 0, 1, 2, 3 or auto
            aarch64-s2-4k  | ipa-bits=48 start-level=1 | start-level=1: it does not go with ipa-bits=48
            aarch64-s2-4k  | ipa-bits=30 start-level=0 | start-level=0: it does not go with ipa-bits=30
            aarch64-s2-64k | ipa-bits=52             | ipa-bits=52: with the granule of 64k it is 17 to 48
            """)
    void wrongOptionsAreNamed(String format, String options, String message) {
        assertThatThrownBy(() -> format(format, options))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void optionsGivenBeforeStay() {
        assertThat(format("aarch64-4k", "va-bits=39").with(Map.of("pan", "on")).ofRoot(0).inputBits()).isEqualTo(39);
        assertThat(format("aarch64-s2-4k", "ipa-bits=40").with(Map.of("xnx", "off")).inputBits()).isEqualTo(40);
    }

    @ParameterizedTest
    @CsvSource({
        "aarch64-4k, 2, 0x5003, 'table at 0x5000, allows rwxrwx'",
        "aarch64-4k, 2, 0x6000000000005003, 'table at 0x5000, allows --xr-x'",
        "aarch64-4k, 2, 0x1800000000005003, 'table at 0x5000, allows rw-rw-'",
        "aarch64-4k, 2, 0x200441, '2M page at 0x200000, allows rwxrw-'",
        "aarch64-4k, 1, 0x100000000102c3, '64K page at 0x10000, allows r-xr-x'",
        "aarch64-4k, 1, 0x5000, 'not present'",
        "aarch64-s2-4k, 2, 0x5003, 'table at 0x5000, allows rwxrwx'",
        "aarch64-s2-4k, 1, 0x400000000054c3, '4K page at 0x5000, allows rw-rw-'"
    })
    void entriesAreDescribed(String name, int level, String entry, String words) {
        assertThat(format(name, "").describe(level, 0, Long.decode(entry))).isEqualTo(words);
    }

    @Test
    void tagsAreAsidsAndVmidsAndInvalidationsGoToAll() {
        assertThat(arm.tagWidths()).isEqualTo(new MmuArchitecture.TagWidths(16, 16));
        PageTableFormat narrow = format("aarch64-4k", "asid-bits=8");
        PageTableFormat stageTwo = format("aarch64-s2-4k", "vmid-bits=8");
        assertThat(arm.tagWidths(narrow, stageTwo)).isEqualTo(new MmuArchitecture.TagWidths(8, 8));
        assertThat(arm.tagWidths(narrow.ofRoot(0), null)).isEqualTo(new MmuArchitecture.TagWidths(8, 16));
        assertThat(arm.tagWidths(new Unpaged(40), format("aarch64-s2-64k", "")))
                .isEqualTo(new MmuArchitecture.TagWidths(16, 16));
        assertThat(arm.broadcastsInvalidations()).isTrue();
        assertThat(arm.invalidations(null)).isSameAs(ArmInvalidations.TABLE);
    }

    @Test
    void presetsHaveNamesOfTheirOwnAndSources() {
        assertThat(arm.tlbPresets())
                .extracting(TlbPreset::name)
                .containsExactly("reference", "cortex-a53", "cortex-a55", "cortex-a57", "cortex-a76", "neoverse-n1",
                        "neoverse-v1", "neoverse-v2");
        assertThat(arm.walkCachePresets()).extracting(WalkCachePreset::name).containsExactly("reference", "cortex-a53",
                "cortex-a55");
        assertThat(arm.nestedTlbPresets()).extracting(NestedTlbPreset::name).containsExactly("reference", "cortex-a53",
                "cortex-a55");
        assertThat(arm.tlbPresets()).allSatisfy(preset -> assertThat(preset.source()).isNotBlank());
        assertThat(arm.nestedTlbPresets()).extracting(preset -> preset.sets() + " " + preset.ways())
                .containsExactly("1 32", "16 4", "16 4");
        assertThat(arm.walkCachePresets().subList(1, 3))
                .extracting(WalkCachePreset::arrays)
                .containsOnly(List.of(new WalkCachePreset.Array(1, 16, 4)));
    }

    @ParameterizedTest
    @CsvSource({
        "reference, l1i, 128 8 16, 12 21 30", "reference, l1d, 64 4 16, 12 21 30",
        "reference, l2, 1536 12 128, 12 21 30",
        "cortex-a53, l1d, 10 10 1, 12 16 21 29", "cortex-a53, l2, 512 4 128, 12 16 21 29",
        "cortex-a55, l1i, 15 15 1, 12 14 16 21 25 29 30", "cortex-a55, l1d, 16 16 1, 12 14 16 21 25 29 30",
        "cortex-a57, l1i, 48 48 1, 12 16 20", "cortex-a57, l1d, 32 32 1, 12 16 20",
        "cortex-a57, l2, 1024 4 256, 12 16 20 21 24 29 30", "cortex-a76, l1i, 48 48 1, 12 14 16 21 25",
        "cortex-a76, l1d, 48 48 1, 12 14 16 21 29", "neoverse-n1, l2, 1280 5 256, 12 14 16 21 25 29 30",
        "neoverse-v1, l1d, 40 40 1, 12 14 16 21 29", "neoverse-v1, l2, 2048 8 256, 12 14 16 21 25 29 30",
        "neoverse-v2, l1i, 48 48 1, 12 14 16 21", "neoverse-v2, l1d, 48 48 1, 12 14 16 21 29",
        "neoverse-v2, l2, 2048 8 256, 12 14 16 21 25 29 30"
    })
    void tlbGeometryIsAsItsSourceTells(String preset, String group, String geometry, String shifts) {
        TlbPreset.Group found = arm.tlbPresets().stream()
                .filter(each -> each.name().equals(preset))
                .flatMap(each -> each.groups().stream())
                .filter(each -> each.name().equals(group))
                .findFirst()
                .orElseThrow();
        List<TlbPreset.Array> arrays = found.arrays();
        assertThat(arrays).hasSize(1);
        TlbPreset.Array array = arrays.getFirst();
        assertThat("%d %d %d".formatted(array.entries(), array.ways(), array.sets())).isEqualTo(geometry);
        assertThat(array.pageShifts()).extracting(String::valueOf).containsExactly(shifts.split(" "));
        assertThat(found.code()).isEqualTo(!group.equals("l1d"));
        assertThat(found.data()).isEqualTo(!group.equals("l1i"));
    }

    private Map<String, Long> encoded(int access, Fault fault, int level) {
        Walk walk = Walk.outer();
        walk.start(0, 0x1234, access);
        walk.fail(fault, level, 0);
        return arm.encode(walk).fields();
    }

    @ParameterizedTest
    @CsvSource({
        "1, NOT_PRESENT, 1, 0x92000007", "2, NOT_PRESENT, 2, 0x92000046", "4, PERMISSION, 1, 0x8200000f",
        "8, ACCESS_FLAG, 3, 0x96000009", "16, PERMISSION, 2, 0x9600004e", "32, NOT_PRESENT, 4, 0x86000004",
        "8, NOT_PRESENT, 5, 0x9600002b", "8, RESERVED_BIT, 5, 0x96000029", "8, RESERVED_BIT, 2, 0x96000002",
        "8, ADDRESS_SIZE, 3, 0x96000004", "8, ADDRESS_SIZE, 0, 0x96000000", "8, OUT_OF_BOUNDS, 1, 0x96000010"
    })
    void aFaultOfStageOneIsAnAbortToEl1(int access, Fault fault, int level, String esr) {
        Map<String, Long> fields = encoded(access, fault, level);
        assertThat("0x%x".formatted(fields.get("esr"))).isEqualTo(esr);
        assertThat(fields).containsEntry("far", 0x1234L).containsEntry("stage", 1L).doesNotContainKey("hpfar");
        assertThat(fields.get("fst")).isEqualTo(fields.get("esr") & 0x3f);
    }

    @Test
    void faultsThatArmLacksAreRefused() {
        for (Fault fault : List.of(Fault.PROTECTION_KEY, Fault.MISCONFIGURED)) {
            assertThatThrownBy(() -> encoded(Rights.USER_READ, fault, 1)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}

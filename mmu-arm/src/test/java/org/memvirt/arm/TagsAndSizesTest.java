package org.memvirt.arm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Option;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;
import org.memvirt.testkit.format.CountedFrames;

/** Tags in addresses, sizes of addresses, and options of formats. */
final class TagsAndSizesTest {
    private static final long TAGGED = 0xab00_0000_0000_1234L;

    private static Map<String, String> options(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String option : text.isBlank() ? new String[0] : text.trim().split(" ")) {
            values.put(option.split("=")[0], option.split("=")[1]);
        }
        return values;
    }

    /** Arm ARM, "Address tagging": TBID is of fetches, and nothing without TBI. */
    @ParameterizedTest
    @CsvSource({
        "'', 0xab, 0xab, false", "tbi=on, 0, 0, true", "tbi=on tbid=on, 0, 0xab, true", "tbid=on, 0xab, 0xab, false"
    })
    void addressTags(String given, String data, String fetch, boolean ignores) {
        for (Half half : Half.values()) {
            PageTableFormat format = TwoHalves.half(Granule.K4, half, options(given));
            assertThat(format.ignoresTags()).isEqualTo(ignores);
            assertThat(format.untagged(TAGGED, Rights.SUPERVISOR_WRITE) >>> 56).isEqualTo(Long.decode(data));
            assertThat(format.untagged(TAGGED, Rights.SUPERVISOR_EXECUTE) >>> 56).isEqualTo(Long.decode(fetch));
        }
        // The same where stage 1 is off.
        PageTableFormat off = new Untranslated(
                40, AddressTag.of(given.contains("tbi=on"), given.contains("tbid=on")));
        assertThat(off.ignoresTags()).isEqualTo(ignores);
        assertThat(off.untagged(TAGGED, Rights.USER_READ) >>> 56).isEqualTo(Long.decode(data));
        assertThat(off.untagged(TAGGED, Rights.USER_EXECUTE) >>> 56).isEqualTo(Long.decode(fetch));
    }

    @Test
    void aTagIsToldOfAWalk() {
        PhysicalMemory memory = new PhysicalMemory(1L << 30);
        PageTableFormat format = TwoHalves.half(Granule.K4, Half.LOWER, Map.of("tbi", "on"));
        PageTable table = format.create(memory, new CountedFrames(memory, 1L << 20));
        table.map(0x1000, 0x8000, 12, Rights.USER_READ, PageTable.ACCESSED);
        Walk walk = Walk.outer();
        walk.start(table.root(), TAGGED, Rights.USER_READ);
        format.walk(walk, new HostPort(memory));
        assertThat(walk.outputAddress).isEqualTo(0x8234);
        assertThat(walk.tagBits).isEqualTo(0xabL << 56);
    }

    /** One half alone has tags: both together do. */
    @Test
    void bothHalvesIgnoreTagsWhereOneDoes() {
        PageTableFormat both = TwoHalves.made(Granule.K4, Map.of("tbi", "on"));
        assertThat(both.ignoresTags()).isTrue();
        assertThat(both.description()).isEqualTo("AArch64 stage 1, 4K granule: TTBR0 and TTBR1, up to 52 bits");
        assertThat(both.options()).extracting(Option::name).startsWith("half", "va-bits", "pa-bits", "lpa");
        assertThat(TwoHalves.half(Granule.K16, Half.UPPER, Map.of("va-bits", "47")).description())
                .isEqualTo("AArch64 stage 1, 16K granule: the upper half, 47 bits, 3 levels");
        assertThat(StageTwoFormat.made(Granule.K64, Map.of("ipa-bits", "46", "start-level", "2")).description())
                .isEqualTo("AArch64 stage 2, 64K granule: 46 bits, 2 levels");
    }

    @ParameterizedTest
    @CsvSource({
        "K4, 16, true", "K4, 15, false", "K4, 48, true", "K4, 49, false", "K16, 15, false", "K16, 16, true",
        "K64, 17, true", "K64, 16, false", "K64, 52, true", "K64, 53, false"
    })
    void sizesOfVirtualAddresses(Granule granule, int bits, boolean allowed) {
        assertSize(granule, Map.of("va-bits", Integer.toString(bits)), bits, allowed, true);
    }

    @ParameterizedTest
    @CsvSource({"K4, 52, true", "K4, 53, false", "K16, 52, true", "K64, 52, true"})
    void sizesOfVirtualAddressesWithWideDescriptors(Granule granule, int bits, boolean allowed) {
        assertSize(granule, Map.of("va-bits", Integer.toString(bits), "lpa", "on"), bits, allowed, true);
    }

    @ParameterizedTest
    @CsvSource({"K4, 48, true", "K4, 49, false", "K64, 48, true", "K64, 49, false", "K64, 17, true", "K64, 16, false"})
    void sizesOfIntermediateAddresses(Granule granule, int bits, boolean allowed) {
        assertSize(granule, Map.of("ipa-bits", Integer.toString(bits)), bits, allowed, false);
    }

    private static void assertSize(
            Granule granule, Map<String, String> given, int bits, boolean allowed, boolean first) {
        if (allowed) {
            assertThat((first ? TwoHalves.half(granule, Half.LOWER, given) : StageTwoFormat.made(granule, given))
                    .inputBits()).isEqualTo(bits);
            return;
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> {
                    if (first) {
                        TwoHalves.half(granule, Half.LOWER, given);
                    } else {
                        StageTwoFormat.made(granule, given);
                    }
                })
                .withMessageContaining("-bits=" + bits);
    }

    /** Start levels that go with a size: from that of one table to that of 16. */
    @ParameterizedTest
    @CsvSource({
        "K4, 40, 1, true", "K4, 40, 0, true", "K4, 39, 0, false", "K4, 43, 1, true", "K4, 44, 1, false",
        "K4, 31, 1, true", "K4, 30, 1, false", "K4, 16, 3, true", "K4, 25, 3, true", "K4, 26, 3, false",
        "K16, 40, 2, true", "K16, 41, 2, false", "K16, 29, 3, true", "K16, 30, 3, false", "K64, 46, 2, true",
        "K64, 47, 2, false", "K64, 33, 3, true", "K64, 34, 3, false"
    })
    void startLevels(Granule granule, int bits, int start, boolean allowed) {
        Map<String, String> given = Map.of("ipa-bits", Integer.toString(bits), "start-level", Integer.toString(start));
        if (allowed) {
            StageTwoFormat format = StageTwoFormat.made(granule, given);
            assertThat(format.levels()).isEqualTo(4 - start);
            assertThat(format.levelNumber(format.levels())).isEqualTo(start);
        } else {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> StageTwoFormat.made(granule, given))
                    .withMessageContaining("start-level=" + start);
        }
    }

    @Test
    void outputsOfSeveralSizes() {
        for (int bits : List.of(32, 36, 40, 42, 44, 48)) {
            assertThat(StageTwoFormat.made(Granule.K4, Map.of("pa-bits", Integer.toString(bits))).outputBits())
                    .isEqualTo(bits);
        }
        for (String bits : List.of("33", "53", "4294967328")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> StageTwoFormat.made(Granule.K4, Map.of("pa-bits", bits)))
                    .withMessageContaining("pa-bits=" + bits);
        }
    }

    /** Flags that hardware keeps: HA and HD. */
    @ParameterizedTest
    @CsvSource({"ha=on hd=on, AD", "ha=on hd=off, A", "ha=off hd=off, ''"})
    void flagsSetByHardware(String given, String expected) {
        int attributes = (expected.contains("A") ? PageTable.ACCESSED : 0)
                | (expected.contains("D") ? PageTable.DIRTY : 0);
        assertThat(TwoHalves.half(Granule.K4, Half.LOWER, options(given)).attributesSetByHardware())
                .isEqualTo(attributes);
        assertThat(StageTwoFormat.made(Granule.K16, options(given)).attributesSetByHardware()).isEqualTo(attributes);
    }

    /** Without HA an access flag that is clear is a fault of its own; without HD so is a write to a clean page. */
    @ParameterizedTest
    @CsvSource({
        "ha=on hd=on, 0x80000000000c3, NONE, 0x8000000000443", "ha=on hd=off, 0x80000000000c3, PERMISSION, -",
        "ha=off hd=off, 0x80000000000c3, ACCESS_FLAG, -", "ha=on hd=off, 0x80000000004c3, PERMISSION, -",
        "ha=off hd=off, 0x80000000004c3, PERMISSION, -", "ha=on hd=off, 0x8000000000043, NONE, 0x8000000000443"
    })
    void hardwareUpdatesOfAWrite(String given, String leaf, Fault fault, String after) {
        PhysicalMemory memory = new PhysicalMemory(1L << 20);
        PageTableFormat format = TwoHalves.half(Granule.K4, Half.LOWER, options(given + " va-bits=21"));
        memory.store(0x1000, Long.decode(leaf));
        Walk walk = Walk.outer();
        walk.start(0x1000, 0, Rights.USER_WRITE);
        format.walk(walk, new HostPort(memory));
        assertThat(walk.fault).isEqualTo(fault);
        if (fault == Fault.NONE) {
            assertThat("0x%x".formatted(memory.load(0x1000))).isEqualTo(after);
        }
    }

    /** Descriptors of tables restrict nothing under HPD. */
    @ParameterizedTest
    @CsvSource({"hpd=off, false", "hpd=on, true"})
    void hierarchicalAttributes(String given, boolean allowed) {
        PhysicalMemory memory = new PhysicalMemory(1L << 20);
        PageTableFormat format = TwoHalves.half(Granule.K4, Half.LOWER, options(given + " va-bits=30"));
        memory.store(0x1000, 0x7800_0000_0000_2003L);
        memory.store(0x2000, 0x443);
        for (int access : new int[] {Rights.USER_READ, Rights.USER_EXECUTE, Rights.SUPERVISOR_WRITE}) {
            Walk walk = Walk.outer();
            walk.start(0x1000, 0, access);
            format.walk(walk, new HostPort(memory));
            assertThat(walk.succeeded()).isEqualTo(allowed);
        }
    }
}

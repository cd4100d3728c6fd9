package org.memvirt.mips;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.MmuArchitecture.TagWidths;
import org.memvirt.api.architecture.MmuProvider;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.tlb.SoftwareTlb.Miss;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.tlb.TlbPreset.Array;
import org.memvirt.api.tlb.TlbPreset.Group;
import org.memvirt.api.tlb.TlbPreset.Replacement;

class MipsMmuTest {
    private static final ArchitectedTlb MIPS = (ArchitectedTlb) new MipsMmu().architecture();

    private static TlbPreset of(String name, int sets, int ways) {
        Array array = new Array(List.of(12), sets, ways, Replacement.RANDOM);
        return new TlbPreset(name, "", "", List.of(new Group("jtlb", 1, true, true, List.of(array))));
    }

    @Test
    void itIsFoundAsAService() {
        assertThat(ServiceLoader.load(MmuProvider.class).stream().map(each -> each.get().name())).contains("mips-tlb");
        assertThat(new MipsMmu().description()).contains("MIPS32", "MIPS64");
        assertThat(MIPS.tagWidths()).isEqualTo(new TagWidths(8, 8));
        assertThat(MIPS.recordedAs()).isEqualTo("mips");
    }

    @Test
    void presetsHaveTheEntriesAndPagesOfTheirProcessors() {
        assertThat(MIPS.tlbPresets()).extracting(TlbPreset::name).containsExactly(
                "24kf", "34kf", "4kc", "5kec", "mips64r2");
        assertThat(MIPS.tlbPresets()).extracting(preset -> MIPS.createTlb(preset, 0).entries()).containsExactly(
                16, 64, 16, 32, 64);
        for (TlbPreset preset : MIPS.tlbPresets()) {
            Array array = preset.groups().getFirst().arrays().getFirst();
            long sizes = array.pageShifts().stream().mapToLong(shift -> 1L << shift).sum();
            SoftwareTlb tlb = MIPS.createTlb(preset, 0);
            assertThat(tlb.wholeSizes()).isEqualTo(sizes);
            assertThat(array.pageShifts().getLast()).isEqualTo(preset.name().equals("4kc") ? 24 : 28);
            assertThat(preset.source()).isNotBlank();
            assertThat(preset.description()).contains("MIPS");
        }
    }

    @Test
    void aTlbCanBeMadeOfAnotherSize() {
        assertThat(MIPS.createTlb(of("24kf", 1, 32), 0).entries()).isEqualTo(32);
        assertThat(MIPS.createTlb(of("24kf", 1, 64), 0).entries()).isEqualTo(64);
        assertThatThrownBy(() -> MIPS.createTlb(of("24kf", 1, 65), 0))
                .hasMessage(
                        "the TLB '24kf' of MIPS is one fully associative array of 16 to 64 entries, each for two pages");
        assertThatThrownBy(() -> MIPS.createTlb(of("24kf", 1, 15), 0)).hasMessageContaining("16 to 64");
        assertThatThrownBy(() -> MIPS.createTlb(of("24kf", 2, 16), 0)).hasMessageContaining("16 to 64");
        assertThatThrownBy(() -> MIPS.createTlb(new TlbPreset("24kf", "", "", List.of()), 0))
                .hasMessageContaining("16 to 64");
        assertThatThrownBy(() -> MIPS.createTlb(of("r3000", 1, 64), 0))
                .hasMessage("there is no MIPS TLB named 'r3000'; there are [24kf, 34kf, 4kc, 5kec, mips64r2]");
    }

    /** The five processors differ in what an address is. */
    @Test
    void a64BitProcessorTakesWideAddressesAtOnce() {
        AccessBatch batch = new AccessBatch(1);
        batch.add(0x3ff_0000_0000L, Rights.USER_READ);
        for (TlbPreset preset : MIPS.tlbPresets()) {
            SoftwareTlb tlb = MIPS.createTlb(preset, 0);
            assertThat(tlb.advance(batch, 0, 1)).isZero();
            boolean is64 = preset.name().equals("5kec") || preset.name().equals("mips64r2");
            assertThat(tlb.lastMiss()).isEqualTo(is64 ? Miss.REFILL : Miss.ADDRESS_ERROR);
        }
    }

    @Test
    void aProcessorOfAPresetIsAfterItsReset() {
        assertThat(MIPS.processor(MIPS.tlbPresets().get(1))
                .step("tlbr", Map.of("index", "63"))
                .fields())
                        .isEqualTo(Map.of("entryhi", "0x0", "entrylo0", "0x0", "entrylo1", "0x0", "pagemask", "0x0"));
    }

    /** MMU Size - 1 is a field of six bits; SEGBITS and PABITS are what EntryHi and EntryLo can hold. */
    @Test
    void aModelIsWithinWhatTheRegistersHold() {
        assertThat(model(2, 40, 36).entries()).isEqualTo(2);
        assertThat(model(64, 61, 32).segmentBits()).isEqualTo(61);
        assertThat(model(64, 32, 36).segmentBits()).isEqualTo(32);
        assertThatThrownBy(() -> model(1, 40, 36)).hasMessage("any: a TLB has 2 to 64 entries, not 1");
        assertThatThrownBy(() -> model(65, 40, 36)).hasMessage("any: a TLB has 2 to 64 entries, not 65");
        assertThatThrownBy(() -> model(64, 31, 36)).hasMessageContaining("32 to 61 address bits (SEGBITS), not 31");
        assertThatThrownBy(() -> model(64, 62, 36)).hasMessageContaining("32 to 61 address bits (SEGBITS), not 62");
        assertThatThrownBy(() -> model(64, 40, 31)).hasMessageContaining("32 to 36 bits (PABITS), not 31");
        assertThatThrownBy(() -> model(64, 40, 37)).hasMessageContaining("32 to 36 bits (PABITS), not 37");
    }

    private static MipsModel model(int entries, int segmentBits, int physicalBits) {
        return new MipsModel("any", true, entries, segmentBits, physicalBits, 28, true, false, false, false);
    }

    @Test
    void itsSoftwareKeepsLinuxsTables() {
        assertThat(MIPS.formats()).extracting(format -> format.name()).containsExactly("linux-mips32", "linux-mips64");
    }
}

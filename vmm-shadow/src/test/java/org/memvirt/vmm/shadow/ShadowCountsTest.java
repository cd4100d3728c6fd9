package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.vmm.shadow.ScriptedGuest.FREE;
import static org.memvirt.vmm.shadow.ScriptedGuest.PAGE;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.vmm.VmmCounter;

/** The counters that docs/shadow.md names, and what they are after things whose number is known. */
final class ShadowCountsTest {
    private static final long VA = 1L << 39;

    private static Map<String, Long> values(ScriptedGuest guest) {
        Map<String, Long> values = new TreeMap<>();
        for (VmmCounter counter : guest.vm.counters()) {
            values.put(counter.name(), counter.value().getAsLong());
        }
        return values;
    }

    @Test
    void eachIsShownUnderItsName() {
        ScriptedGuest guest = new ScriptedGuest(Map.of("sync", "unsync"));
        ShadowCounts counts = guest.vm.counts();
        counts.trueFaults = 101;
        counts.filled = 102;
        counts.prefetched = 103;
        counts.spuriousFaults = 104;
        counts.emulated = 105;
        counts.tableWrites = 106;
        counts.flooded = 107;
        counts.recycled = 108;
        counts.rootsMade = 109;
        counts.released = 110;
        counts.unsync = 111;
        counts.synced = 112;
        counts.entriesRemoved = 113;
        counts.zapped = 114;
        counts.protectedEntries = 115;
        counts.shared = 116;
        counts.unlinked = 117;
        counts.modeSwitches = 118;
        counts.rewritten = 119;
        counts.tagsGiven = 120;
        counts.tagRollovers = 121;
        counts.fullFlushes = 122;
        counts.rangeFlushes = 123;
        counts.mostPages = 124;
        counts.mostGuestTables = 125;
        Map<String, Long> values = values(guest);
        String[] names = {
            "pf_guest", "pf_fixed", "prefetched", "pf_spurious", "pf_emulate", "mmu_pte_write", "mmu_flooded",
            "mmu_recycled", "roots_made", "roots_released", "tables_unsynced", "entries_synced", "entries_written",
            "entries_zapped", "entries_protected", "pages_shared", "pages_unlinked", "mode_switches",
            "entries_rewritten", "tags_given", "tag_rollovers", "flushes_full", "flushes_range", "pages_peak",
            "guest_tables_peak"
        };
        for (int i = 0; i < names.length; i++) {
            assertThat(values).containsEntry(names[i], 101L + i);
        }
        assertThat(values).hasSize(names.length + 5)
                .containsKeys("mmu_unsync", "entries", "roots", "pages", "guest_tables");
    }

    @Test
    void levelsAreTold() {
        ScriptedGuest guest = new ScriptedGuest(Map.of("sync", "unsync"));
        guest.map(VA, FREE);
        guest.map(VA + PAGE, FREE + PAGE);
        guest.reach(VA, Rights.USER_WRITE);
        guest.reach(VA + PAGE, Rights.USER_WRITE);
        long leaf = guest.leafOf(VA);
        guest.vcpu.access().store(leaf + 8 * 8, 0);
        assertThat(values(guest)).containsEntry("mmu_unsync", 1L)
                .containsEntry("entries", 2L)
                .containsEntry("roots", 1L)
                .containsEntry("pages", 4L)
                .containsEntry("pages_peak", 4L)
                .containsEntry("guest_tables", 4L)
                .containsEntry("guest_tables_peak", 4L);
        guest.vcpu.access().store(leaf, 0);
        guest.vcpu.access().store(leaf + 8, 0);
        guest.vcpu.invalidateSpaces();
        assertThat(values(guest)).containsEntry("mmu_unsync", 0L)
                .containsEntry("entries", 0L)
                .containsEntry("pages", 4L)
                .containsEntry("pages_peak", 4L)
                .containsEntry("guest_tables", 0L)
                .containsEntry("guest_tables_peak", 4L)
                .containsEntry("entries_synced", 2L)
                .containsEntry("entries_zapped", 2L)
                .containsEntry("tables_unsynced", 1L);
    }

    @Test
    void whatGrowsIsToldFromLevels() {
        ScriptedGuest guest = new ScriptedGuest(Map.of());
        for (VmmCounter counter : guest.vm.counters()) {
            boolean level =
                    counter.name().matches("mmu_unsync|entries|roots|pages|pages_peak|guest_tables|guest_tables_peak");
            assertThat(counter.monotonic()).as(counter.name()).isEqualTo(!level);
            assertThat(counter.description()).isNotBlank();
            assertThat(counter.unit()).isNotBlank();
        }
    }
}

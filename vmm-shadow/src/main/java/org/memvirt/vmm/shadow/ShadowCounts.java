package org.memvirt.vmm.shadow;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.memvirt.api.vmm.VmmCounter;

/** What the VMM of one VM has done to its shadow tables; named as KVM names it where it means the same. */
final class ShadowCounts {
    long trueFaults;
    long spuriousFaults;
    long emulated;
    long tableWrites;
    long entriesRemoved;
    long flooded;
    long unsync;
    long synced;
    long filled;
    long prefetched;
    long zapped;
    long protectedEntries;
    long shared;
    long unlinked;
    long rewritten;
    long modeSwitches;
    long tagsGiven;
    long tagRollovers;
    long fullFlushes;
    long rangeFlushes;
    long pages;
    long mostPages;
    long rootsMade;
    long recycled;
    long released;
    long mostGuestTables;

    /** All of them, with what there is now of the rest. */
    List<VmmCounter> counters(ShadowTables tables) {
        List<VmmCounter> all = new ArrayList<>();
        count(all, "pf_guest", "faults", "Faults that the guest's own table explains", () -> trueFaults);
        count(all, "pf_fixed", "entries", "Shadow entries that a fault had made", () -> filled);
        count(all, "prefetched", "entries", "Shadow entries made beside one that a fault had made", () -> prefetched);
        count(all, "pf_spurious", "faults", "Faults that the shadow table did not explain either",
                () -> spuriousFaults);
        count(all, "pf_emulate", "stores", "Stores that the VMM made in the guest's place", () -> emulated);
        count(all, "mmu_pte_write", "stores", "Stores to tables of the guest that trapped", () -> tableWrites);
        count(all, "mmu_flooded", "tables", "Tables of the guest given up, since written too often", () -> flooded);
        count(all, "mmu_recycled", "tables", "Shadow tables given up for their memory", () -> recycled);
        count(all, "roots_made", "tables", "Shadow tables made", () -> rootsMade);
        count(all, "roots_released", "tables", "Shadow tables given back, since nothing was left in them",
                () -> released);
        count(all, "tables_unsynced", "tables", "Tables of the guest that it was let write freely", () -> unsync);
        count(all, "entries_synced", "entries", "Table entries found changed when brought back in step", () -> synced);
        count(all, "entries_written", "entries", "Table entries overwritten of which something was built",
                () -> entriesRemoved);
        count(all, "entries_zapped", "entries", "Shadow entries removed", () -> zapped);
        count(all, "entries_protected", "entries", "Shadow entries that lost the right to write",
                () -> protectedEntries);
        count(all, "pages_shared", "pages", "Shadow pages of others that a fault had linked", () -> shared);
        count(all, "pages_unlinked", "pages", "Shadow pages taken away from a shadow when the guest's entry changed",
                () -> unlinked);
        count(all, "mode_switches", "switches", "Switches of the guest's mode that the VMM took part in",
                () -> modeSwitches);
        count(all, "entries_rewritten", "entries", "Shadow entries rewritten since the guest's mode switched",
                () -> rewritten);
        count(all, "tags_given", "tags", "Tags given to shadow tables", () -> tagsGiven);
        count(all, "tag_rollovers", "generations", "Times that tags ran out, and all was flushed", () -> tagRollovers);
        count(all, "flushes_full", "flushes", "Flushes of all that is cached for the VM", () -> fullFlushes);
        count(all, "flushes_range", "flushes", "Flushes of what is cached for a range", () -> rangeFlushes);
        GuestTables guest = tables.guestTables();
        level(all, "mmu_unsync", "tables", "Tables of the guest that may be out of step now", guest::outOfStep);
        level(all, "entries", "entries", "Shadow entries now", () -> tables.reverseMap().size());
        level(all, "roots", "tables", "Shadow tables now", () -> tables.roots().size());
        level(all, "pages", "pages", "Tables that shadows consist of now", () -> pages);
        level(all, "pages_peak", "pages", "The most of them that there ever were", () -> mostPages);
        level(all, "guest_tables", "tables", "Granules that are treated as tables of the guest now", guest::size);
        level(all, "guest_tables_peak", "tables", "The most of them that there ever were", () -> mostGuestTables);
        return List.copyOf(all);
    }

    private static void count(
            List<VmmCounter> all, String name, String unit, String description, LongSupplier value) {
        all.add(new VmmCounter(name, description, unit, true, value));
    }

    private static void level(
            List<VmmCounter> all, String name, String unit, String description, LongSupplier value) {
        all.add(new VmmCounter(name, description, unit, false, value));
    }
}

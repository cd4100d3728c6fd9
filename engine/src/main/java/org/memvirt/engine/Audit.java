package org.memvirt.engine;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.radix.Geometry;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Section;
import org.memvirt.engine.cpu.Counters;
import org.memvirt.engine.cpu.WalkCounts;

/** The conservation laws of the counts, checked at the end of a run. */
final class Audit {
    private Audit() {}

    static List<String> of(Machine machine) {
        List<String> broken = new ArrayList<>();
        long requested = machine.host().vmmTables().requested();
        if (requested != machine.vmmTableBytes()) {
            broken.add("the VMM's tables say that they have %d bytes, but %d were handed out for them"
                    .formatted(machine.vmmTableBytes(), requested));
        }
        Counters counters = machine.counters();
        lookups(counters.tlb(), counters.accesses() - counters.get(Count.EMULATED) - counters.unmapped(), "", broken);
        lookups(
                counters.kernelTlb(),
                counters.kernelAccesses() - counters.get(Count.KERNEL_EMULATED) - counters.kernelUnmapped(),
                "the kernel's ",
                broken);
        long lastMisses = Results.lastMisses(counters.tlb());
        if (machine.config().mmu() instanceof ArchitectedTlb) {
            handlers(counters, lastMisses + Results.lastMisses(counters.kernelTlb()), broken);
            return broken;
        }
        if (lastMisses != counters.walks.walks) {
            broken.add(
                    "%d accesses missed the last TLB, but %d walks completed".formatted(lastMisses,
                            counters.walks.walks));
        }
        caches(machine, counters.walks, broken);
        return broken;
    }

    /** Where software fills the TLB hardware walks nothing, and no access that missed goes on without a handler, or the VMM. */
    private static void handlers(Counters counters, long misses, List<String> broken) {
        long answers = counters.counts.sum(Section.HANDLERS) + counters.get(Count.HIDDEN_REFILLS);
        if (misses > answers) {
            broken.add("%d accesses missed the TLB, but %d were answered".formatted(misses, answers));
        }
        long walks = counters.walks.walks + counters.kernelWalks.walks;
        if (walks != 0) {
            broken.add("hardware knows the TLB alone, but walked %d times".formatted(walks));
        }
    }

    /**
     * Hits and misses of a group sum to the look-ups that reach it: at level 1 all accesses but those that the VMM carried
     * out, the misses of level 1 then.
     */
    private static void lookups(List<Tlb.Counts> counts, long accesses, String whose, List<String> broken) {
        int deepest = counts.stream().mapToInt(group -> group.level).max().orElse(0);
        long reaching = accesses;
        for (int level = 1; level <= deepest; level++) {
            long found = 0;
            long missed = 0;
            for (Tlb.Counts group : counts) {
                if (group.level == level) {
                    found += group.hits;
                    missed += group.misses;
                }
            }
            if (found + missed != reaching) {
                broken.add("%sTLB level %d was looked up %d times, but has %d hits and %d misses"
                        .formatted(whose, level, reaching, found, missed));
            }
            reaching = missed;
        }
    }

    /**
     * References made and skipped, but for those that translated anew for an update, are those that the same walks make
     * without caches, which page sizes alone decide. Asked
     * of tables that are trees; and of a second stage where all of its pages are of one size, which the host may change,
     * because it is not counted in what pages the guest's tables lie.
     */
    private static void caches(Machine machine, WalkCounts walks, List<String> broken) {
        MachineConfig config = machine.config();
        PageTableFormat stageTwo = config.stageTwo();
        if (!(machine.vcpu().format() instanceof RadixFormat format)
                || stageTwo != null && !isEven(machine, stageTwo)) {
            return;
        }
        long expected = 0;
        for (int guest : format.pageShifts()) {
            int own = referencesTo(format, guest);
            if (!(stageTwo instanceof RadixFormat below)) {
                expected += walks.ofSizes(guest, 0) * own;
            } else {
                int host = hostPageShift(config, stageTwo);
                int each = referencesTo(below, host);
                expected += walks.ofSizes(guest, host) * ((long) own * (each + 1) + each);
            }
        }
        long uncached = walks.references() + walks.skipped;
        if (uncached - walks.uncachedForUpdates != expected) {
            broken.add(
                    "walks made %d references and skipped %d, %d of them for updates, but without caches they make %d"
                            .formatted(walks.references(), walks.skipped, walks.uncachedForUpdates, expected));
        }
    }

    private static boolean isEven(Machine machine, PageTableFormat stageTwo) {
        MachineConfig config = machine.config();
        return stageTwo instanceof RadixFormat
                && (config.guestMemory() & (1L << config.hostPageShift()) - 1) == 0
                && !machine.backing().hasChanged();
    }

    /** The pages with which a second stage maps pieces of the host's size. */
    private static int hostPageShift(MachineConfig config, PageTableFormat stageTwo) {
        int largest = stageTwo.pageShifts().getFirst();
        for (int shift : stageTwo.pageShifts()) {
            largest = shift <= config.hostPageShift() ? shift : largest;
        }
        return largest;
    }

    /** Those that hardware reads in memory to get to a page of this size, which may be several leaves of one table. */
    private static int referencesTo(RadixFormat format, int pageShift) {
        int references = format.levels() + 1 - (format.loadsTopTable() ? 1 : 0);
        for (Geometry.Level level : format.geometry().levels()) {
            references -= level.shift() <= pageShift ? 1 : 0;
        }
        return references;
    }
}

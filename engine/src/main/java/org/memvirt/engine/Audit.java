package org.memvirt.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.engine.cpu.Counters;
import org.memvirt.engine.cpu.WalkCounts;

/** The conservation laws of the counts, checked at the end of a run. */
final class Audit {
    private Audit() {}

    static List<String> of(Machine machine) {
        List<String> broken = new ArrayList<>();
        Counters counters = machine.counters();
        lookups(
                machine,
                counters.tlb(),
                counters.accesses() - counters.emulated() - counters.unmapped(),
                "",
                broken);
        lookups(
                machine,
                counters.kernelTlb(),
                counters.kernelAccesses() - counters.kernelEmulated() - counters.kernelUnmapped(),
                "the kernel's ",
                broken);
        long lastMisses = lastMisses(machine, counters.tlb());
        if (machine.config().mmu() instanceof ArchitectedTlb) {
            handlers(counters, lastMisses + lastMisses(machine, counters.kernelTlb()), broken);
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
        long answers = counters.refill.handlers() + counters.refill.hidden();
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
    private static void lookups(
            Machine machine, List<Tlb.Counts> counts, long accesses, String whose, List<String> broken) {
        var groups = machine.config().tlb().groups();
        int deepest = groups.stream().mapToInt(group -> group.level()).max().orElse(0);
        long reaching = accesses;
        for (int level = 1; level <= deepest; level++) {
            long found = 0;
            long missed = 0;
            for (int i = 0; i < groups.size(); i++) {
                if (groups.get(i).level() == level) {
                    found += counts.get(i).hits;
                    missed += counts.get(i).misses;
                }
            }
            if (found + missed != reaching) {
                broken.add("%sTLB level %d was looked up %d times, but has %d hits and %d misses"
                        .formatted(whose, level, reaching, found, missed));
            }
            reaching = missed;
        }
    }

    private static long lastMisses(Machine machine, List<Tlb.Counts> counts) {
        var groups = machine.config().tlb().groups();
        int deepest = groups.stream().mapToInt(group -> group.level()).max().orElse(0);
        long missed = 0;
        for (int i = 0; i < groups.size(); i++) {
            missed += groups.get(i).level() == deepest ? counts.get(i).misses : 0;
        }
        return missed;
    }

    /**
     * References made and skipped are those that the same walks make without caches, which page sizes alone decide. Asked
     * of tables that are trees; and of a second stage where all of its pages are of one size, which the host may change,
     * because it is not counted in what pages the guest's tables lie.
     */
    private static void caches(Machine machine, WalkCounts walks, List<String> broken) {
        MachineConfig config = machine.config();
        PageTableFormat stageTwo = config.stageTwo();
        if (!(config.format() instanceof RadixFormat) || stageTwo != null && !isEven(machine, stageTwo)) {
            return;
        }
        long expected = 0;
        for (int guest : config.format().pageShifts()) {
            int own = referencesTo(config.format(), guest);
            if (stageTwo == null) {
                expected += walks.ofSizes(guest, 0) * own;
            } else {
                int host = hostPageShift(config, stageTwo);
                int each = referencesTo(stageTwo, host);
                expected += walks.ofSizes(guest, host) * ((long) own * (each + 1) + each);
            }
        }
        long uncached = walks.references() + walks.skipped;
        boolean broke = updatesTranslateAnew(stageTwo) ? uncached < expected : uncached != expected;
        if (broke) {
            broken.add("walks made %d references and skipped %d, but without caches they make %d"
                    .formatted(walks.references(), walks.skipped, expected));
        }
    }

    /** Whether setting an accessed bit of the guest's walks the second stage once more, for the right to write. */
    private static boolean updatesTranslateAnew(@Nullable PageTableFormat stageTwo) {
        return stageTwo != null && !Rights.permit(stageTwo.tableReferenceAccess(), stageTwo.tableUpdateAccess());
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

    /** Those that hardware reads in memory to get to a page of this size. */
    private static int referencesTo(PageTableFormat format, int pageShift) {
        int references = format.levels() - (format.loadsTopTable() ? 1 : 0);
        for (int shift : format.pageShifts()) {
            references -= shift < pageShift ? 1 : 0;
        }
        return references;
    }
}

package org.memvirt.engine;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.api.mmu.Tlb;
import org.memvirt.engine.cpu.Tally;
import org.memvirt.engine.cpu.WalkCounts;

/** The conservation laws of the counts, checked at the end of a run. */
final class Audit {
    private Audit() {}

    static List<String> of(Machine machine) {
        List<String> broken = new ArrayList<>();
        Tally tally = machine.tally();
        lookups(machine, tally.tlb(), tally.accesses(), "", broken);
        lookups(machine, tally.kernelTlb(), tally.kernelAccesses(), "the kernel's ", broken);
        long lastMisses = lastMisses(machine, tally.tlb());
        if (lastMisses != tally.walks.walks) {
            broken.add(
                    "%d accesses missed the last TLB, but %d walks completed".formatted(lastMisses, tally.walks.walks));
        }
        caches(machine, tally.walks, broken);
        return broken;
    }

    /** Hits and misses of a group sum to the look-ups that reach it: all accesses at level 1, the misses of level 1 then. */
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

    /** References made and skipped are those that the same walks make without caches, which page sizes alone decide. */
    private static void caches(Machine machine, WalkCounts walks, List<String> broken) {
        MachineConfig config = machine.config();
        long expected = 0;
        for (int guest : config.format().pageShifts()) {
            if (config.stageTwo() == null) {
                expected += walks.ofSizes(guest, 0) * referencesTo(config.format(), guest);
            }
        }
        long uncached = walks.references() + walks.skipped;
        if (config.stageTwo() == null && expected != 0 && uncached != expected) {
            broken.add("walks made %d references and skipped %d, but without caches they make %d"
                    .formatted(walks.references(), walks.skipped, expected));
        }
    }

    private static int referencesTo(org.memvirt.api.mmu.PageTableFormat format, int pageShift) {
        int references = format.levels();
        for (int shift : format.pageShifts()) {
            references -= shift < pageShift ? 1 : 0;
        }
        return references;
    }
}

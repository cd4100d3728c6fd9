package org.memvirt.runner.command;

import java.util.ArrayList;
import java.util.List;
import org.memvirt.runner.config.MachineChoice;

/** What machines of one command are called: by what tells them apart. */
final class MachineNames {
    private MachineNames() {}

    private static final List<String> CACHES = List.of("tlb", "walk-cache");

    /**
     * The strategy's name, or the strategy with its options where another has that name; after the MMU's where there are
     * several, and before the TLB's and the walk cache's where one MMU has several. Where it is these alone that differ, the
     * strategy is not named.
     */
    static String of(MachineChoice machine, List<MachineChoice> all) {
        List<MachineChoice> ofMmu =
                all.stream().filter(other -> config(other, "mmu").equals(config(machine, "mmu"))).toList();
        List<String> parts = new ArrayList<>();
        if (ofMmu.size() < all.size()) {
            parts.add(config(machine, "mmu"));
        }
        List<String> caches = CACHES.stream().filter(cache -> isAnyOfSeveral(ofMmu, cache)).toList();
        if (caches.isEmpty() || isAnyOfSeveral(ofMmu, "vmm")) {
            parts.add(strategy(machine, ofMmu));
        }
        caches.forEach(cache -> parts.add(config(machine, cache)));
        return String.join(" ", parts);
    }

    private static String strategy(MachineChoice machine, List<MachineChoice> ofMmu) {
        long sameVmm = ofMmu.stream()
                .filter(other -> CACHES.stream().allMatch(cache -> config(other, cache).equals(config(machine, cache))))
                .filter(other -> other.vmm().equals(machine.vmm()))
                .count();
        return sameVmm == 1 ? machine.vmm() : config(machine, "vmm");
    }

    private static boolean isAnyOfSeveral(List<MachineChoice> machines, String option) {
        return machines.stream().map(machine -> config(machine, option)).distinct().count() > 1;
    }

    private static String config(MachineChoice machine, String option) {
        return String.valueOf(machine.config().get(option));
    }
}

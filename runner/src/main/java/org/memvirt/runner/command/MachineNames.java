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
     * several, and before the TLB's and the walk cache's where one MMU has several.
     */
    static String of(MachineChoice machine, List<MachineChoice> all) {
        List<MachineChoice> ofMmu =
                all.stream().filter(other -> other.mmu().equals(machine.mmu())).toList();
        List<String> parts = new ArrayList<>();
        if (ofMmu.size() < all.size()) {
            parts.add(machine.mmu());
        }
        long sameVmm = ofMmu.stream()
                .filter(other -> CACHES.stream().allMatch(cache -> config(other, cache).equals(config(machine, cache))))
                .filter(other -> other.vmm().equals(machine.vmm()))
                .count();
        parts.add(sameVmm == 1 ? machine.vmm() : config(machine, "vmm"));
        for (String cache : CACHES) {
            if (ofMmu.stream().map(other -> config(other, cache)).distinct().count() > 1) {
                parts.add(config(machine, cache));
            }
        }
        return String.join(" ", parts);
    }

    private static String config(MachineChoice machine, String option) {
        return String.valueOf(machine.config().get(option));
    }
}

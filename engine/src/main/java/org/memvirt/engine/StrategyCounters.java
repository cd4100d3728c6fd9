package org.memvirt.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.memvirt.api.vmm.VmmCounter;

/** What the strategy counts of its own, summed over the VMs; what only grows, since counting began. */
final class StrategyCounters {
    private final Map<String, List<VmmCounter>> byName = new LinkedHashMap<>();
    private final Map<String, Long> before = new LinkedHashMap<>();

    StrategyCounters(List<Vm> vms) {
        for (Vm vm : vms) {
            for (VmmCounter counter : vm.virtualMachine().counters()) {
                byName.computeIfAbsent(counter.name(), name -> new ArrayList<>()).add(counter);
            }
        }
    }

    /** Begins to count from 0. */
    void clear() {
        byName.forEach((name, counters) -> before.put(name, counters.getFirst().monotonic() ? sum(counters) : 0));
    }

    private static long sum(List<VmmCounter> counters) {
        return counters.stream().mapToLong(counter -> counter.value().getAsLong()).sum();
    }

    /** One of each name. */
    List<VmmCounter> all() {
        return byName.values().stream().map(List::getFirst).toList();
    }

    long value(String name) {
        return sum(byName.getOrDefault(name, List.of())) - before.getOrDefault(name, 0L);
    }

    /** By name, in the strategy's order. */
    Map<String, Long> values() {
        Map<String, Long> values = new LinkedHashMap<>();
        byName.keySet().forEach(name -> values.put(name, value(name)));
        return values;
    }
}

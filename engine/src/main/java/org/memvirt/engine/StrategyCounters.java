package org.memvirt.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.memvirt.api.vmm.VmmCounter;

/** What the strategy counts of its own, summed over the VMs; what only grows, since counting began. */
final class StrategyCounters {
    private final Map<String, List<VmmCounter>> byName = new LinkedHashMap<>();
    // One of each name, of whatever VM.
    private final Map<String, VmmCounter> kinds = new LinkedHashMap<>();
    private final Map<String, Long> before = new LinkedHashMap<>();
    private final EndedVms ended;

    StrategyCounters(List<Vm> vms, EndedVms ended) {
        this.ended = ended;
        vms.forEach(this::add);
    }

    /** A VM begins to count. */
    void add(Vm vm) {
        for (VmmCounter counter : vm.virtualMachine().counters()) {
            kinds.putIfAbsent(counter.name(), counter);
            byName.computeIfAbsent(counter.name(), name -> new ArrayList<>()).add(counter);
        }
    }

    /** A VM counts no more, and what it has counted is among that of the {@link EndedVms}. */
    void remove(Vm vm) {
        byName.values().forEach(counters -> counters.removeAll(vm.virtualMachine().counters()));
    }

    /** Begins to count from 0. */
    void clear() {
        byName.forEach((name, counters) -> before.put(name, isLevel(name) ? 0 : sum(counters)));
    }

    private boolean isLevel(String name) {
        VmmCounter kind = kinds.get(name);
        return kind != null && !kind.monotonic();
    }

    private static long sum(List<VmmCounter> counters) {
        return counters.stream().mapToLong(counter -> counter.value().getAsLong()).sum();
    }

    /** One of each name. */
    List<VmmCounter> all() {
        return List.copyOf(kinds.values());
    }

    long value(String name) {
        return ended.ofStrategy(name) + sum(byName.getOrDefault(name, List.of())) - before.getOrDefault(name, 0L);
    }

    /** By name, in the strategy's order. */
    Map<String, Long> values() {
        Map<String, Long> values = new LinkedHashMap<>();
        byName.keySet().forEach(name -> values.put(name, value(name)));
        return values;
    }
}

package org.memvirt.engine.cpu;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.memvirt.api.vmm.ExitCause;

/** How often a guest was left for its VMM, by cause. Written by the simulation alone; read by anybody. */
public final class ExitLedger {
    private final Map<ExitCause, long[]> counts = new ConcurrentHashMap<>();

    void record(ExitCause cause) {
        counts.computeIfAbsent(cause, missing -> new long[1])[0]++;
    }

    void add(ExitLedger other) {
        other.counts.forEach((cause, count) -> counts.computeIfAbsent(cause, missing -> new long[1])[0] += count[0]);
    }

    /** Exits of one cause. */
    public long count(ExitCause cause) {
        long[] count = counts.get(cause);
        return count == null ? 0 : count[0];
    }

    /** Exits of all causes. */
    public long total() {
        return counts.values().stream().mapToLong(count -> count[0]).sum();
    }

    /** By the cause's name, in alphabetical order. */
    public Map<String, Long> byCause() {
        Map<String, Long> byCause = new TreeMap<>();
        counts.forEach((cause, count) -> byCause.put(cause.name(), count[0]));
        return byCause;
    }

    void clear() {
        counts.values().forEach(count -> count[0] = 0);
    }
}

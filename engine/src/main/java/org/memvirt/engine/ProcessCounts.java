package org.memvirt.engine;

import java.util.SortedMap;
import java.util.TreeMap;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.cpu.Counters;
import org.memvirt.engine.cpu.Vcpu;

/** What each process of a vCPU has counted: what the vCPU counts from one switch to the next is the process's that ran. */
final class ProcessCounts {
    private static final int ACCESSES = 0;
    private static final int WALKS = 1;
    private static final int REFERENCES = 2;
    private static final int GUEST_FAULTS = 3;
    private static final int EXITS = 4;
    private static final int KINDS = 5;

    private final Vcpu vcpu;
    private final SortedMap<Integer, long[]> byProcess = new TreeMap<>();
    private long[] mark;

    ProcessCounts(Vcpu vcpu) {
        this.vcpu = vcpu;
        mark = now();
    }

    private long[] now() {
        Counters counters = vcpu.counters();
        long[] now = new long[KINDS];
        now[ACCESSES] = counters.accesses();
        now[WALKS] = counters.walks.walks;
        now[REFERENCES] = counters.walks.references();
        now[GUEST_FAULTS] = counters.get(Count.GUEST_FAULTS);
        now[EXITS] = counters.exits.total();
        return now;
    }

    /** Gives what was counted since the last call to a process; of a negative number, to none. */
    void add(int process) {
        long[] now = now();
        if (process >= 0) {
            long[] sum = byProcess.computeIfAbsent(process, number -> new long[KINDS]);
            for (int kind = 0; kind < KINDS; kind++) {
                sum[kind] += now[kind] - mark[kind];
            }
        }
        mark = now;
    }

    /** Begins to count from 0, together with the vCPU. */
    void clear() {
        byProcess.clear();
        mark = now();
    }

    SortedMap<Integer, SimulationResult.OfProcess> byProcess() {
        SortedMap<Integer, SimulationResult.OfProcess> result = new TreeMap<>();
        byProcess.forEach((process, sum) -> result.put(process, new SimulationResult.OfProcess(
                process, sum[ACCESSES], sum[WALKS], sum[REFERENCES], sum[GUEST_FAULTS], sum[EXITS])));
        return result;
    }
}

package org.memvirt.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.engine.Machine;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does an access cost that misses every TLB? Each of the three strategies has walked in the JVM before the one that is
 * measured, so that the walker's call sites have met all their ports.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class WalkBenchmark {
    private static final int ACCESSES = 256 * AccessBatch.USUAL_CAPACITY;

    @Param({"native", "static", "nested"})
    public String vmm;

    @Param({"false", "true"})
    public boolean cached;

    private List<AccessBatch> batches;
    private Machine machine;

    @Setup(Level.Trial)
    public void prepare() {
        batches = Batches.uniform(1 << 20);
        for (String other : List.of("native", "static", "nested")) {
            Machine warm = Machines.under(other, cached);
            batches.forEach(warm::execute);
        }
        machine = Machines.under(vmm, cached);
        batches.forEach(machine::execute);
    }

    @Benchmark
    @OperationsPerInvocation(ACCESSES)
    public long walk() {
        batches.forEach(machine::execute);
        return machine.counters().accesses();
    }
}

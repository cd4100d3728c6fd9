package org.memvirt.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.engine.Machine;
import org.memvirt.engine.block.FilteredBatch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What does an access cost that hits the level-1 TLB, with a batch's runs known and without? */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class HitBenchmark {
    private static final int ACCESSES = 256 * AccessBatch.USUAL_CAPACITY;

    @Param({"false", "true"})
    public boolean runs;

    private List<AccessBatch> batches;
    private Machine machine;

    @Setup
    public void prepare() {
        batches = Batches.loop(48);
        if (runs) {
            batches.replaceAll(FilteredBatch::new);
        }
        machine = Machines.under("native", false);
        batches.forEach(machine::execute);
    }

    @Benchmark
    @OperationsPerInvocation(ACCESSES)
    public long hit() {
        batches.forEach(machine::execute);
        return machine.counters().accesses();
    }
}

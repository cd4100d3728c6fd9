package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.BadTrace;
import org.memvirt.engine.BatchesSource;
import org.memvirt.engine.Machine;
import org.memvirt.engine.RunPlan;
import org.memvirt.engine.SideBySide;
import org.memvirt.engine.Simulation;
import org.memvirt.engine.SimulationResult;
import org.memvirt.testkit.machine.AssembledMachine;

/** Playing an input on several machines: what each counts is what it counts alone. */
final class SideBySideTest {
    private static final int MACHINES = 5;

    private static Machine machine() {
        return new AssembledMachine(PlainFormat.usual(), new BareMachine()).boot();
    }

    /** More accesses than a round holds, in batches of any length. */
    private static List<AccessBatch> batches(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<AccessBatch> batches = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            AccessBatch batch = new AccessBatch(1 + random.nextInt(6000));
            while (!batch.isFull()) {
                long page = random.nextInt(3) == 0 ? random.nextInt(3000) : random.nextInt(40);
                batch.add(0x1000_0000L + page * 4096 + 8 * random.nextInt(512),
                        random.nextBoolean() ? Rights.USER_READ : Rights.USER_WRITE);
            }
            batches.add(batch);
        }
        return batches;
    }

    private static List<Simulation> simulations(int count, RunPlan plan) {
        List<Simulation> simulations = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            simulations.add(new Simulation(machine(), plan));
        }
        return simulations;
    }

    /** All that does not depend on the clock. */
    private static List<Object> counts(SimulationResult result) {
        return List.of(result.accesses(), result.tlb(), result.walks(), result.walkReferences(), result.faults(),
                result.tables(), result.passes().stream().map(SimulationResult.Pass::accesses).toList());
    }

    @Test
    void eachCountsWhatItCountsAloneOnAnyNumberOfThreadsAndTheInputIsReadOnce() throws IOException {
        List<AccessBatch> batches = batches(1);
        for (RunPlan plan : List.of(new RunPlan(1, false), new RunPlan(3, false), new RunPlan(2, true))) {
            List<Object> alone = counts(new Simulation(machine(), plan).run(() -> new BatchesSource(batches)));
            for (int threads = 1; threads <= MACHINES + 1; threads++) {
                List<Simulation> simulations = simulations(MACHINES, plan);
                AtomicInteger opened = new AtomicInteger();
                SideBySide together = new SideBySide(simulations, threads);
                together.run(() -> {
                    opened.incrementAndGet();
                    return new BatchesSource(batches);
                });
                assertThat(opened).hasValue(1);
                assertThat(together.progress()).isEqualTo(1);
                assertThat(simulations).as("%s on %d threads", plan, threads).allSatisfy(simulation -> {
                    assertThat(simulation.failure()).isNull();
                    assertThat(counts(simulation.resultSoFar())).isEqualTo(alone);
                });
            }
        }
    }

    @Test
    void oneThatIsStoppedEndsAlone() throws IOException {
        List<AccessBatch> batches = batches(2);
        RunPlan plan = new RunPlan(1, false);
        List<Object> alone = counts(new Simulation(machine(), plan).run(() -> new BatchesSource(batches)));
        for (int threads = 1; threads <= 3; threads++) {
            List<Simulation> simulations = simulations(3, plan);
            simulations.get(1).stop();
            new SideBySide(simulations, threads).run(() -> new BatchesSource(batches));
            assertThat(simulations.get(1).resultSoFar().accesses()).isZero();
            assertThat(counts(simulations.get(0).resultSoFar())).isEqualTo(alone);
            assertThat(counts(simulations.get(2).resultSoFar())).isEqualTo(alone);
        }
    }

    @Test
    void whatARefusesAnotherMayPlay() {
        // The smaller machine runs out of memory.
        RunPlan plan = new RunPlan(1, false);
        List<AccessBatch> batches = batches(3);
        for (int threads = 1; threads <= 2; threads++) {
            Machine small = new AssembledMachine(PlainFormat.usual(), new BareMachine()).guestMemory(6L << 20).boot();
            List<Simulation> simulations = List.of(new Simulation(small, plan), new Simulation(machine(), plan));
            new SideBySide(simulations, threads).run(() -> new BatchesSource(batches));
            assertThat(simulations.get(0).failure()).isInstanceOf(TableFrames.OutOfMemory.class);
            assertThat(simulations.get(0).resultSoFar().accesses()).isPositive();
            assertThat(simulations.get(1).failure()).isNull();
            assertThat(simulations.get(1).resultSoFar().accesses())
                    .isEqualTo(batches.stream().mapToLong(batch -> batch.length).sum());
        }
    }

    @Test
    void aBrokenInputEndsAllAfterWhatCameBefore() {
        AccessBatch read = batches(4).getFirst();
        for (int threads = 1; threads <= 2; threads++) {
            List<Simulation> simulations = simulations(3, new RunPlan(1, false));
            new SideBySide(simulations, threads).run(() -> new AccessSource() {
                private int fills;

                @Override
                public boolean fill(AccessBatch batch) throws BadTrace {
                    if (fills++ == 21) {
                        throw new BadTrace("record 7");
                    }
                    batch.clear();
                    batch.add(read.addresses[fills % read.length], Rights.USER_READ);
                    return true;
                }

                @Override
                public void close() {}
            });
            assertThat(simulations).allSatisfy(simulation -> {
                assertThat(simulation.failure()).isInstanceOf(BadTrace.class).hasMessage("record 7");
                assertThat(simulation.resultSoFar().accesses()).isEqualTo(21);
            });
        }
    }

    @Test
    void anInputThatDoesNotOpenIsEverybodysFailure() {
        for (boolean prefault : new boolean[] {false, true}) {
            List<Simulation> simulations = simulations(2, new RunPlan(1, prefault));
            new SideBySide(simulations, 2).run(() -> {
                throw new IOException("gone");
            });
            assertThat(simulations).allSatisfy(
                    simulation -> assertThat(simulation.failure()).isInstanceOf(IOException.class).hasMessage("gone"));
        }
    }

    @Test
    void thereIsAThreadAndOnePlan() {
        List<Simulation> simulations = simulations(1, new RunPlan(1, false));
        assertThatIllegalArgumentException().isThrownBy(() -> new SideBySide(simulations, 0));
        List<Simulation> different =
                List.of(simulations.getFirst(), new Simulation(machine(), new RunPlan(2, false)));
        assertThatIllegalArgumentException().isThrownBy(() -> new SideBySide(different, 1));
    }
}

package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.BadTrace;
import org.memvirt.engine.InputRefused;
import org.memvirt.engine.Machine;
import org.memvirt.engine.Meter;
import org.memvirt.engine.RunPlan;
import org.memvirt.engine.Simulation;
import org.memvirt.engine.SimulationResult;
import org.memvirt.engine.count.Count;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.vmm.BatchSource;

/** Playing an input on a machine. */
final class SimulationTest {
    private static Machine machine() {
        return new AssembledMachine(PlainFormat.usual(), new BareMachine()).boot();
    }

    private static AccessBatch pages(int count) {
        AccessBatch batch = new AccessBatch(count);
        for (int i = 0; i < count; i++) {
            batch.add(0x1000_0000L + i * 4096L, i % 2 == 0 ? Rights.USER_WRITE : Rights.USER_READ);
        }
        return batch;
    }

    private static SimulationResult run(RunPlan plan, AccessBatch accesses) throws IOException {
        return new Simulation(machine(), plan).run(() -> new BatchSource(accesses));
    }

    @Test
    void eachPassPlaysTheWholeInputAndStateIsKeptBetween() throws IOException {
        SimulationResult result = run(new RunPlan(3, false), pages(500));
        assertThat(result.accesses()).isEqualTo(1500);
        assertThat(result.passes()).hasSize(3).allMatch(pass -> pass.accesses() == 500);
        assertThat(result.get(Count.GUEST_FAULTS)).as("pages stay mapped").isEqualTo(500);
        // 1536 entries behind the first level hold all 500, once the first writes have come back for their dirty bits.
        assertThat(result.walks()).isEqualTo(500);
    }

    @Test
    void aPrefaultedRunBeginsWithEveryCacheEmpty() throws IOException {
        SimulationResult result = run(new RunPlan(1, true), pages(500));
        assertThat(result.accesses()).isEqualTo(500);
        assertThat(result.get(Count.GUEST_FAULTS)).isZero();
        assertThat(result.faultingWalks().walks()).isZero();
        assertThat(result.walks()).isEqualTo(500);
        assertThat(result.walkReferences().total()).isEqualTo(3 * 500);
    }

    @Test
    void aSourceThatGivesMoreThanABatchIsPlayedToItsEnd() throws IOException {
        SimulationResult result = run(new RunPlan(1, false), pages(3 * AccessBatch.USUAL_CAPACITY + 17));
        assertThat(result.accesses()).isEqualTo(3 * AccessBatch.USUAL_CAPACITY + 17);
    }

    @Test
    void anEmptyInputGivesZeroes() throws IOException {
        for (boolean prefault : new boolean[] {false, true}) {
            SimulationResult result = run(new RunPlan(1, prefault), new AccessBatch(1));
            assertThat(result.accesses()).isZero();
            assertThat(result.walks()).isZero();
            assertThat(result.walkReferences().perWalk()).isZero();
        }
    }

    @Test
    void aRunThatIsStoppedPlaysNoMoreBatches() throws IOException {
        Simulation simulation = new Simulation(machine(), new RunPlan(1, false));
        SimulationResult result = simulation.run(() -> new AccessSource() {
            private int fills;

            @Override
            public boolean fill(AccessBatch batch) {
                batch.clear();
                batch.add(0x1000_0000, Rights.USER_READ);
                batch.add(0x1000_0008, Rights.USER_READ);
                if (++fills == 3) {
                    simulation.stop();
                }
                return true;
            }

            @Override
            public double progress() {
                return fills / 100.0;
            }

            @Override
            public void close() {}
        });
        assertThat(result.accesses()).as("of the two batches before").isEqualTo(4);
        assertThat(simulation.progress()).isEqualTo(0.02);
    }

    @Test
    void anAddressThatIsNotTheProgramsEndsTheRunAndWhatCameBeforeCounts() {
        long kernel = PlainFormat.usual().kernelBase();
        for (long bad : new long[] {kernel, 1L << 45, -1}) {
            AccessBatch accesses = new AccessBatch(3);
            accesses.add(0x1000, Rights.USER_READ);
            accesses.add(bad, Rights.USER_READ);
            accesses.add(0x2000, Rights.USER_READ);
            Simulation simulation = new Simulation(machine(), new RunPlan(1, false));
            assertThatExceptionOfType(InputRefused.class)
                    .isThrownBy(() -> simulation.run(() -> new BatchSource(accesses)))
                    .withMessageContaining("%#x".formatted(bad));
            assertThat(simulation.resultSoFar().accesses()).isEqualTo(1);
        }
    }

    @Test
    void aBrokenTraceEndsTheRunAndWhatCameBeforeCounts() {
        Simulation simulation = new Simulation(machine(), new RunPlan(1, false));
        boolean[] closed = new boolean[1];
        assertThatExceptionOfType(BadTrace.class).isThrownBy(() -> simulation.run(() -> new AccessSource() {
            private int fills;

            @Override
            public boolean fill(AccessBatch batch) throws BadTrace {
                if (fills++ == 2) {
                    throw new BadTrace("line 3");
                }
                batch.clear();
                batch.add(0x1000, Rights.USER_READ);
                return true;
            }

            @Override
            public void close() {
                closed[0] = true;
            }
        }));
        assertThat(simulation.resultSoFar().accesses()).isEqualTo(2);
        assertThat(closed[0]).isTrue();
    }

    @Test
    void anInputIsPlayedAtLeastOnce() {
        assertThatIllegalArgumentException().isThrownBy(() -> new RunPlan(0, false));
    }

    @Test
    void metersShowWhatTheResultSays() throws IOException {
        Machine machine = machine();
        var meters = machine.meters();
        SimulationResult result = new Simulation(machine, new RunPlan(1, false))
                .run(() -> new BatchSource(pages(5000)));
        assertThat(meters).isSameAs(machine.meters());
        assertThat(value(machine, "accesses")).isEqualTo(result.accesses());
        assertThat(value(machine, "walks")).isEqualTo(result.walks());
    }

    private static long value(Machine machine, String name) {
        return machine.meters().stream()
                .filter(meter -> meter.name().equals(name))
                .mapToLong(Meter::value)
                .findFirst()
                .orElseThrow();
    }
}

package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.access.Rights;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.engine.InputRefused;
import org.memvirt.engine.Machine;
import org.memvirt.engine.RunPlan;
import org.memvirt.engine.Simulation;
import org.memvirt.engine.SimulationResult;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.guest.GuestPages;
import org.memvirt.testkit.machine.AssembledMachine;

class SchedulerTest {
    private static final long PAGE = 4096;
    private static final long MIB = 1L << 20;
    private static final long PLACE = 0x1000_0000;

    private static AssembledMachine machine() {
        return new AssembledMachine(PlainFormat.usual(), new BareMachine());
    }

    private static AccessBatch batch(GuestEvent... events) {
        AccessBatch batch = new AccessBatch(64);
        for (GuestEvent event : events) {
            batch.add(event);
        }
        return batch;
    }

    private static void happen(Machine machine, GuestEvent... events) {
        machine.execute(batch(events));
    }

    private static long dataBytes(Machine machine) {
        return machine.kernel().allocatedBytes() - machine.kernel().tableBytes();
    }

    private static void assertRefused(Machine machine, AccessBatch batch, String... words) {
        assertThatExceptionOfType(InputRefused.class)
                .isThrownBy(() -> machine.execute(batch))
                .withMessageContainingAll(words);
    }

    @Test
    void eachProcessHasMemoryOfItsOwn() {
        Machine machine = machine().boot();
        machine.store(PLACE, 1);
        happen(machine, new GuestEvent.Switch(7));
        assertThat(machine.load(PLACE)).hasValue(0);
        machine.store(PLACE, 2);
        happen(machine, new GuestEvent.Switch(0));
        assertThat(machine.load(PLACE)).hasValue(1);
        happen(machine, new GuestEvent.Switch(7));
        assertThat(machine.load(PLACE)).hasValue(2);
        assertThat(machine.counters().get(Count.GUEST_FAULTS)).isEqualTo(2);
    }

    @Test
    void theEventsOfABatchHappenBeforeItsAccesses() {
        Machine machine = machine().boot();
        AccessBatch batch = batch(
                new GuestEvent.Map(PLACE, PAGE, Rights.USER_READ),
                new GuestEvent.Protect(PLACE, PAGE, Rights.USER_READ | Rights.USER_WRITE));
        batch.add(PLACE, Rights.USER_WRITE);
        machine.execute(batch);
        assertThat(machine.counters().accesses()).isEqualTo(1);
        assertThatIllegalStateException().isThrownBy(() -> batch.add(new GuestEvent.Exit()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aForkSharesPagesUntilOneWrites(boolean freeKernel) {
        Machine machine = freeKernel ? machine().boot() : machine().simulatedKernel().boot();
        for (int page = 0; page < 10; page++) {
            machine.store(PLACE + page * PAGE, 100 + page);
        }
        long before = dataBytes(machine);
        happen(machine, new GuestEvent.Fork(1), new GuestEvent.Switch(1));
        assertThat(machine.load(PLACE + 9 * PAGE)).hasValue(109);
        assertThat(dataBytes(machine)).isEqualTo(before);
        machine.store(PLACE, 1);
        assertThat(machine.load(PLACE + 8)).hasValue(0);
        assertThat(dataBytes(machine)).isEqualTo(before + PAGE);
        happen(machine, new GuestEvent.Switch(0));
        assertThat(machine.load(PLACE)).hasValue(100);
        long faults = machine.counters().get(Count.GUEST_FAULTS);
        machine.store(PLACE, 2);
        assertThat(machine.counters().get(Count.GUEST_FAULTS)).as("the last owner writes").isEqualTo(faults + 1);
        assertThat(dataBytes(machine)).as("and needs no copy").isEqualTo(before + PAGE);
        happen(machine, new GuestEvent.Switch(1), new GuestEvent.Exit(), new GuestEvent.Switch(0));
        assertThat(dataBytes(machine)).isEqualTo(before);
        assertThat(machine.load(PLACE)).hasValue(2);
        assertThat(machine.load(PLACE + 9 * PAGE)).hasValue(109);
    }

    @Test
    void largePagesAreSharedAndCopiedWhole() {
        Machine machine = machine().guestPages(new GuestPages(21, false)).boot();
        machine.store(64 * MIB + 8, 1);
        machine.store(64 * MIB + MIB, 3);
        happen(machine, new GuestEvent.Fork(1), new GuestEvent.Switch(1));
        machine.store(64 * MIB + 8, 2);
        assertThat(machine.load(64 * MIB + MIB)).hasValue(3);
        happen(machine, new GuestEvent.Exit(), new GuestEvent.Switch(0));
        assertThat(machine.load(64 * MIB + 8)).hasValue(1);
        happen(machine, new GuestEvent.Unmap(64 * MIB + PAGE, PAGE));
        assertThat(machine.load(64 * MIB + 8)).as("a range that cuts the page leaves the rest").hasValue(1);
        assertThat(machine.load(64 * MIB + PAGE)).isEmpty();
        assertThat(machine.load(64 * MIB + MIB)).hasValue(3);
        assertThat(machine.kernel().counts().get(Count.SPLITS)).isEqualTo(1);
    }

    @Test
    void whatAProcessTookIsFreeAfterItsEnd() {
        Machine machine = machine().boot();
        long before = machine.kernel().allocatedBytes();
        for (int round = 0; round < 5; round++) {
            AccessBatch batch = batch(new GuestEvent.Switch(1));
            for (int page = 0; page < 64; page++) {
                batch.add(PLACE + page * (64 * MIB), Rights.USER_WRITE);
            }
            machine.execute(batch);
            assertThat(machine.kernel().allocatedBytes()).isGreaterThan(before + 64 * PAGE);
            happen(machine, new GuestEvent.Exit());
            assertThat(machine.kernel().allocatedBytes()).isEqualTo(before);
        }
        assertThat(machine.counters().get(Count.GUEST_FAULTS)).isEqualTo(5 * 64);
    }

    @Test
    void whatCannotBeIsRefusedByName() {
        Machine machine = machine().boot();
        AccessBatch unmapped = batch(
                new GuestEvent.Unmap(PLACE, PAGE), new GuestEvent.Protect(PLACE + PAGE, PAGE, Rights.USER_READ));
        unmapped.add(PLACE + PAGE, Rights.USER_READ);
        unmapped.add(PLACE, Rights.USER_READ);
        assertRefused(machine, unmapped, "access 1, counted from 0", "process 0", "0x10000000");
        assertThat(machine.counters().accesses()).isEqualTo(1);
        AccessBatch readOnly = batch();
        readOnly.add(PLACE + PAGE, Rights.USER_WRITE);
        assertRefused(machine, readOnly, "process 0", "0x10001000", "-w----");
        assertRefused(machine, batch(new GuestEvent.Map(PLACE + 8, PAGE, Rights.USER)), "multiples of 4096");
        assertRefused(machine, batch(new GuestEvent.Map(PLACE, 0, Rights.USER)), "multiples of 4096");
        long kernelBase = PlainFormat.usual().kernelBase();
        assertRefused(machine, batch(new GuestEvent.Map(kernelBase - PAGE, 2 * PAGE, Rights.USER)), "below");
        assertRefused(machine, batch(new GuestEvent.Map(-PAGE, PAGE, Rights.USER)), "below");
        assertRefused(machine, batch(new GuestEvent.Map(PLACE, PAGE, Rights.SUPERVISOR_READ)), "user rights");
        assertRefused(machine, batch(new GuestEvent.Fork(0)), "process 0 already");
        assertRefused(machine, batch(new GuestEvent.Switch(-1)), "numbered from 0");
        assertRefused(machine, batch(new GuestEvent.Fork(-1)), "numbered from 0");
        AccessBatch ended = batch(new GuestEvent.Exit());
        ended.add(PLACE, Rights.USER_READ);
        assertRefused(machine, ended, "no process runs");
        assertRefused(machine, batch(new GuestEvent.Fork(1)), "no process runs");
        assertRefused(machine, batch(new GuestEvent.Exit()), "no process runs");
    }

    /** Two processes that read the same pages in turn. */
    private static AccessSource turns(GuestEvent last) {
        return new AccessSource() {
            private int fills;

            @Override
            public boolean fill(AccessBatch batch) {
                batch.clear();
                if (fills == 4) {
                    batch.add(last);
                } else if (fills < 4) {
                    batch.add(new GuestEvent.Switch(fills % 2));
                    for (int page = 0; page < 8; page++) {
                        batch.add(PLACE + page * PAGE, Rights.USER_READ);
                    }
                }
                fills++;
                return !batch.isEmpty();
            }

            @Override
            public void close() {
                // Nothing is open.
            }
        };
    }

    @Test
    void anInputThatOnlySwitchesCanBeRepeated() throws IOException {
        Simulation simulation = new Simulation(machine().boot(), new RunPlan(3, true));
        SimulationResult result = simulation.run(() -> turns(new GuestEvent.Switch(0)));
        assertThat(result.accesses()).isEqualTo(3 * 4 * 8);
        assertThat(result.get(Count.GUEST_FAULTS)).isZero();
        for (RunPlan plan : new RunPlan[] {new RunPlan(2, false), new RunPlan(1, true)}) {
            assertThatExceptionOfType(InputRefused.class)
                    .isThrownBy(() -> new Simulation(machine().boot(), plan).run(() -> turns(new GuestEvent.Fork(2))))
                    .withMessageContaining("played once");
        }
        SimulationResult once =
                new Simulation(machine().boot(), new RunPlan(1, false)).run(() -> turns(new GuestEvent.Exit()));
        assertThat(once.accesses()).isEqualTo(4 * 8);
        assertThat(once.get(Count.GUEST_FAULTS)).isEqualTo(16);
    }
}

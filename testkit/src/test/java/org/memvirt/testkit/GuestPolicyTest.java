package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.TableFrames.OutOfMemory;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.Machine;
import org.memvirt.engine.MachineShape;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Counts;
import org.memvirt.engine.guest.GuestKernel;
import org.memvirt.engine.guest.GuestPages;
import org.memvirt.engine.guest.GuestPolicy;
import org.memvirt.engine.guest.Process;
import org.memvirt.testkit.machine.AssembledMachine;

/** What the guest kernel does beyond demand paging: tags, flushes, threads, shared objects, large pages, memory that runs out. */
final class GuestPolicyTest {
    private static final long PAGE = 4096;
    private static final long MIB = 1L << 20;
    private static final long PLACE = 0x1000_0000;

    private static AssembledMachine machine() {
        return new AssembledMachine(PlainFormat.usual(), new BareMachine());
    }

    private static GuestPolicy policy(int ceiling, int tags, boolean freesTables) {
        return new GuestPolicy(ceiling, tags, freesTables, 0);
    }

    private static AccessBatch batch(GuestEvent... events) {
        AccessBatch batch = new AccessBatch(64);
        for (GuestEvent event : events) {
            batch.add(event);
        }
        return batch;
    }

    // Tags.

    private static Counts turns(Machine machine, int processes, int rounds) {
        for (int round = 0; round < rounds; round++) {
            for (int process = 0; process < processes; process++) {
                AccessBatch batch = batch(new GuestEvent.Switch(process));
                batch.add(PLACE, Rights.USER_WRITE);
                machine.execute(batch);
            }
        }
        return machine.kernel().counts();
    }

    @Test
    void sixTagsServeSixProcessesInTurnAndNeverASeventh() {
        for (int processes = 1; processes <= 6; processes++) {
            Machine machine = machine().guestPolicy(policy(0, 6, false)).boot();
            Counts counts = turns(machine, processes, 5);
            assertThat(counts.get(Count.SWITCHES)).isEqualTo(5L * processes);
            assertThat(counts.get(Count.SWITCH_FLUSHES)).as("%d processes", processes).isZero();
            assertThat(machine.audit()).isEmpty();
        }
        Machine machine = machine().guestPolicy(policy(0, 6, false)).boot();
        Counts counts = turns(machine, 7, 5);
        assertThat(counts.get(Count.SWITCH_FLUSHES)).as("all after six that nobody had before").isEqualTo(5 * 7 - 6);
        assertThat(machine.audit()).isEmpty();
    }

    @Test
    void withoutTagsEachSwitchFlushes() {
        for (AssembledMachine each : List.of(
                machine().guestPolicy(policy(0, GuestPolicy.NO_TAGS, false)), machine().asidBits(0))) {
            Counts counts = turns(each.boot(), 9, 4);
            assertThat(counts.get(Count.SWITCHES)).isEqualTo(36);
            assertThat(counts.get(Count.SWITCH_FLUSHES)).isEqualTo(36);
        }
        Counts tagged = turns(machine().boot(), 9, 4);
        assertThat(tagged.get(Count.SWITCHES)).isEqualTo(36);
        assertThat(tagged.get(Count.SWITCH_FLUSHES)).isZero();
    }

    @Test
    void moreTagsThanHardwareHasAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> machine().asidBits(2).guestPolicy(policy(0, 4, false)).boot())
                .withMessageContainingAll("3", "4");
        turns(machine().asidBits(2).guestPolicy(policy(0, 3, false)).boot(), 4, 2);
    }

    // Flushes.

    private static Counts unmapped(int ceiling, int pages) {
        Machine machine = machine().guestPolicy(policy(ceiling, GuestPolicy.ALL_TAGS, false)).boot();
        AccessBatch batch = new AccessBatch(100);
        for (int page = 0; page < 100; page++) {
            batch.add(PLACE + page * PAGE, Rights.USER_WRITE);
        }
        machine.execute(batch);
        GuestKernel kernel = machine.kernel();
        kernel.counts().clear();
        long before = kernel.allocatedBytes();
        kernel.forbid(kernel.current(), PLACE, pages * PAGE);
        assertThat(kernel.allocatedBytes()).isEqualTo(before - pages * PAGE);
        assertThat(machine.load(PLACE)).isEmpty();
        assertThat(machine.load(PLACE + 99 * PAGE)).hasValue(0);
        return kernel.counts();
    }

    @Test
    void upToTheCeilingPagesAreFlushedOneByOneAndThenAll() {
        assertThat(unmapped(0, 99).get(Count.PAGE_FLUSHES)).isEqualTo(99);
        assertThat(unmapped(33, 33).get(Count.PAGE_FLUSHES)).isEqualTo(33);
        assertThat(unmapped(33, 33).get(Count.SPACE_FLUSHES)).isZero();
        assertThat(unmapped(33, 34).get(Count.PAGE_FLUSHES)).isZero();
        assertThat(unmapped(33, 34).get(Count.SPACE_FLUSHES)).isEqualTo(1);
    }

    @Test
    void anInputMayAskForFlushes() {
        Machine machine = machine().guestPolicy(policy(33, GuestPolicy.ALL_TAGS, false)).boot();
        machine.execute(batch(new GuestEvent.Flush(PLACE, 8 * PAGE), new GuestEvent.Flush(PLACE, 40 * PAGE),
                new GuestEvent.Flush(0, 0)));
        assertThat(machine.kernel().counts().get(Count.PAGE_FLUSHES)).isEqualTo(8);
        assertThat(machine.kernel().counts().get(Count.SPACE_FLUSHES)).isEqualTo(2);
        AccessBatch again = batch();
        again.add(PLACE, Rights.USER_READ);
        again.add(PLACE, Rights.USER_READ);
        machine.execute(again);
        long misses = machine.counters().walks.walks;
        machine.execute(batch(new GuestEvent.Flush(PLACE, PAGE)));
        machine.execute(again);
        assertThat(machine.counters().walks.walks).as("the flushed page is walked once more").isEqualTo(misses + 1);
    }

    // Threads.

    @ParameterizedTest
    @ValueSource(ints = {GuestPolicy.ALL_TAGS, GuestPolicy.NO_TAGS, 2})
    void aThreadOnEachCpuSeesWhatTheOtherDoes(int tags) {
        Machine machine = machine()
                .guestPolicy(policy(33, tags, true))
                .shape(new MachineShape(2, 1, 2))
                .boot();
        GuestKernel kernel = machine.kernel();
        Process one = kernel.current();
        Process other = kernel.startThread(one);
        kernel.on(1);
        kernel.run(other);
        kernel.on(0);
        assertThat(machine.store(PLACE, 42)).isTrue();
        var second = machine.vms().getFirst().vcpus().get(1).access();
        kernel.on(1);
        long reached = second.reach(PLACE, Rights.USER_READ);
        assertThat(machine.memory().load(reached)).isEqualTo(42);
        kernel.on(0);
        kernel.forbid(one, PLACE, PAGE);
        kernel.on(1);
        assertThat(second.reach(PLACE, Rights.USER_READ)).as("after a shootdown").isEqualTo(Walk.NOWHERE);
        kernel.exit(one);
        assertThat(second.reach(PLACE + PAGE, Rights.USER_WRITE)).as("the other thread goes on").isPositive();
        kernel.exit(other);
        assertThat(kernel.allocatedBytes() - kernel.tableBytes()).isZero();
        assertThat(machine.audit()).isEmpty();
    }

    @Test
    void aThreadThatFollowsAnotherLoadsNoRoot() {
        Machine machine = machine().boot();
        machine.store(PLACE, 1);
        machine.execute(batch(new GuestEvent.StartThread(1), new GuestEvent.Switch(1)));
        assertThat(machine.kernel().counts().get(Count.SWITCHES)).isZero();
        assertThat(machine.load(PLACE)).hasValue(1);
        machine.execute(batch(new GuestEvent.Exit(), new GuestEvent.Switch(0)));
        assertThat(machine.load(PLACE)).hasValue(1);
    }

    // Objects.

    @Test
    void processesSeeInAnObjectWhatTheOtherWrote() {
        Machine machine = machine().boot();
        machine.execute(batch(new GuestEvent.MapShared(PLACE, 16 * PAGE, Rights.USER, 3, 4 * PAGE)));
        assertThat(machine.store(PLACE + 2 * PAGE, 7)).isTrue();
        machine.execute(batch(
                new GuestEvent.Fork(1),
                new GuestEvent.Switch(2),
                new GuestEvent.MapShared(PLACE + MIB, 32 * PAGE, Rights.USER_READ, 3, 0)));
        assertThat(machine.load(PLACE + MIB + 6 * PAGE)).hasValue(7);
        assertThat(machine.store(PLACE + MIB + 6 * PAGE, 8)).isFalse();
        machine.execute(batch(new GuestEvent.Switch(1)));
        assertThat(machine.store(PLACE + 2 * PAGE, 9)).as("the child shares it, too").isTrue();
        machine.execute(batch(new GuestEvent.Switch(2)));
        assertThat(machine.load(PLACE + MIB + 6 * PAGE)).hasValue(9);
        machine.execute(batch(new GuestEvent.Switch(0), new GuestEvent.Unmap(PLACE, 16 * PAGE),
                new GuestEvent.MapShared(PLACE, PAGE, Rights.USER, 3, 6 * PAGE)));
        assertThat(machine.load(PLACE)).as("what nobody maps is kept").hasValue(9);
    }

    @Test
    void objectsHaveLargePagesWhereTheyBeginTogether() {
        Machine machine = machine().guestPages(new GuestPages(21, true)).boot();
        GuestKernel kernel = machine.kernel();
        kernel.allowShared(kernel.current(), 64 * MIB, 4 * MIB, Rights.USER, 0, 2 * MIB);
        assertThat(machine.store(64 * MIB + 5 * PAGE, 1)).isTrue();
        assertThat(kernel.find(kernel.current(), 64 * MIB).pageShift()).isEqualTo(21);
        Process other = kernel.spawn();
        kernel.allowShared(other, 64 * MIB + PAGE, 4 * MIB, Rights.USER, 0, 2 * MIB);
        kernel.run(other);
        assertThat(machine.load(64 * MIB + 6 * PAGE)).hasValue(1);
        assertThat(kernel.find(other, 64 * MIB + 6 * PAGE).pageShift()).isEqualTo(12);
    }

    // Large pages.

    @Test
    void theDaemonMakesALargePageOfSmallOnes() {
        Machine machine = machine()
                .guestPolicy(new GuestPolicy(33, GuestPolicy.ALL_TAGS, true, 1000))
                .boot();
        GuestKernel kernel = machine.kernel();
        for (int page = 0; page < 512; page += 7) {
            assertThat(machine.store(64 * MIB + page * PAGE, 1 + page)).isTrue();
        }
        long tables = kernel.tableBytes();
        AccessBatch idle = new AccessBatch(2000);
        while (!idle.isFull()) {
            idle.add(64 * MIB, Rights.USER_READ);
        }
        machine.execute(idle);
        assertThat(kernel.counts().get(Count.COLLAPSES)).isEqualTo(1);
        assertThat(kernel.find(kernel.current(), 64 * MIB).pageShift()).isEqualTo(21);
        assertThat(kernel.tableBytes()).isEqualTo(tables - 4096);
        assertThat(kernel.allocatedBytes() - kernel.tableBytes()).isEqualTo(2 * MIB);
        for (int page = 0; page < 512; page++) {
            assertThat(machine.load(64 * MIB + page * PAGE)).hasValue(page % 7 == 0 ? 1 + page : 0);
        }
        assertThat(machine.counters().accesses()).isEqualTo(2000 + 74 + 512);
        assertThat(machine.audit()).isEmpty();
    }

    @Test
    void theDaemonLeavesAloneWhatIsSharedOrDoesNotFit() {
        Machine machine = machine().boot();
        GuestKernel kernel = machine.kernel();
        Process process = kernel.spawn();
        kernel.run(process);
        kernel.allow(process, 64 * MIB, MIB, Rights.USER);
        kernel.allow(process, 128 * MIB, 2 * MIB, Rights.USER);
        machine.store(64 * MIB, 1);
        machine.store(128 * MIB, 2);
        Process child = kernel.fork(process);
        for (int i = 0; i < 20; i++) {
            kernel.collapse();
        }
        assertThat(kernel.counts().get(Count.COLLAPSES)).isZero();
        kernel.exit(child);
        for (int i = 0; i < 20; i++) {
            kernel.collapse();
        }
        assertThat(kernel.counts().get(Count.COLLAPSES)).isEqualTo(1);
        assertThat(machine.load(128 * MIB)).hasValue(2);
        assertThat(kernel.find(process, 64 * MIB).pageShift()).isEqualTo(12);
    }

    // Tables.

    @Test
    void emptyTablesAreFreedAndUsedAgain() {
        Machine machine = machine().guestPolicy(policy(0, GuestPolicy.ALL_TAGS, true)).boot();
        GuestKernel kernel = machine.kernel();
        Process process = kernel.spawn();
        kernel.run(process);
        long before = kernel.tableBytes();
        for (int round = 1; round <= 3; round++) {
            kernel.allow(process, 1024 * MIB, 8 * MIB, Rights.USER);
            for (int page = 0; page < 2048; page += 16) {
                assertThat(machine.store(1024 * MIB + page * PAGE, page)).isTrue();
            }
            assertThat(kernel.tableBytes()).isEqualTo(before + 5 * 4096);
            kernel.forbid(process, 1024 * MIB, 3 * MIB);
            assertThat(kernel.tableBytes()).as("one of four is wholly in no area").isEqualTo(before + 4 * 4096);
            assertThat(machine.load(1024 * MIB + 1024 * PAGE)).hasValue(1024);
            kernel.forbid(process, 1027 * MIB, 5 * MIB);
            assertThat(kernel.tableBytes()).isEqualTo(before);
            assertThat(kernel.counts().get(Count.TABLES_FREED)).isEqualTo(round * 5L);
        }
        assertThat(machine.audit()).isEmpty();
    }

    // Memory that runs out.

    @Test
    void theLargestProcessDiesWhenMemoryRunsOut() {
        Machine machine = machine().guestMemory(16 * MIB).boot();
        AccessBatch large = batch(new GuestEvent.Switch(1));
        for (int page = 0; page < 64; page++) {
            large.add(PLACE + page * PAGE, Rights.USER_WRITE);
        }
        for (int i = 0; i < 40; i++) {
            machine.execute(large);
            for (int page = 0; page < 64; page++) {
                large.addresses[page] += 64 * PAGE;
            }
        }
        assertThat(machine.kernel().counts().get(Count.KILLS)).isZero();
        List<AccessBatch> small = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            AccessBatch batch = batch(new GuestEvent.Switch(2));
            for (int page = 0; page < 64; page++) {
                batch.add(PLACE + (64L * i + page) * PAGE, Rights.USER_WRITE);
            }
            small.add(batch);
        }
        small.forEach(machine::execute);
        assertThat(machine.kernel().counts().get(Count.KILLS)).isEqualTo(1);
        assertThat(machine.kernel().counts().get(Count.ACCESSES_OF_KILLED)).isZero();
        long made = machine.counters().accesses();
        machine.execute(large);
        machine.execute(batch(new GuestEvent.Map(PLACE, PAGE, Rights.USER), new GuestEvent.Fork(9),
                new GuestEvent.Switch(9)));
        assertThat(machine.counters().accesses()).isEqualTo(made);
        assertThat(machine.kernel().counts().get(Count.ACCESSES_OF_KILLED)).isEqualTo(64);
        small.forEach(machine::execute);
        assertThat(machine.kernel().counts().get(Count.KILLS)).isEqualTo(1);
        assertThat(machine.audit()).isEmpty();
    }

    @Test
    void aProcessThatIsAloneIsTold() {
        Machine machine = machine().guestMemory(16 * MIB).boot();
        AccessBatch writes = new AccessBatch(8000);
        while (!writes.isFull()) {
            writes.add(PLACE + writes.length * PAGE, Rights.USER_WRITE);
        }
        assertThatExceptionOfType(OutOfMemory.class)
                .isThrownBy(() -> machine.execute(writes))
                .withMessageContaining("guest memory");
    }

    @Test
    void aForkThatFindsNoMemoryKillsAndIsGivenUp() {
        Machine machine = machine().guestMemory(16 * MIB).boot();
        GuestKernel kernel = machine.kernel();
        Process bystander = kernel.current();
        Process parent = kernel.start();
        kernel.run(parent);
        // Nearly as many tables as pages.
        for (long at = PLACE; !parent.isKilled() && kernel.allocatedBytes() < 11 * MIB; at += 2 * MIB) {
            assertThat(machine.store(at, at)).isTrue();
        }
        Process child = kernel.fork(parent);
        assertThat(parent.isKilled()).isTrue();
        assertThat(child.isKilled()).isTrue();
        assertThat(kernel.counts().get(Count.KILLS)).isEqualTo(1);
        kernel.run(bystander);
        assertThat(machine.store(PLACE, 1)).isTrue();
        assertThat(kernel.allocatedBytes()).isLessThan(MIB);
        assertThat(machine.audit()).isEmpty();
    }
}

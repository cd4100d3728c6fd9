package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.TableFrames.OutOfMemory;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.Machine;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.guest.GuestKernel;
import org.memvirt.engine.guest.GuestPages;
import org.memvirt.engine.guest.Process;
import org.memvirt.testkit.machine.AssembledMachine;

/** The guest's kernel: how it boots, what it gives on demand, what it counts. */
final class GuestKernelTest {
    private static final long MIB = 1L << 20;
    private static final PlainFormat FORMAT = PlainFormat.usual();

    private static AssembledMachine machine() {
        return new AssembledMachine(FORMAT, new BareMachine());
    }

    private static AccessBatch writes(long from, int count, long step) {
        AccessBatch batch = new AccessBatch(count);
        for (int i = 0; i < count; i++) {
            batch.add(from + i * step, Rights.USER_WRITE);
        }
        return batch;
    }

    @Test
    void bootMapsAllMemoryDirectlyWithTheLargestPages() {
        Machine machine = machine().guestMemory(2048 * MIB + 6 * MIB + 8192).boot();
        long base = FORMAT.kernelBase();
        long[][] expected = {{0, 30}, {1024 * MIB + 5, 30}, {2048 * MIB, 21}, {2054 * MIB - 1, 21}, {2054 * MIB, 12}};
        for (long[] place : expected) {
            Walk walk = machine.vcpu().ask(base + place[0], Rights.SUPERVISOR_READ, null);
            assertThat(walk.succeeded()).as("%s", walk).isTrue();
            assertThat(walk.outputAddress).isEqualTo(place[0]);
            assertThat(walk.pageShift).isEqualTo((int) place[1]);
            assertThat(walk.global).isTrue();
        }
        assertThat(machine.vcpu().ask(base + 2054 * MIB + 8192, Rights.SUPERVISOR_READ, null).fault)
                .isEqualTo(Fault.NOT_PRESENT);
        assertThat(machine.counters().accesses()).as("booting is not counted").isZero();
        assertThat(machine.counters().kernelAccesses()).isZero();
    }

    @Test
    void aProgramMayNotTouchTheKernelsPart() {
        Machine machine = machine().boot();
        assertThat(machine.load(FORMAT.kernelBase())).isEmpty();
        assertThat(machine.store(FORMAT.kernelBase() + 4096, 1)).isFalse();
    }

    @Test
    void aNewPageIsZeroEvenIfItsFrameWasAnothersBefore() {
        Machine machine = machine().boot();
        Process process = machine.kernel().current();
        for (int round = 1; round <= 20; round++) {
            assertThat(machine.load(0x1000_0008)).hasValue(0);
            assertThat(machine.store(0x1000_0008, round)).isTrue();
            machine.kernel().allow(process, 0x1000_0000, 4096, Rights.USER);
        }
    }

    @Test
    void eachPageFaultsOnceAndTakesOnePage() {
        Machine machine = machine().boot();
        long before = machine.kernel().allocatedBytes() - machine.kernel().tableBytes();
        machine.execute(writes(0x1000_0000, 100, 4096));
        machine.execute(writes(0x1000_0000, 100, 4096));
        assertThat(machine.counters().get(Count.GUEST_FAULTS)).isEqualTo(100);
        assertThat(machine.counters().get(Count.INJECTED_FAULTS)).isZero();
        assertThat(machine.kernel().allocatedBytes() - machine.kernel().tableBytes())
                .isEqualTo(before + 100 * 4096);
    }

    @Test
    void whatIsForbiddenIsFreed() {
        Machine machine = machine().boot();
        GuestKernel kernel = machine.kernel();
        machine.execute(writes(0x1000_0000, 100, 4096));
        long tables = kernel.tableBytes();
        long before = kernel.allocatedBytes();
        kernel.forbid(kernel.current(), 0x1000_0000, 60 * 4096);
        assertThat(kernel.allocatedBytes()).isEqualTo(before - 60 * 4096);
        assertThat(kernel.tableBytes()).isEqualTo(tables);
        assertThat(machine.load(0x1000_0000)).isEmpty();
        assertThat(machine.load(0x1000_0000 + 60 * 4096)).isNotEmpty();
    }

    @Test
    void theKernelsWorkIsCountedApartOrNotAtAll() {
        Machine free = machine().boot();
        Machine simulated = machine().simulatedKernel().boot();
        for (Machine machine : new Machine[] {free, simulated}) {
            machine.execute(writes(0x1000_0000, 50, 4096));
            assertThat(machine.counters().accesses()).isEqualTo(50);
            assertThat(machine.counters().get(Count.GUEST_FAULTS)).isEqualTo(50);
            assertThat(machine.counters().walks.walks).isEqualTo(50);
            assertThat(machine.counters().faultingWalks.walks).isEqualTo(50);
            assertThat(machine.audit()).isEmpty();
        }
        assertThat(free.counters().kernelAccesses()).isZero();
        // Clearing a page touches its 64 lines; the entry is read and written besides.
        assertThat(simulated.counters().kernelAccesses()).isGreaterThan(50 * 64);
        assertThat(simulated.counters().kernelTlb().stream().mapToLong(counts -> counts.hits).sum()).isPositive();
    }

    @Test
    void largePagesComeWhereTheAreaHasRoom() {
        Machine machine = machine().guestPages(new GuestPages(21, true)).boot();
        GuestKernel kernel = machine.kernel();
        Process process = kernel.spawn();
        kernel.run(process);
        kernel.allow(process, 64 * MIB - 4096, 4 * MIB + 8192, Rights.USER);
        assertThat(machine.store(64 * MIB + 12345 * 8, 1)).isTrue();
        assertThat(kernel.find(process, 64 * MIB).pageShift()).isEqualTo(21);
        assertThat(machine.store(64 * MIB - 8, 1)).isTrue();
        assertThat(kernel.find(process, 64 * MIB - 8).pageShift()).isEqualTo(12);
        assertThat(machine.store(68 * MIB, 1)).isTrue();
        assertThat(kernel.find(process, 68 * MIB).pageShift()).isEqualTo(12);
        assertThat(machine.counters().get(Count.GUEST_FAULTS)).isEqualTo(3);
    }

    @Test
    void aLargePageDoesNotTakeTheRoomOfASmallOne() {
        Machine machine = machine().guestPages(new GuestPages(21, true)).boot();
        GuestKernel kernel = machine.kernel();
        Process process = kernel.spawn();
        kernel.run(process);
        kernel.allow(process, 64 * MIB, 4096, Rights.USER);
        assertThat(machine.store(64 * MIB, 42)).isTrue();
        kernel.allow(process, 64 * MIB + 4096, 2 * MIB - 4096, Rights.USER);
        assertThat(machine.store(64 * MIB + 4096, 43)).isTrue();
        assertThat(kernel.find(process, 64 * MIB + 4096).pageShift()).isEqualTo(12);
        assertThat(machine.load(64 * MIB)).hasValue(42);
    }

    @Test
    void transparentLargePagesFallBackWhenMemoryHasNone() {
        int large = 0;
        Machine machine = machine()
                .guestMemory(16 * MIB)
                .guestPages(new GuestPages(21, true))
                .boot();
        GuestKernel kernel = machine.kernel();
        Process process = kernel.current();
        int small = 0;
        for (long at = 1024 * MIB; small == 0; at += 2 * MIB) {
            assertThat(machine.store(at, at)).isTrue();
            int shift = kernel.find(process, at).pageShift();
            large += shift == 21 ? 1 : 0;
            small += shift == 12 ? 1 : 0;
        }
        assertThat(large).isBetween(3, 7);
        assertThat(machine.load(1024 * MIB)).hasValue(1024 * MIB);
    }

    @Test
    void largePagesThatWereAskedForAreNotReplacedBySmallOnes() {
        Machine machine = machine()
                .guestMemory(16 * MIB)
                .guestPages(new GuestPages(21, false))
                .boot();
        assertThatExceptionOfType(OutOfMemory.class)
                .isThrownBy(() -> machine.execute(writes(1024 * MIB, 10, 2 * MIB)))
                .withMessageContaining("guest");
    }

    @Test
    void aRangeThatCutsALargePageSplitsIt() {
        Machine machine = machine().guestPages(30).guestMemory(4096 * MIB).boot();
        GuestKernel kernel = machine.kernel();
        Process process = kernel.current();
        long page = 1024 * MIB;
        assertThat(machine.store(page, 1)).isTrue();
        assertThat(machine.store(page + 512 * MIB, 2)).isTrue();
        long before = kernel.allocatedBytes() - kernel.tableBytes();
        kernel.forbid(process, page + 4096, 3 * MIB);
        assertThat(kernel.counts().get(Count.SPLITS)).as("1G, and the two of 2M at the ends").isEqualTo(3);
        assertThat(kernel.allocatedBytes() - kernel.tableBytes()).isEqualTo(before - 3 * MIB);
        assertThat(kernel.find(process, page).pageShift()).isEqualTo(12);
        assertThat(kernel.find(process, page + 2 * MIB)).isNull();
        assertThat(kernel.find(process, page + 4 * MIB).pageShift()).isEqualTo(21);
        assertThat(machine.load(page)).hasValue(1);
        assertThat(machine.load(page + 4096)).isEmpty();
        assertThat(machine.load(page + 512 * MIB)).hasValue(2);
        kernel.protect(process, page + 512 * MIB, 4096, Rights.USER_READ);
        assertThat(kernel.counts().get(Count.SPLITS)).isEqualTo(4);
        assertThat(machine.store(page + 512 * MIB, 3)).isFalse();
        assertThat(machine.store(page + 512 * MIB + 4096, 3)).isTrue();
        assertThat(machine.load(page + 512 * MIB)).hasValue(2);
        kernel.exit(process);
        assertThat(kernel.allocatedBytes() - kernel.tableBytes()).isZero();
    }

    @Test
    void memoryTooSmallForTheKernelIsToldAtBoot() {
        assertThatExceptionOfType(OutOfMemory.class)
                .isThrownBy(() -> machine().guestMemory(2 * MIB).boot());
    }

    @Test
    void aLargeGuestCostsWhatItTouches() {
        Machine machine = new AssembledMachine(FORMAT, new BareMachine())
                .guestMemory(128L << 30)
                .hostMemory(128L << 30)
                .boot();
        machine.execute(writes(1L << 32, 1000, 16 * MIB));
        assertThat(machine.counters().get(Count.GUEST_FAULTS)).isEqualTo(1000);
        assertThat(machine.kernel().tableBytes()).isLessThan(8 * MIB);
    }

    @Test
    void tagsThatRollOverFlushAndNobodySeesAnothersPages() {
        Machine machine = machine().asidBits(2).boot();
        GuestKernel kernel = machine.kernel();
        Process[] processes = new Process[7];
        for (int i = 0; i < processes.length; i++) {
            processes[i] = kernel.spawn();
            kernel.allow(processes[i], 64 * MIB, 4096, Rights.USER);
            kernel.run(processes[i]);
            assertThat(machine.store(64 * MIB, i)).isTrue();
        }
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < processes.length; i++) {
                kernel.run(processes[i]);
                assertThat(machine.load(64 * MIB)).hasValue(i);
            }
        }
    }
}

package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.api.vmm.TableUse;
import org.memvirt.engine.Machine;
import org.memvirt.engine.guest.GuestKernel;
import org.memvirt.engine.guest.Process;
import org.memvirt.testkit.machine.AssembledMachine;

/** Shadows of many processes: what they take, and what becomes of them when processes switch and end. */
final class ProcessesTest {
    private static final long BASE = 1L << 39;
    private static final int PAGES = 512;
    private static final long PAGE = 4096;

    private static Machine machine(Map<String, String> options) {
        return new AssembledMachine(X86.format("x86-64"), new Shadowing(options))
                .guestMemory(1L << 30)
                .hostMemory(2L << 30)
                .boot();
    }

    private static ShadowVm vm(Machine machine) {
        return (ShadowVm) machine.virtualMachine();
    }

    /** Starts a process that touches so many pages. */
    private static Process run(Machine machine, int pages) {
        GuestKernel kernel = machine.kernel();
        Process process = kernel.spawn();
        kernel.allow(process, BASE, PAGES * PAGE, Rights.USER);
        kernel.run(process);
        touch(machine, pages);
        return process;
    }

    private static void touch(Machine machine, int pages) {
        for (long page = 0; page < pages; page++) {
            assertThat(machine.store(BASE + page * PAGE, page)).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"WRITE_PROTECT", "UNSYNC"})
    void aProcessTakesAsManyShadowTablesAsItHasItself(SyncPolicy sync) {
        Machine machine = machine(Map.of("sync", sync.toString()));
        long shadows = machine.vmmTableBytes();
        long own = machine.guestTableBytes();
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            processes.add(run(machine, PAGES));
        }
        // A root and three tables below it each.
        assertThat(machine.guestTableBytes() - own).isEqualTo(100 * 4 * PAGE);
        assertThat(machine.vmmTableBytes() - shadows).isBetween(100 * 4 * PAGE - 2 * PAGE, 100 * 4 * PAGE);
        assertThat(vm(machine).tables().roots()).hasSize(100);
        assertThat(vm(machine).tables().guestTables().size()).isEqualTo(100 * 4);
        processes.forEach(machine.kernel()::exit);
        assertThat(vm(machine).tables().roots()).as("what the idle vCPU has loaded").hasSize(1);
        assertThat(vm(machine).tables().guestTables().size()).isZero();
        assertThat(machine.vmmTableBytes()).isEqualTo(PAGE);
        assertThat(machine.audit()).isEmpty();
    }

    /** The kernel's part of each page table is the same tables: with sharing they have one shadow, without it a hundred. */
    @Test
    void processesShareTheShadowOfTheirKernel() {
        long kernels = bytesOfProcesses("on", 1) - 4 * PAGE;
        assertThat(kernels).as("of its direct map").isGreaterThan(4 * PAGE);
        assertThat(bytesOfProcesses("on", 100) - 100 * 4 * PAGE).isBetween(kernels, kernels + 8 * PAGE);
        assertThat(bytesOfProcesses("off", 100)).isGreaterThan(100 * 7 * PAGE);
    }

    /** What shadows take of so many processes with eight pages each, whose kernel's own accesses are made. */
    private static long bytesOfProcesses(String sharing, int processes) {
        Machine machine = new AssembledMachine(X86.format("x86-64"), new Shadowing(Map.of("sharing", sharing)))
                .guestMemory(1L << 30)
                .hostMemory(2L << 30)
                .simulatedKernel()
                .boot();
        for (int i = 0; i < processes; i++) {
            run(machine, 8);
        }
        assertThat(machine.audit()).isEmpty();
        return machine.vmmTableBytes();
    }

    @Test
    void eachProcessIsToldFromTheOthers() {
        for (String sharing : List.of("off", "on")) {
            Machine machine = machine(Map.of("sharing", sharing));
            Process first = run(machine, 20);
            machine.kernel().forbid(first, BASE, 2 * PAGE);
            run(machine, 8);
            assertThat(machine.tableUse()).extracting(TableUse::entries).as("sharing=%s", sharing)
                    .containsExactly(18L, 8L);
            for (TableUse use : machine.tableUse()) {
                assertThat(use.name()).startsWith("root 0x");
                assertThat(use.tables()).isEqualTo(4);
                assertThat(use.mostTables()).isEqualTo(4);
            }
            assertThat(vm(machine).counts().pages).isEqualTo(8);
        }
    }

    @Test
    void aRootThatIsLoadedAgainHasTheShadowThatItHad() {
        Machine machine = machine(Map.of());
        Process first = run(machine, 20);
        run(machine, 20);
        long hidden = machine.counters().exits.count(ExitCause.HIDDEN_FAULT);
        long loads = machine.counters().exits.count(ExitCause.ROOT_LOAD);
        machine.kernel().run(first);
        touch(machine, 20);
        assertThat(machine.counters().exits.count(ExitCause.HIDDEN_FAULT)).isEqualTo(hidden);
        assertThat(machine.counters().exits.count(ExitCause.ROOT_LOAD)).isEqualTo(loads + 1);
    }

    @Test
    void shadowsLoadedLongestAgoAreGivenUpForTheirMemory() {
        Machine machine = machine(Map.of("spt-memory", "64K"));
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            processes.add(run(machine, 10));
            assertThat(machine.vmmTableBytes()).isLessThanOrEqualTo(64 << 10);
        }
        assertThat(vm(machine).counts().recycled).isPositive();
        long hidden = machine.counters().exits.count(ExitCause.HIDDEN_FAULT);
        machine.kernel().run(processes.get(8));
        touch(machine, 10);
        assertThat(machine.counters().exits.count(ExitCause.HIDDEN_FAULT)).as("one of the last is kept")
                .isEqualTo(hidden);
        machine.kernel().run(processes.get(0));
        for (long page = 0; page < 10; page++) {
            assertThat(machine.load(BASE + page * PAGE)).hasValue(page);
        }
        assertThat(machine.counters().exits.count(ExitCause.HIDDEN_FAULT)).as("the first is not")
                .isEqualTo(hidden + 10);
        assertThat(machine.audit()).isEmpty();
    }

    @Test
    void whatIsLoadedStaysEvenWhereThereIsNoMemoryForIt() {
        Machine machine = machine(Map.of("spt-memory", "4K"));
        run(machine, PAGES);
        assertThat(machine.vmmTableBytes()).isEqualTo(4 * PAGE);
        assertThat(vm(machine).tables().roots()).hasSize(1);
    }

    @Test
    void aFaultFillsTheGroupAroundItAsFarAsTheGuestHasUsedIt() {
        Machine machine = machine(Map.of("prefetch", "8"));
        Process first = run(machine, 20);
        run(machine, 1);
        machine.virtualMachine().hostMappingChanged(0, 1L << 30, HostChange.UNMAP);
        long filled = vm(machine).counts().filled;
        machine.kernel().run(first);
        touch(machine, 20);
        assertThat(vm(machine).counts().filled - filled).isEqualTo(3);
        assertThat(vm(machine).counts().prefetched).isEqualTo(17);
        assertThat(machine.audit()).isEmpty();
    }
}

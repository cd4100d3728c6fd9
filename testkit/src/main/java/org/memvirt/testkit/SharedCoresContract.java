package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.BatchesSource;
import org.memvirt.engine.CoreScheduler;
import org.memvirt.engine.GuestPlayer;
import org.memvirt.engine.Machine;
import org.memvirt.engine.MachineShape;
import org.memvirt.engine.RunPlan;
import org.memvirt.engine.Simulation;
import org.memvirt.engine.SimulationResult;
import org.memvirt.engine.Vm;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.cpu.Core;
import org.memvirt.engine.cpu.Vcpu;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.trial.Seeds;

/** What a strategy owes where a scheduler lets the vCPUs of several VMs play inputs in turn. */
public abstract class SharedCoresContract {
    private static final long BASE = 0x40_0000;
    private static final long PAGE = 4096;
    private static final int PAGES = 6;
    private static final String VM_TAGS = "vm-tags";

    /** The strategy; it has a VMM. */
    protected abstract VmmProvider vmm();

    /** The guests' page tables. */
    protected abstract PageTableFormat format();

    /** The second stage, or null for a strategy that has none. */
    protected @Nullable PageTableFormat stageTwo() {
        return null;
    }

    private AssembledMachine assembled(int cores, int vms, int vcpus) {
        return new AssembledMachine(format(), vmm())
                .stageTwo(stageTwo())
                .guestMemory(32L << 20)
                .simulatedKernel()
                .walkCache(AssembledMachine.REFERENCE_WALK_CACHE)
                .nestedTlb(stageTwo() == null ? null : AssembledMachine.REFERENCE_NESTED_TLB)
                .shape(new MachineShape(cores, vms, vcpus));
    }

    /** Processes in turn, each with a few accesses within its own pages. */
    private static List<AccessBatch> turns(SplittableRandom random, int processes, int turns, int accesses) {
        List<AccessBatch> batches = new ArrayList<>();
        for (int turn = 0; turn < turns; turn++) {
            AccessBatch batch = new AccessBatch(accesses);
            batch.add(new GuestEvent.Switch(turn % processes));
            for (int i = 0; i < accesses; i++) {
                batch.add(BASE + random.nextInt(PAGES) * PAGE,
                        random.nextBoolean() ? Rights.USER_READ : Rights.USER_WRITE);
            }
            batches.add(batch);
        }
        return batches;
    }

    private static SimulationResult run(Machine machine, long quantum, List<AccessBatch> input) throws IOException {
        return new Simulation(machine, new RunPlan(1, false, quantum))
                .run(() -> new BatchesSource(input));
    }

    @Test
    void everyVcpuPlaysTheWholeInputAndTheirCountsAddUp() throws IOException {
        List<AccessBatch> input = turns(Seeds.random(), 3, 30, 50);
        Machine machine = assembled(2, 3, 2).boot();
        SimulationResult result = run(machine, 70, input);
        assertThat(result.accesses()).isEqualTo(6 * 1500);
        assertThat(result.vms()).hasSize(3).allSatisfy(vm -> {
            assertThat(vm.accesses()).isEqualTo(3000);
            assertThat(vm.vcpus()).hasSize(2).allSatisfy(vcpu -> {
                assertThat(vcpu.accesses()).isEqualTo(1500);
                assertThat(vcpu.processes()).hasSize(3).allSatisfy(
                        process -> assertThat(process.accesses()).isEqualTo(500));
                assertThat(vcpu.processes().stream().mapToLong(SimulationResult.OfProcess::walks).sum())
                        .isEqualTo(vcpu.walks());
            });
            assertThat(vm.vcpus().stream().mapToLong(SimulationResult.OfVcpu::walks).sum()).isEqualTo(vm.walks());
        });
        assertThat(result.vms().stream().mapToLong(SimulationResult.OfVm::walks).sum()).isEqualTo(result.walks());
        assertThat(result.vms().stream().mapToLong(SimulationResult.OfVm::exits).sum())
                .isEqualTo(result.exits().total());
        // 22 turns of 70 each, three vCPUs a core; the first of each core is there already.
        assertThat(result.get(Count.CORE_ENTRIES)).isEqualTo(6 * 22 - 2);
        assertThat(machine.audit()).isEmpty();
    }

    @Test
    void twoRunsCountTheSame() throws IOException {
        List<AccessBatch> input = turns(Seeds.random(), 3, 30, 50);
        assertThat(run(assembled(2, 2, 2).boot(), 33, input).vms())
                .isEqualTo(run(assembled(2, 2, 2).boot(), 33, input).vms());
    }

    @Test
    void oneAfterAnotherIsWhatEachWouldBeAlone() throws IOException {
        List<AccessBatch> input = turns(Seeds.random(), 3, 30, 50);
        SimulationResult alone = run(assembled(1, 1, 1).boot(), 1, input);
        SimulationResult both = run(assembled(2, 2, 1).boot(), 1_000_000, input);
        assertThat(both.vms()).allSatisfy(vm -> {
            assertThat(vm.walks()).isEqualTo(alone.walks());
            assertThat(vm.exits()).isEqualTo(alone.exits().total());
            assertThat(vm.guestTableBytes()).isEqualTo(alone.get(Count.GUEST_TABLES));
        });
    }

    @Test
    void withoutTagsEveryWorldSwitchFlushes() throws IOException {
        assumeThat(vmm().options()).anyMatch(option -> option.name().equals(VM_TAGS));
        List<AccessBatch> input = turns(Seeds.random(), 2, 20, 50);
        SimulationResult off = run(assembled(1, 3, 1).options(Map.of(VM_TAGS, "off")).boot(), 50, input);
        SimulationResult on = run(assembled(1, 3, 1).boot(), 50, input);
        assertThat(off.get(Count.CORE_ENTRIES)).isEqualTo(3 * 20 - 1);
        assertThat(off.get(Count.ENTRY_FLUSHES)).isEqualTo(off.get(Count.CORE_ENTRIES));
        assertThat(on.get(Count.CORE_ENTRIES)).isEqualTo(off.get(Count.CORE_ENTRIES));
        assertThat(on.get(Count.ENTRY_FLUSHES)).isZero();
        assertThat(off.walks()).isGreaterThan(on.walks());
    }

    @Test
    void aVmThatEndsGivesBackAllThatItHad() throws IOException {
        Machine machine = assembled(2, 2, 1).boot();
        run(machine, 70, turns(Seeds.random(), 3, 30, 50));
        long free = machine.host().frames().free();
        long tables = machine.vmmTableBytes();
        long partitions = machine.host().partitions().freeBytes();
        for (int time = 0; time < 3; time++) {
            Vm another = machine.create(32L << 20, 2);
            machine.place(another.vcpus().getFirst(), machine.cores().getFirst());
            for (AccessBatch batch : turns(Seeds.random(), 3, 30, 50)) {
                another.players().getFirst().execute(batch);
            }
            assertThat(machine.audit()).isEmpty();
            machine.destroy(another);
            assertThat(machine.audit()).isEmpty();
            assertThat(machine.host().frames().free()).isEqualTo(free);
            assertThat(machine.vmmTableBytes()).isEqualTo(tables);
            assertThat(machine.host().partitions().freeBytes()).isEqualTo(partitions);
        }
        run(machine, 70, turns(Seeds.random(), 3, 30, 50));
        assertThat(machine.audit()).isEmpty();
    }

    /** Ten VMs of a hundred processes each, with tags of 8 bits, and with fewer than there are VMs. */
    @Test
    void tagsThatRunOutLeaveNothingStale() {
        for (int vmTagBits : new int[] {8, 3}) {
            Machine machine = assembled(2, 10, 1).asidBits(8).vmTagBits(vmTagBits).boot();
            machine.beginCounting();
            CoreScheduler scheduler = new CoreScheduler(machine, 60);
            for (GuestPlayer player : machine.players()) {
                List<AccessBatch> input = turns(Seeds.random(), 100, 300, 20);
                scheduler.add(player, new BatchesSource(input));
            }
            long[] checked = new long[1];
            try (scheduler) {
                scheduler.run(CoreScheduler.TO_THE_END, () -> false, made -> checked[0] += checkCached(machine));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            assertThat(machine.counters().accesses()).isEqualTo(10 * 300 * 20);
            assertThat(checked[0]).as("cached translations that were compared with a walk").isGreaterThan(5000);
            assertThat(machine.vmTagRollOvers() > 0).as("tags of %d bits ran out", vmTagBits).isEqualTo(vmTagBits == 3);
            assertThat(machine.audit()).isEmpty();
        }
    }

    /** What the TLBs answer for whoever runs now is what a walk answers; gives how often they had an answer. */
    private static long checkCached(Machine machine) {
        long hits = 0;
        Walk answer = Walk.outer();
        for (Core core : machine.cores()) {
            Vcpu vcpu = core.occupant();
            for (long page = 0; vcpu != null && page < PAGES; page++) {
                long address = BASE + page * PAGE;
                if (vcpu.probe(address, Rights.USER_READ, answer)) {
                    hits++;
                    long cached = answer.outputAddress;
                    assertThat(vcpu.ask(address, Rights.USER_READ, null).outputAddress)
                            .as("where %#x leads", address)
                            .isEqualTo(cached);
                }
            }
        }
        return hits;
    }
}

package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.Machine;
import org.memvirt.engine.MachineShape;
import org.memvirt.engine.Vm;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Counts;
import org.memvirt.engine.cpu.Vcpu;
import org.memvirt.engine.guest.Process;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.trial.Seeds;

/**
 * What a strategy owes where several VMs with several vCPUs run in turn on few cores: each guest reads what it wrote, and no
 * access reaches memory of another VM or of the VMM.
 */
public abstract class SeveralCpusContract {
    private static final int PAGES = 48;
    private static final int PROCESSES = 4;

    /** The strategy. */
    protected abstract VmmProvider vmm();

    /** The guests' page tables. */
    protected abstract PageTableFormat format();

    /** The second stage, or null for a strategy that has none. */
    protected @Nullable PageTableFormat stageTwo() {
        return null;
    }

    /** The MMU with tags of so many bits, if it knows the TLB alone; null for one that walks the guests' tables. */
    protected @Nullable ArchitectedTlb architectedTlb(int asidBits, int vmTagBits) {
        return null;
    }

    /** The MMU whose rules say what an invalidation removes; null for what is usual. */
    protected @Nullable ArchitectedPageTables rules() {
        return null;
    }

    private int pageShift() {
        return format().pageShifts().getFirst();
    }

    @Test
    void guestsOnOneCoreCannotTell() {
        Seeds.rounds(6, random -> play(random, 1));
    }

    @Test
    void guestsOnTwoCoresCannotTell() {
        Seeds.rounds(6, random -> play(random, 2));
    }

    @Test
    void tagsThatRunOutAreNotMixedUp() {
        Seeds.rounds(4, random -> {
            Machine machine = play(random, assembled(random, 2, 2, 3));
            assertThat(machine.vmTagRollOvers()).as("VM tags that began anew").isZero();
        });
    }

    /** With tags of eight bits, which all roll over while the VMs take turns on two cores. */
    @Test
    void aHundredProcessesOfEachVmOfTenAreNotMixedUp() {
        int vms = vmm().isVirtual() ? 10 : 1;
        Machine machine = assembled(Seeds.random(), 2, 8, 8)
                .shape(new MachineShape(2, vms, 1))
                .hostMemory(1L << 18 + pageShift())
                .boot();
        List<Crowd> crowds =
                machine.vms().stream().map(vm -> new Crowd(machine, vm, pageShift())).toList();
        for (int turn = 0; turn < 8 * Crowd.SIZE; turn++) {
            for (Crowd crowd : crowds) {
                crowd.step(turn);
            }
        }
        assertThat(machine.audit()).isEmpty();
        for (Vm vm : machine.vms()) {
            Counts counts = vm.kernel().counts();
            assertThat(counts.get(Count.SWITCHES)).isEqualTo(8 * Crowd.SIZE);
            assertThat(counts.get(Count.SWITCH_FLUSHES)).as("tags need no flush but at a roll-over").isZero();
            // 400 processes and the first take a tag each of 255; who holds one of the older generation takes another.
            assertThat(counts.get(Count.TAG_ROLL_OVERS)).as("roll-overs of VM %d", vm.number()).isBetween(1L, 2L);
        }
    }

    /** A hundred processes that run in turn on one CPU; each second time round a process ends, and another takes its place. */
    private static final class Crowd {
        static final int SIZE = 100;

        private final Machine machine;
        private final Vm vm;
        private final long page;
        private final long base;
        private final List<Process> processes = new ArrayList<>();

        Crowd(Machine machine, Vm vm, int pageShift) {
            this.machine = machine;
            page = 1L << pageShift;
            base = page << 10;
            this.vm = vm;
            machine.place(vm.vcpus().getFirst(), machine.cores().getFirst());
            for (int i = 0; i < SIZE; i++) {
                processes.add(begin());
            }
        }

        private Process begin() {
            Process process = vm.kernel().spawn();
            vm.kernel().allow(process, base, page, Rights.USER);
            return process;
        }

        void step(int turn) {
            Vcpu vcpu = vm.vcpus().getFirst();
            machine.place(vcpu, machine.cores().get((turn + vm.number()) % 2));
            int number = turn % SIZE;
            boolean fresh = turn / SIZE % 2 == 0;
            if (fresh && turn >= SIZE) {
                vm.kernel().exit(processes.get(number));
                processes.set(number, begin());
            }
            vm.kernel().run(processes.get(number));
            long expected = fresh ? 0 : value(number);
            long host = vcpu.access().reach(base, Rights.USER_WRITE);
            assertThat(machine.memory().load(host))
                    .as("what process %d of VM %d finds", number, vm.number())
                    .isEqualTo(expected);
            machine.memory().store(host, value(number));
        }

        private long value(int process) {
            return (long) vm.number() << 32 | process + 1;
        }
    }

    final AssembledMachine assembled(SplittableRandom random, int cores, int asidBits, int vmTagBits) {
        AssembledMachine assembled = new AssembledMachine(format(), vmm())
                .stageTwo(stageTwo())
                .rulesOf(rules())
                .guestMemory(1L << 12 + pageShift())
                .vmTagBits(vmTagBits)
                .asidBits(asidBits)
                .guestPages(pageShift())
                .shape(new MachineShape(cores, vmm().isVirtual() ? 2 : 1, 2));
        if (random.nextBoolean()) {
            assembled.simulatedKernel();
        }
        ArchitectedTlb software = architectedTlb(asidBits, vmTagBits);
        if (software != null) {
            return assembled.mmu(software);
        }
        if (random.nextBoolean()) {
            assembled.walkCache(AssembledMachine.REFERENCE_WALK_CACHE);
        }
        if (random.nextBoolean()) {
            assembled.nestedTlb(AssembledMachine.REFERENCE_NESTED_TLB);
        }
        if (random.nextInt(3) == 0) {
            assembled.stageTwoWalkCache(AssembledMachine.REFERENCE_WALK_CACHE);
        }
        return assembled;
    }

    private void play(SplittableRandom random, int cores) {
        play(random, assembled(random, cores, random.nextInt(3) * 4, 16));
    }

    private Machine play(SplittableRandom random, AssembledMachine assembled) {
        Machine machine = assembled.boot();
        machine.watchTables();
        List<Guest> guests = new ArrayList<>();
        machine.vms().forEach(vm -> guests.add(new Guest(machine, vm, random, pageShift())));
        Map<Long, Vm> owners = new HashMap<>();
        for (int step = 0; step < 2500; step++) {
            guests.get(random.nextInt(guests.size())).step(owners);
        }
        assertThat(machine.audit()).isEmpty();
        return machine;
    }

    /** One guest and what its processes have written. */
    static final class Guest {
        private final Machine machine;
        private final Vm vm;
        private final SplittableRandom random;
        private final long page;
        private final long base;
        private final List<Process> processes = new ArrayList<>();
        private final List<Map<Long, Long>> written = new ArrayList<>();
        // By vCPU, the process that runs there.
        private final int[] running;

        Guest(Machine machine, Vm vm, SplittableRandom random, int pageShift) {
            this.machine = machine;
            page = 1L << pageShift;
            base = page << 10;
            this.vm = vm;
            this.random = random;
            running = new int[vm.vcpus().size()];
            use(0);
            for (int i = 0; i < PROCESSES; i++) {
                processes.add(vm.kernel().spawn());
                vm.kernel().allow(processes.getLast(), base, PAGES * page, Rights.USER);
                written.add(new HashMap<>());
            }
            for (int cpu = 0; cpu < running.length; cpu++) {
                use(cpu);
                run(cpu);
            }
        }

        private Vcpu use(int cpu) {
            Vcpu vcpu = vm.vcpus().get(cpu);
            if (!vcpu.isOnCore() || random.nextInt(4) == 0) {
                machine.place(vcpu, machine.cores().get(random.nextInt(machine.cores().size())));
            }
            vm.kernel().on(cpu);
            return vcpu;
        }

        private void run(int cpu) {
            running[cpu] = random.nextInt(PROCESSES);
            vm.kernel().run(processes.get(running[cpu]));
        }

        void step(Map<Long, Vm> owners) {
            int cpu = random.nextInt(running.length);
            Vcpu vcpu = use(cpu);
            Map<Long, Long> values = written.get(running[cpu]);
            Process process = processes.get(running[cpu]);
            long address = base + random.nextInt(PAGES) * page;
            switch (random.nextInt(12)) {
                case 0 -> run(cpu);
                case 1 -> {
                    vm.kernel().allow(process, address, page, Rights.USER);
                    values.remove(address);
                }
                case 2 -> vm.kernel().protect(process, address, page, Rights.USER);
                case 3 -> fork(process, values);
                case 4, 5, 6, 7 -> {
                    long host = reach(vcpu, address, Rights.USER_WRITE, owners);
                    long value = random.nextLong();
                    machine.memory().store(host, value);
                    values.put(address, value);
                }
                default -> {
                    long host = reach(vcpu, address, Rights.USER_READ, owners);
                    assertThat(machine.memory().load(host))
                            .as("what process %d of VM %d reads at %#x", running[cpu], vm.number(), address)
                            .isEqualTo(values.getOrDefault(address, 0L));
                }
            }
        }

        private void fork(Process process, Map<Long, Long> values) {
            int child = random.nextInt(PROCESSES);
            for (int running : running) {
                if (running == child) {
                    return;
                }
            }
            vm.kernel().exit(processes.get(child));
            processes.set(child, vm.kernel().fork(process));
            written.set(child, new HashMap<>(values));
        }

        private long reach(Vcpu vcpu, long address, int rights, Map<Long, Vm> owners) {
            long host = vcpu.access().reach(address, rights);
            assertThat(host).as("the access to %#x is allowed", address).isNotEqualTo(Walk.NOWHERE);
            assertThat(owners.computeIfAbsent(host & -page, frame -> vm))
                    .as("whose frame is reached at %#x", host)
                    .isSameAs(vm);
            return host;
        }
    }
}

package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.architecture.MmuArchitecture.TagWidths;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.vmm.VmStopped;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.Machine;
import org.memvirt.engine.MachineShape;
import org.memvirt.engine.Vm;
import org.memvirt.engine.cpu.Vcpu;
import org.memvirt.engine.guest.Process;
import org.memvirt.testkit.machine.ChosenTlb;
import org.memvirt.testkit.machine.RefilledMmu;
import org.memvirt.testkit.trial.Seeds;
import org.memvirt.testkit.vmm.HostileTlb;

/** Several VMs and CPUs whose TLBs the guests fill: what one leaves there is not another's. */
public abstract class RefilledSeveralCpusContract extends SeveralCpusContract {
    private static final long SPACE = 0x40_0000;
    private static final int SPACE_PAGES = 24;

    private final VmmProvider vmm;
    private final PageTableFormat format;
    private final @Nullable ArchitectedTlb mmu;
    private final String preset;

    /** On the small MMU of the testkit. */
    protected RefilledSeveralCpusContract(VmmProvider vmm) {
        this.vmm = vmm;
        format = PlainFormat.usual();
        mmu = null;
        preset = "";
    }

    /**
     * On one processor.
     *
     * @param preset the name of its TLB
     * @param format the name of one of the MMU's
     */
    protected RefilledSeveralCpusContract(VmmProvider vmm, ArchitectedTlb mmu, String preset, String format) {
        this.vmm = vmm;
        this.format = mmu.formats().stream()
                .filter(each -> each.name().equals(format))
                .findFirst()
                .orElseThrow();
        this.mmu = mmu;
        this.preset = preset;
    }

    @Override
    protected final VmmProvider vmm() {
        return vmm;
    }

    @Override
    protected final PageTableFormat format() {
        return format;
    }

    /** The MMU's last. */
    @Override
    protected final @Nullable PageTableFormat stageTwo() {
        if (!vmm.usesStageTwo()) {
            return null;
        }
        return mmu == null ? format() : mmu.formats().getLast();
    }

    @Override
    protected final ArchitectedTlb architectedTlb(int asidBits, int vmTagBits) {
        return mmu == null
                ? new RefilledMmu(format(), 16, true, Rights.ALL, asidBits, vmTagBits)
                : new ChosenTlb(mmu, preset, new TagWidths(Math.min(8, asidBits), Math.min(8, vmTagBits)));
    }

    /** Two write what they like into their TLBs, the third goes about its business, and they take turns on few cores. */
    @Test
    void guestsThatMeanHarmReachTheirOwnMemoryAloneAndDisturbNobody() {
        Seeds.rounds(4, random -> {
            int vms = vmm().isVirtual() ? 3 : 1;
            int tagBits = 2 + 3 * random.nextInt(3);
            Machine machine = assembled(random, 1 + random.nextInt(2), tagBits, 8)
                    .shape(new MachineShape(1 + random.nextInt(2), vms, 2))
                    .boot();
            Map<Long, Vm> owners = new HashMap<>();
            List<Hostile> hostile = new ArrayList<>();
            for (int i = 0; i < Math.min(2, vms); i++) {
                hostile.add(new Hostile(machine, machine.vms().get(i), 1 << tagBits, random));
            }
            Guest peaceful = vms == 1 ? null
                    : new Guest(machine, machine.vms().getLast(), random, format().pageShifts().getFirst());
            for (int step = 0; step < 2500; step++) {
                int who = random.nextInt(3);
                if (who < hostile.size()) {
                    hostile.get(who).step(owners);
                } else if (peaceful != null) {
                    peaceful.step(owners);
                }
            }
            assertThat(hostile).allSatisfy(each -> assertThat(each.reached).isGreaterThan(5));
            machine.vms().forEach(vm -> assertThat(vm.virtualMachine().audit()).isEmpty());
        });
    }

    /** A guest each of whose CPUs writes entries of any kind, between accesses and the work of its kernel. */
    private final class Hostile {
        private final Machine machine;
        private final Vm vm;
        private final SplittableRandom random;
        private final List<HostileTlb> tlbs = new ArrayList<>();
        private final List<Process> processes = new ArrayList<>();
        // By CPU, whether what is in its TLB is known.
        private final BitSet isKnown = new BitSet();
        private final long kernelSegment;
        int reached;

        Hostile(Machine machine, Vm vm, int tags, SplittableRandom random) {
            this.machine = machine;
            this.vm = vm;
            this.random = random;
            ArchitectedTlb hardware = (ArchitectedTlb) machine.config().mmu();
            kernelSegment = Objects.requireNonNull(
                    hardware.deprivilegedLayout(hardware.tlbPresets().getFirst()))
                    .unmappedBase();
            SoftwareTlb shape = (SoftwareTlb) machine.cores().getFirst().tlb();
            for (int cpu = 0; cpu < vm.vcpus().size(); cpu++) {
                Vcpu vcpu = place(cpu);
                processes.add(vm.kernel().spawn());
                vm.kernel().run(processes.getLast());
                tlbs.add(new HostileTlb(
                        Objects.requireNonNull(vcpu.guestTlb()), shape, vm.backing().size(), tags, random));
            }
        }

        private Vcpu place(int cpu) {
            Vcpu vcpu = vm.vcpus().get(cpu);
            if (!vcpu.isOnCore() || random.nextInt(6) == 0) {
                machine.place(vcpu, machine.cores().get(random.nextInt(machine.cores().size())));
            }
            vm.kernel().on(cpu);
            return vcpu;
        }

        void step(Map<Long, Vm> owners) {
            int cpu = random.nextInt(tlbs.size());
            Vcpu vcpu = place(cpu);
            HostileTlb tlb = tlbs.get(cpu);
            if (!isKnown.get(cpu)) {
                tlb.readAll();
                isKnown.set(cpu);
            }
            long address = SPACE + random.nextLong(SPACE_PAGES << 12) & -Long.BYTES;
            switch (random.nextInt(24)) {
                case 0 -> tlb.removeAll();
                case 1 -> tlb.probe(address);
                case 2 -> tlb.checkAll(0);
                case 3 -> {
                    Process next = vm.kernel().spawn();
                    vm.kernel().run(next);
                    vm.kernel().exit(processes.set(cpu, next));
                    // What the kernel invalidates on its other CPUs, it does when they run again.
                    isKnown.clear();
                }
                case 4 -> write(tlb, kernelSegment + (address & 0xffff));
                case 5, 6, 7 -> tlb.switchSpace();
                case 8, 9, 10, 11, 12 -> write(tlb, address);
                default -> access(vcpu, tlb, address, owners);
            }
        }

        private void write(HostileTlb tlb, long address) {
            try {
                tlb.write(address);
            } catch (VmStopped e) {
                // A partition looks at an entry when it is written, at its alignment, too.
                tlb.readAll();
            }
        }

        private void access(Vcpu vcpu, HostileTlb tlb, long address, Map<Long, Vm> owners) {
            int needed = Rights.USER_READ << random.nextInt(3);
            boolean has = tlb.has(address);
            long gpa = has ? tlb.leadsTo(address, needed) : tlb.mayLeadTo(address, needed);
            try {
                long host = vcpu.access().reach(address, needed);
                if (host != Walk.NOWHERE) {
                    assertThat(host)
                            .as("VM %d, %#x, gPA %#x", vm.number(), address, gpa)
                            .isEqualTo(vm.backing().find(gpa));
                    assertThat(owners.computeIfAbsent(host & -4096, frame -> vm)).isSameAs(vm);
                    reached++;
                } else {
                    assertThat(has && gpa >= 0).as("%#x is refused, and leads to gPA %#x", address, gpa).isFalse();
                }
                if (!has) {
                    tlb.checkAll(1);
                }
            } catch (VmStopped e) {
                // The VMM may see that before it sees that the page forbids the access.
                long beyond = has ? tlb.leadsTo(address, Rights.NONE) : tlb.mayLeadTo(address, Rights.NONE);
                assertThat(beyond).as("%s", e.getMessage()).isGreaterThanOrEqualTo(vm.backing().size());
            }
        }
    }
}

package org.memvirt.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.memvirt.engine.SimulationResult.OfVcpu;
import org.memvirt.engine.SimulationResult.OfVm;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Section;
import org.memvirt.engine.cpu.Core;
import org.memvirt.engine.cpu.Counters;
import org.memvirt.engine.cpu.Vcpu;

/** The part of a result that tells VMs, vCPUs and processes apart. */
final class ResultsByVm {
    private ResultsByVm() {}

    static List<OfVm> of(Machine machine) {
        List<OfVm> vms = new ArrayList<>(machine.endedVms().results());
        machine.vms().forEach(vm -> vms.add(of(vm, machine.cores().getFirst())));
        vms.sort(Comparator.comparingInt(OfVm::vm));
        return vms;
    }

    static OfVm of(Vm vm, Core anyCore) {
        List<Counters> each = vm.vcpus().stream().map(Vcpu::counters).toList();
        Counters all = each.size() == 1 ? each.getFirst() : Counters.sum(anyCore, each);
        return new OfVm(
                vm.number(),
                all.accesses(),
                all.walks.walks,
                all.walks.references(),
                all.counts.of(Section.FAULTS),
                all.exits.total(),
                vm.kernel().tableBytes(),
                vm.virtualMachine().tableBytes(),
                vm.kernel().allocatedBytes(),
                vm.backing().hostBytes(),
                vm.players().stream().map(ResultsByVm::vcpu).toList());
    }

    private static OfVcpu vcpu(GuestPlayer player) {
        Counters counters = player.vcpu().counters();
        return new OfVcpu(
                player.cpu(),
                counters.accesses(),
                Results.lastMisses(counters.tlb()),
                counters.walks.walks,
                counters.walks.references(),
                counters.get(Count.GUEST_FAULTS),
                counters.exits.total(),
                counters.get(Count.CORE_ENTRIES),
                List.copyOf(player.processCounts().values()));
    }
}

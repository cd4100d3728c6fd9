package org.memvirt.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.memvirt.api.vmm.VmmCounter;
import org.memvirt.engine.cpu.Core;
import org.memvirt.engine.cpu.Counters;
import org.memvirt.engine.cpu.Vcpu;

/** What VMs that have ended had counted until then. */
final class EndedVms {
    private final Core anyCore;
    private final List<SimulationResult.OfVm> results = new ArrayList<>();
    private final Map<String, Long> ofStrategy = new HashMap<>();
    private Counters counters;

    EndedVms(Core anyCore) {
        this.anyCore = anyCore;
        counters = Counters.sum(anyCore, List.of());
    }

    /** Keeps what a VM has counted; its vCPUs are on no core. */
    void add(Vm vm) {
        results.add(ResultsByVm.of(vm, anyCore));
        List<Counters> all = new ArrayList<>(List.of(counters));
        vm.vcpus().stream().map(Vcpu::counters).forEach(all::add);
        counters = Counters.sum(anyCore, all);
        counters.counts.add(vm.kernel().counts());
        for (VmmCounter counter : vm.virtualMachine().counters()) {
            if (counter.monotonic()) {
                ofStrategy.merge(counter.name(), counter.value().getAsLong(), Long::sum);
            }
        }
    }

    /** Of each VM, in the order in which they ended; the bytes are those of its end. */
    List<SimulationResult.OfVm> results() {
        return results;
    }

    boolean isEmpty() {
        return results.isEmpty();
    }

    /** What their vCPUs counted together, and their guests' kernels. */
    Counters counters() {
        return counters;
    }

    /** What the strategy had counted for them under a name. */
    long ofStrategy(String name) {
        return ofStrategy.getOrDefault(name, 0L);
    }
}

package org.memvirt.engine;

import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Counts;
import org.memvirt.engine.memory.HostMemory;

/** What the parts of a machine have counted, together, and how its levels stand. */
final class AllCounts {
    private AllCounts() {}

    /** All that {@link Count} lists, of vCPUs, guests' kernels and the host; of VMs that have ended, too. */
    static Counts of(Machine machine) {
        Counts all = new Counts();
        all.add(machine.counters().counts);
        machine.vms().forEach(vm -> all.add(vm.kernel().counts()));
        HostMemory host = machine.host();
        all.add(host.counts());
        all.set(Count.VM_TAG_ROLL_OVERS, machine.vmTagRollOvers());
        all.set(Count.GUEST_TABLES, machine.guestTableBytes());
        all.set(Count.VMM_TABLES, machine.vmmTableBytes());
        all.set(Count.PEAK_VMM_TABLES, host.vmmTables().peak());
        all.set(Count.GUEST_MEMORY, machine.guestBytes());
        all.set(Count.HOST_MEMORY, machine.hostBytes());
        all.set(Count.SWAPPED_MEMORY, host.swappedBytes());
        all.set(Count.BALLOONS, machine.hostManager().balloonBytes());
        all.set(Count.SHARED_MEMORY, host.sharedBytes());
        all.set(Count.FREE_MEMORY, host.frames().free());
        all.set(Count.LARGEST_FREE, host.frames().largestFree());
        return all;
    }
}

package org.memvirt.bench;

import java.util.ServiceLoader;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.api.architecture.MmuProvider;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.engine.Machine;
import org.memvirt.testkit.machine.AssembledMachine;

/** Machines of the reference configuration, on x86-64 and EPT. */
final class Machines {
    private static final long GUEST_MEMORY = 16L << 30;
    private static final long HOST_MEMORY = 32L << 30;

    private Machines() {}

    /** A machine under the strategy of this name, with the reference walk cache and nested TLB or without. */
    static Machine under(String strategy, boolean cached) {
        VmmProvider vmm = provider(strategy);
        AssembledMachine machine = new AssembledMachine(format("x86-64"), vmm)
                .guestMemory(GUEST_MEMORY)
                .hostMemory(HOST_MEMORY);
        if (vmm.usesStageTwo()) {
            machine.stageTwo(format("ept"));
        }
        if (cached) {
            machine.walkCache(AssembledMachine.REFERENCE_WALK_CACHE).nestedTlb(AssembledMachine.REFERENCE_NESTED_TLB);
        }
        return machine.boot();
    }

    private static VmmProvider provider(String name) {
        for (VmmProvider provider : ServiceLoader.load(VmmProvider.class)) {
            if (provider.name().equals(name)) {
                return provider;
            }
        }
        throw new IllegalArgumentException("no strategy " + name);
    }

    private static PageTableFormat format(String name) {
        for (MmuProvider provider : ServiceLoader.load(MmuProvider.class)) {
            if (provider.architecture() instanceof ArchitectedPageTables tables) {
                for (PageTableFormat format : tables.formats()) {
                    if (format.name().equals(name)) {
                        return format;
                    }
                }
            }
        }
        throw new IllegalArgumentException("no format " + name);
    }
}

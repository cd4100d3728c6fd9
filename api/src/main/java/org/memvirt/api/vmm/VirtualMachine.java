package org.memvirt.api.vmm;

import java.util.List;

/** One VM under one strategy. All calls come from the simulation's single thread. */
public interface VirtualMachine {
    /** Adds a vCPU; it begins with paging off. */
    VirtualCpu addCpu(VcpuServices services);

    /**
     * The host's memory manager has changed what lies behind the range: stale translations must go.
     *
     * @throws UnsupportedOperationException where the host may not move a guest's memory; so it is unless overridden
     */
    default void hostMappingChanged(long gpa, long bytes) {
        throw new UnsupportedOperationException("this strategy does not let the host move its guest's memory");
    }

    /**
     * Whether a store of the guest to {@code gpa} traps, because the strategy protects what lies there: a page table of the
     * guest. Asked for each word that a guest kernel stores whose work is free, and before a page is cleared or copied.
     */
    default boolean trapsStore(long gpa) {
        return false;
    }

    /**
     * Whether what is cached for the VM carries a tag of its own (VPID, ASID, VMID). Without one it shares the host's, and
     * each exit and entry flushes it as the architecture says. The same for the VM's life.
     */
    default boolean isTagged() {
        return true;
    }

    /** Bytes of the VMM's own page tables for this VM now. */
    long tableBytes();

    /** Checks the strategy's own invariants at the end of a run; a message for each that is broken. */
    default List<String> audit() {
        return List.of();
    }
}

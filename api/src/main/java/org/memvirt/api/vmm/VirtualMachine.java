package org.memvirt.api.vmm;

import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** One VM under one strategy. All calls come from the simulation's single thread. */
public interface VirtualMachine {
    /** Adds a vCPU; it begins with paging off. */
    VirtualCpu addCpu(VcpuServices services);

    /**
     * The host's memory manager is about to change what lies behind a range: called before the change, so that nothing
     * reaches the old memory any more once this method has returned. The strategy removes what it keeps of the range, or for
     * {@link HostChange#PROTECT} the right to write, and has the guest's caches lose what came from it. It does not look at
     * the backing here, which still tells of the old state.
     *
     * @param gpa first address of the range, a multiple of the granule, as {@code bytes} is
     * @throws UnsupportedOperationException where the host may not do that to a guest's memory; nothing is changed then. So it
     *     is unless overridden
     */
    default void hostMappingChanged(long gpa, long bytes, HostChange change) {
        throw new UnsupportedOperationException("this strategy does not let the host change its guest's memory");
    }

    /**
     * Tells the pages through which the guest reaches some part of a range now; one may be told several times, where several
     * of the guest's own addresses lead there. A page counts as accessed or dirty where hardware sets no such bit.
     *
     * @throws UnsupportedOperationException as {@link #hostMappingChanged}
     */
    default void forEachMapped(long gpa, long bytes, MappedVisitor visitor) {
        throw new UnsupportedOperationException("this strategy does not tell what its guest has used");
    }

    /**
     * The marks that hardware sets in what {@link #forEachMapped} tells: {@link
     * org.memvirt.api.table.PageTable#ACCESSED}, {@link org.memvirt.api.table.PageTable#DIRTY}, both or 0. The same for the
     * VM's life.
     */
    default int marks() {
        return 0;
    }

    /**
     * Has hardware note each granule that the guest stores to when its dirty bit is set, in a buffer of each vCPU (page-modification
     * log); the VMM empties one that is full, which costs an exit ({@link ExitCause#LOG_FULL}).
     *
     * @param entries of the buffer
     * @param log takes the first gPA of what was stored to, when a buffer is emptied; null ends the logging
     * @throws UnsupportedOperationException where hardware has no such log
     */
    default void logStores(int entries, @Nullable LongConsumer log) {
        throw new UnsupportedOperationException("this strategy has no log of what its guest stores to");
    }

    /** Empties the buffers of {@link #logStores}. */
    default void drainLog() {}

    /**
     * The VM ends, and its vCPUs are on no core: gives back what the strategy has for it. Nothing else is called afterwards.
     *
     * @throws UnsupportedOperationException where a VM stays to the end of the run; so it is unless overridden
     */
    default void destroy() {
        throw new UnsupportedOperationException("this strategy keeps its VMs to the end of the run");
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

    /** What the strategy counts of its own; the same at every call. */
    default List<VmmCounter> counters() {
        return List.of();
    }

    /** What each of the VMM's own page tables for this VM takes, where there are several: one a process, for instance. */
    default List<TableUse> tableUse() {
        return List.of();
    }

    /** Checks the strategy's own invariants at the end of a run; a message for each that is broken. */
    default List<String> audit() {
        return List.of();
    }
}

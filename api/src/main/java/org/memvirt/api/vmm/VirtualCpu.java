package org.memvirt.api.vmm;

import org.memvirt.api.invalidation.CacheTags;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/**
 * One vCPU under one strategy: what is walked when its TLB misses, what happens on a fault, and what the guest's privileged
 * operations do. An operation that costs an exit records it with {@link VcpuServices#exit}. The engine itself invalidates
 * what the architecture says the operation invalidates; a strategy adds what it must beyond that. {@link GuestTableCpu} is
 * the skeleton to begin with.
 */
public interface VirtualCpu {
    /** The format that a TLB miss walks; asked after each privileged operation, not at each miss. */
    PageTableFormat format();

    /** The root that a TLB miss walks from; asked like {@link #format}. */
    long root();

    /**
     * The root of the second-stage table that is in use, which tags what is combined from it; {@link
     * CacheTags#NO_STAGE_TWO} without one. Asked like {@link #format}.
     */
    default long stageTwoRoot() {
        return CacheTags.NO_STAGE_TWO;
    }

    /** The port that a TLB miss reads through; the same object for the vCPU's life. */
    WalkPort port();

    /** A port that answers as {@link #port} does but neither asks nor fills any cache: for audits and pictures. */
    WalkPort uncachedPort();

    /**
     * A port that takes guest-physical addresses and neither asks nor fills a cache: for the guest's loads and stores that
     * bypass the TLB, and for software that reads the guest's page tables.
     */
    WalkPort guestPort();

    /**
     * A walk of this vCPU has failed: called once a fault, before anybody else hears of it.
     *
     * @throws VmStopped when the VM cannot go on
     */
    Resolution onFault(Walk walk);

    /** The guest's store to {@code gpa}, which {@link VirtualMachine#trapsStore}, has been carried out. */
    default void onStore(long gpa, long value) {}

    /** The guest turns paging on with this format and root, in address space {@code asid}. */
    void pagingOn(PageTableFormat guestFormat, long root, int asid);

    /** The guest loads another root. */
    void loadRoot(long root, int asid);

    /** The guest invalidates what its change of a page table made stale, in address space {@code asid}. */
    void invalidate(Invalidation stale, int asid);

    /** Who deals with a fault. */
    enum Resolution {
        /** The VMM has mended it: the access is made again. */
        RETRY,
        /** It is the guest's own, and goes to the guest kernel without the VMM having seen it. */
        GUEST,
        /** The VMM has seen it, found it the guest's own, and delivers it. */
        INJECT
    }
}

package org.memvirt.api.vmm;

import org.jspecify.annotations.Nullable;
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
    /** The format that a TLB miss walks; asked after each privileged operation and fault, not at each miss. */
    PageTableFormat format();

    /**
     * The root that a TLB miss walks from, by its number among those of {@link #format} ({@link PageTableFormat#roots}); asked
     * like that.
     */
    long root(int number);

    /**
     * The root of the second-stage table that is in use, which tags what is combined from it; {@link
     * CacheTags#NO_STAGE_TWO} without one. Asked like {@link #format}: it may move.
     */
    default long stageTwoRoot() {
        return CacheTags.NO_STAGE_TWO;
    }

    /**
     * The hardware's tag for what is cached while the guest runs in its address space {@code guestAsid}: the guest's own,
     * unless the strategy gives out tags itself. Asked like {@link #format}, and for each space that the guest invalidates.
     */
    default int asid(int guestAsid) {
        return guestAsid;
    }

    /**
     * Whether a load of root 0 removes from the caches what the architecture says. Not where the strategy gives out tags itself
     * ({@link #asid}), loads its own root in the place of the guest's, and has removed what the guest may not find any more.
     */
    default boolean removesAtRootLoad() {
        return true;
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
     * The TLB as the guest's instructions reach it, where hardware knows the TLB alone ({@link VcpuServices#softwareTlb});
     * null if the strategy runs no such guest. The same object for the vCPU's life.
     *
     * <p>Hardware then walks nothing: {@link #format} and {@link #root} are what the guest's handlers go by, and of the
     * operations of this interface those on roots and page tables are no instructions, so none of them costs an exit.
     */
    default @Nullable GuestTlb guestTlb() {
        return null;
    }

    /**
     * A walk of this vCPU has failed: called once a fault, before anybody else hears of it. For a store whose value is
     * known, {@link VcpuServices#storesWord} is true meanwhile.
     *
     * <p>When hardware walked another table than the guest's, its fault is not the guest's. The strategy then puts the
     * guest's own fault in the place of it with {@link Walk#takeFaultOf} before it injects.
     *
     * @throws VmStopped when the VM cannot go on
     */
    Resolution onFault(Walk walk);

    /**
     * The guest is about to store {@code value} at {@code gpa} with an instruction that the simulation does not run through
     * the TLB, since its kernel's work is free; asked where {@link VirtualMachine#trapsStore}. The strategy records the
     * exit.
     *
     * @return whether the VMM has made the store; else the guest makes it now
     */
    default boolean onStore(long gpa, long value) {
        return false;
    }

    /**
     * The guest turns paging on in address space {@code asid}.
     *
     * @param roots as many as the format has, by their numbers; not to be changed
     */
    void pagingOn(PageTableFormat guestFormat, int asid, long... roots);

    /** The guest loads another root 0: the one that processes have each of their own. */
    void loadRoot(long root, int asid);

    /** The guest invalidates what its change of a page table made stale, in address space {@code asid}. */
    void invalidate(Invalidation stale, int asid);

    /**
     * The guest invalidates all of one address space, global mappings excepted. A strategy that has hardware walk tables of its
     * own does what it does for all of them, unless it overrides this.
     */
    default void invalidateSpace(int asid) {
        invalidateSpaces();
    }

    /** The guest invalidates all of its address spaces, global mappings excepted, to use its tags anew. */
    default void invalidateSpaces() {}

    /** The VM has got another tag: what is kept under {@link VcpuServices#stageTwoContext} is under another number from now on. */
    default void vmTagChanged() {}

    /** The guest goes from its program to its kernel, or back. */
    default void modeSwitch(boolean toKernel) {}

    /** The vCPU sends another vCPU of its VM an inter-processor interrupt; the receiver hears of it after that. */
    default void sendInterrupt() {}

    /** The vCPU takes an inter-processor interrupt. */
    default void takeInterrupt() {}

    /** The vCPU begins to run on a core, by its number; it is on none. */
    default void enterCore(int core) {}

    /** The vCPU is taken off its core. */
    default void leaveCore() {}

    /** Who deals with a fault. */
    enum Resolution {
        /** The VMM has mended what was amiss in its own memory or tables: the access is made again. */
        RETRY,
        /** The same for a hidden fault: the guest's own table allows the access, and the VMM's lacked that. */
        HIDDEN,
        /** The VMM has carried the access out in the guest's place: a trapped store. The access is done. */
        EMULATED,
        /** It is the guest's own, and goes to the guest kernel without the VMM having seen it. */
        GUEST,
        /** The VMM has seen it, found it the guest's own, and delivers it. */
        INJECT
    }
}

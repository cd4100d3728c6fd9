package org.memvirt.api.vmm;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.SoftwareTlb;
import org.memvirt.api.walk.NestedTlb;
import org.memvirt.api.walk.StageTwoWalkCache;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/** What a strategy may do to the vCPU that it drives. */
public interface VcpuServices {
    /**
     * The port by which the hardware walker of the core that the vCPU runs on reads host memory: for tables whose entries
     * hold host-physical addresses. The same object for the vCPU's life.
     */
    WalkPort hostPort();

    /** The same for software, past every cache. */
    WalkPort softwarePort();

    /**
     * The TLB of the core that the vCPU runs on, where software fills it; null where hardware walks page tables. Another
     * object on another core.
     */
    @Nullable SoftwareTlb softwareTlb();

    /**
     * A tag of hardware's for one address space of the guest's, where software fills the TLB: from a pool that all VMs of the
     * host share. When it is empty all tags begin anew, and every core's TLB is emptied; the one that a vCPU got last goes on
     * while the vCPU is on a core.
     *
     * @param held what was got for this address space before, or 0
     * @return what is held from now on, equal to {@code held} as long as nothing was lost; {@link
     *     org.memvirt.api.architecture.TagPool#tag} of it is the tag
     */
    long spaceTag(long held);

    /** Whether the tag that {@link #spaceTag} gave is still the holder's: none since has begun all tags anew. */
    boolean holdsSpaceTag(long held);

    /** Records one exit from guest to VMM. */
    void exit(ExitCause cause);

    /**
     * Has the VMM's software walk a table; what that reads is counted as the VMM's.
     *
     * @param walk asked already, with {@link Walk#start}; holds the answer
     */
    void softwareWalk(Walk walk, PageTableFormat format, WalkPort port);

    /** What the VMM does now, in words for people; they are asked for only while somebody watches the vCPU. */
    void tell(Supplier<String> words);

    /** Whether the access that has just failed stores a word whose value is known: the VMM may decode the instruction. */
    boolean storesWord();

    /** The value of that word. */
    long storedWord();

    /**
     * Removes what a change of a table that hardware walks for input addresses made stale, walk caches included: in all of
     * the VM's address spaces, on every core on which one of its vCPUs has run. For {@link Invalidation.Reach#ROOT} hardware
     * that took the top table along with the root reads it anew.
     */
    void invalidate(Invalidation stale);

    /** Removes all that is cached for input addresses of the VM, global mappings and walk caches included, on every core. */
    void invalidateAll();

    /**
     * Removes what the architecture lets a VMM remove when its stage 2 has changed for a range of gPAs: at the least the
     * range, and what was combined from it. On every core. From a second stage's TLB that software fills, the range alone.
     */
    void invalidateGuestPhysical(long gpa, long bytes);

    /**
     * The cache to ask before stage 2 is walked, on the core that the vCPU runs on, or null when there is none. The same
     * object for the vCPU's life.
     */
    @Nullable NestedTlb nestedTlb();

    /**
     * The cache to ask where a walk of stage 2 may begin, on the core that the vCPU runs on, or null when there is none. The
     * same object for the vCPU's life.
     */
    default @Nullable StageTwoWalkCache stageTwoWalkCache() {
        return null;
    }

    /** What this second-stage table is kept under in {@link #nestedTlb} and {@link #stageTwoWalkCache}. */
    int stageTwoContext(long stageTwoRoot);
}

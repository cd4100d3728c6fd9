package org.memvirt.api.vmm;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.walk.NestedTlb;
import org.memvirt.api.walk.WalkPort;

/** What a strategy may do to the vCPU that it drives. */
public interface VcpuServices {
    /** The port by which the hardware walker reads host memory: for tables whose entries hold host-physical addresses. */
    WalkPort hostPort();

    /** The same for software, past every cache. */
    WalkPort softwarePort();

    /** Records one exit from guest to VMM. */
    void exit(ExitCause cause);

    /**
     * Removes what the architecture lets a VMM remove when its stage 2 has changed for a range of gPAs: at the least the
     * range, and what was combined from it.
     */
    void invalidateGuestPhysical(long gpa, long bytes);

    /** The cache to ask before stage 2 is walked, or null when there is none. */
    @Nullable NestedTlb nestedTlb();

    /** What the translations of this second-stage table are kept under in {@link #nestedTlb}: its owner. */
    int stageTwoContext(long stageTwoRoot);
}

package org.memvirt.vmm.shadow;

import org.jspecify.annotations.Nullable;

/** What the VMM has built from an entry of the guest's page table, and goes when that changes. */
abstract class Built {
    /** The last of the guest's table entries that it was built from; null where there is none, or that is not tracked. */
    final @Nullable GuestEntry origin;

    /** The next that was built from the same entry. */
    @Nullable Built nextOfOrigin;

    @Nullable Built previousOfOrigin;

    Built(@Nullable GuestEntry origin) {
        this.origin = origin;
    }
}

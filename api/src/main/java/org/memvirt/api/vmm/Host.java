package org.memvirt.api.vmm;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;

/** The machine as the VMM of one VM sees it. */
public interface Host {
    /** The number of this VM, which tags what is cached for it. */
    int vm();

    /** Host memory for the VMM's software; what it reads and writes there costs no simulated access. */
    TableMemory memory();

    /** Memory for the VMM's own tables; counted as such. */
    TableFrames tableFrames();

    /** The memory of the guest: which part of it is backed, and by what. */
    GuestBacking backing();

    /** The second-stage format that was chosen; null when the strategy uses none. */
    @Nullable PageTableFormat stageTwoFormat();
}

package org.memvirt.api.vmm;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.AddressLayout;
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

    /** Free host memory from which a VM can be given a piece, in ascending order; for {@link GuestBacking#reserve}. */
    default List<MemoryRange> freeRanges() {
        return List.of();
    }

    /** Keeps free memory in a range from all VMs, for good. */
    default void withhold(MemoryRange range) {
        throw new UnsupportedOperationException("this host chooses places by itself");
    }

    /** Bytes of host-physical memory: what tables of the VMM must be able to name. */
    long memoryBytes();

    /**
     * The first-stage formats that hardware can walk: the guest's as it is, with its control bits, and the MMU's others as they
     * are by default.
     */
    List<PageTableFormat> stageOneFormats();

    /**
     * Where hardware knows the TLB alone, which addresses the guest's programs and kernel have; null where hardware walks
     * page tables.
     */
    default @Nullable AddressLayout layout() {
        return null;
    }

    /** The second-stage format that was chosen; null when the strategy uses none. */
    @Nullable PageTableFormat stageTwoFormat();
}

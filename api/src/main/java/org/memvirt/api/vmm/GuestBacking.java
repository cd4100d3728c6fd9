package org.memvirt.api.vmm;

/**
 * What lies behind the physical memory of one guest. The host's memory manager owns it; when it takes memory away or moves
 * it, it tells {@link VirtualMachine#hostMappingChanged}. All addresses in bytes.
 */
public interface GuestBacking {
    /** Size of the guest's physical memory; it begins at gPA 0. */
    long size();

    /** The host-physical address behind {@code gpa}, or -1 when nothing is there yet or ever. */
    long find(long gpa);

    /**
     * The host-physical address behind {@code gpa}, which must be below {@link #size}; memory is allocated if need be, in
     * pieces of the size that was chosen for the VM's backing.
     *
     * @throws org.memvirt.api.table.TableFrames.OutOfMemory when the host has none left
     */
    long back(long gpa);

    /** Offset bits of the piece that {@link #back} allocates around {@code gpa}: the page that stage 2 may map. */
    int pageShift(long gpa);

    /**
     * Backs all of the guest's memory by one contiguous piece, aligned to 1 GiB if that large.
     *
     * @return its host-physical address, or -1 when there is none of that size
     */
    long reserveContiguous();
}

package org.memvirt.api.vmm;

import org.memvirt.api.access.Rights;

/**
 * What lies behind the physical memory of one guest, granule by granule. The host's memory manager owns it and may take
 * granules away, move, share and protect them; before it does so it tells {@link VirtualMachine#hostMappingChanged}. All
 * addresses in bytes. A strategy asks it at exits, not at walks.
 */
public interface GuestBacking {
    /** Size of the guest's physical memory, a multiple of the granule; it begins at gPA 0. */
    long size();

    /** Offset bits of a granule: the smallest piece that is contiguous whatever happens. */
    int granuleShift();

    /** The host-physical address behind {@code gpa}, or -1 when nothing is there yet or ever. */
    long find(long gpa);

    /**
     * What the host allows at {@code gpa} now, as {@link Rights}: nothing where nothing is, no writes where the granule is
     * shared or protected. A strategy must not let the guest do more; {@link #populate} may get it more.
     */
    int rights(long gpa);

    /**
     * Makes {@code gpa}, which must be below {@link #size}, ready for an access: memory is allocated if need be, in pieces of
     * the size that was chosen for the VM; a store to a shared granule gets a copy of its own; one to a granule whose writes
     * are to be noticed is noticed, and allowed from now on. What that changes for this VM is told to {@link
     * VirtualMachine#hostMappingChanged} before this method returns.
     *
     * @param needed the {@link Rights} that the access needs
     * @return the host-physical address behind {@code gpa}, or -1 when the host does not allow the access
     * @throws org.memvirt.api.table.TableFrames.OutOfMemory when the host has no memory left
     */
    long populate(long gpa, int needed);

    /**
     * Offset bits of the largest piece around {@code gpa} that a single page may map: it is aligned to its size in guest and
     * host, contiguous, backed as a whole, and has one set of {@link #rights}. -1 when nothing is there.
     */
    int contiguousShift(long gpa);

    /**
     * Backs all of the guest's memory by one contiguous piece, aligned to 1 GiB if that large.
     *
     * @return its host-physical address, or -1 when there is none of that size
     */
    long reserveContiguous();

    /**
     * Backs all of the guest's memory by the piece of host memory at {@code start}.
     *
     * @param start a multiple of 2 MiB
     * @param bytes what is taken of the host's memory, at least {@link #size}
     * @return whether it was free
     * @throws UnsupportedOperationException where places cannot be chosen; so it is unless overridden
     */
    default boolean reserve(long start, long bytes) {
        throw new UnsupportedOperationException("this host chooses places by itself");
    }
}

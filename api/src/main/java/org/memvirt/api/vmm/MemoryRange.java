package org.memvirt.api.vmm;

/**
 * A range of host-physical addresses.
 *
 * @param start first address
 * @param bytes above 0
 */
public record MemoryRange(long start, long bytes) {
    /** The address after the last. */
    public long end() {
        return start + bytes;
    }
}

package org.memvirt.api.table;

/**
 * Software's loads and stores of aligned 64-bit words of page tables, at addresses of the space in which the software
 * lives. A guest kernel's stores pass its vCPU, and may trap; a VMM's go to host memory.
 */
public interface TableMemory {
    /** The word at {@code address}, a multiple of 8; 0 where nothing was ever written. */
    long load(long address);

    /** Writes the word at {@code address}, a multiple of 8. */
    void store(long address, long value);
}

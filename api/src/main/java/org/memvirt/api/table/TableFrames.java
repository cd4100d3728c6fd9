package org.memvirt.api.table;

/** Where a page table's software gets the memory of its tables from, and where it gives it back. */
public interface TableFrames {
    /**
     * Memory for one table, zeroed and aligned to its size.
     *
     * @param bytes a power of two
     * @throws OutOfMemory when there is none left
     */
    long allocate(long bytes);

    /** Takes a table back; nothing may point to it any more. */
    void release(long address, long bytes);

    /** There is no memory left for a table or a page; the message says whose memory, and how large it is. */
    final class OutOfMemory extends RuntimeException {
        private static final long serialVersionUID = 1;

        public OutOfMemory(String message) {
            super(message);
        }
    }
}

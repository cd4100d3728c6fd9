package org.memvirt.api.image;

/**
 * Memory that is only read, and of which some may be missing: an image of a machine, or a guest's memory as a second stage
 * shows it. Addresses are those that the entries of the tables in it name.
 */
public interface TableImage {
    /** Whether it has all of the {@code bytes} from {@code address} on; once a table. */
    boolean holds(long address, long bytes);

    /**
     * The word at {@code address}, a multiple of 8, that {@link #holds} is true for; once a reference, does not allocate.
     */
    long load(long address);
}

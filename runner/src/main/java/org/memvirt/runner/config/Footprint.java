package org.memvirt.runner.config;

/**
 * What an input touches.
 *
 * @param bytes of each process, or {@link #UNKNOWN}
 * @param processes that touch so much each
 */
public record Footprint(long bytes, int processes) {
    /** Nobody knows before the input has been read. */
    public static final long UNKNOWN = -1;

    /** That of one process, which nobody knows. */
    public static final Footprint NOT_KNOWN = new Footprint(UNKNOWN, 1);
}

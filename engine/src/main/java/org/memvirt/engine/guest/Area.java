package org.memvirt.engine.guest;

/**
 * A range of user addresses that a process may touch, demand-paged.
 *
 * @param start first address
 * @param end address after the last
 * @param rights user {@link org.memvirt.api.access.Rights}
 */
record Area(long start, long end, int rights) {}

package org.memvirt.engine.guest;

import org.jspecify.annotations.Nullable;

/**
 * A range of user addresses that a process may touch, demand-paged.
 *
 * @param start first address
 * @param end address after the last
 * @param rights user {@link org.memvirt.api.access.Rights}
 * @param object what it shows a part of, or null for memory of its own
 * @param offset of its first byte in the object
 */
record Area(long start, long end, int rights, @Nullable SharedObject object, long offset) {
    Area(long start, long end, int rights) {
        this(start, end, rights, null, 0);
    }

    /** A part of it. */
    Area part(long from, long to) {
        return new Area(from, to, rights, object, offset + from - start);
    }

    Area withRights(int newRights) {
        return new Area(start, end, newRights, object, offset);
    }

    /** Whether a page of 2^shift bytes around the address lies in it. */
    boolean holds(long address, int shift) {
        long page = address & -1L << shift;
        return page >= start && page + (1L << shift) <= end;
    }
}

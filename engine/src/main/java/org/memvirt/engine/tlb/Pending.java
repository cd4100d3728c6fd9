package org.memvirt.engine.tlb;

import org.memvirt.api.access.Rights;

/** The value of a TLB entry whose walk is not made yet: the walk's number in place of the frame, and what it has to allow. */
public final class Pending {
    private static final int NUMBER_SHIFT = 12;
    private static final long MARK = 2L * (Rights.ALL + 1);

    private Pending() {}

    public static long value(int number, int need) {
        return (long) number << NUMBER_SHIFT | MARK | need;
    }

    public static boolean is(long value) {
        return (value & MARK) != 0;
    }

    public static int number(long value) {
        return (int) (value >>> NUMBER_SHIFT);
    }
}

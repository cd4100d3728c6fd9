package org.memvirt.x86.invalidation;

import org.memvirt.api.invalidation.InvalidationTable;

/** The tables of both makers. */
public final class X86Invalidations {
    /** Intel's. */
    public static final InvalidationTable INTEL = IntelInvalidations.TABLE;

    /** AMD's. */
    public static final InvalidationTable AMD = AmdInvalidations.TABLE;

    private X86Invalidations() {}
}

package org.memvirt.runner.trace;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;

/** What of an input was read and not played, and the first of each kind. */
public final class LeftOut {
    private long badRecords;
    private @Nullable String firstBad;
    private long outside;
    private @Nullable String firstOutside;

    /** Forgets broken records: the input is opened anew. */
    public void clearBad() {
        badRecords = 0;
        firstBad = null;
    }

    void addBad(long count, @Nullable String first) {
        badRecords += count;
        firstBad = firstBad == null ? first : firstBad;
    }

    void clearOutside() {
        outside = 0;
        firstOutside = null;
    }

    void addOutside(long address, int rights) {
        if (outside++ == 0) {
            firstOutside = "%s of %#x".formatted(Rights.text(rights), address);
        }
    }

    /** Broken lines or records of a trace. */
    public long badRecords() {
        return badRecords;
    }

    /** Accesses to addresses that no user program has. */
    public long outside() {
        return outside;
    }

    /** A sentence about broken records, or null when there were none. */
    public @Nullable String aboutBad() {
        return badRecords == 0
                ? null
                : "passed over %d broken records of the trace; the first: %s".formatted(badRecords, firstBad);
    }

    /** A sentence about accesses outside the user's half, or null when there were none. */
    public @Nullable String aboutOutside() {
        return outside == 0
                ? null
                : "left out %d accesses to addresses outside the user's half; the first: %s"
                        .formatted(outside, firstOutside);
    }
}

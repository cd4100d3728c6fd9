package org.memvirt.engine.memory;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.memvirt.api.vmm.HostChange;

/** What the host's memory manager has done since counting began; in granules, unless told otherwise. */
public final class HostCounts {
    private final long[] changes = new long[HostChange.values().length];
    private long invalidations;

    /** Granules that were given the frame of another that holds the same. */
    long merged;

    /** Granules that shared a frame and were given a copy, because the guest stores to them. */
    long copied;

    /** Granules taken away whose contents were kept. */
    long swappedOut;

    /** Granules brought back. */
    long swappedIn;

    /** Granules taken away that the guest had no use for. */
    long discarded;

    /** Granules that were given another frame. */
    long moved;

    /** Pieces of 2 MiB or more that the host held and mapped whole, until it needed a part of them. */
    long dissolved;

    /** Large pieces made of small ones. */
    long collapsed;

    /** Large pieces of host memory that were cleared by moving what lay there. */
    long compacted;

    void change(HostChange change, long cost) {
        changes[change.ordinal()]++;
        invalidations += cost;
    }

    /** Begins from 0. */
    public void clear() {
        Arrays.fill(changes, 0);
        invalidations = 0;
        merged = 0;
        copied = 0;
        swappedOut = 0;
        swappedIn = 0;
        discarded = 0;
        moved = 0;
        dissolved = 0;
        collapsed = 0;
        compacted = 0;
    }

    /** A large piece was made of small ones. */
    public void collapse() {
        collapsed++;
    }

    /** A large piece of host memory was cleared. */
    public void compact() {
        compacted++;
    }

    /** How often strategies were told of a change for this reason. */
    public long changes(HostChange change) {
        return changes[change.ordinal()];
    }

    /** The same by the lower-case names of all reasons. */
    public Map<String, Long> changes() {
        Map<String, Long> byReason = new TreeMap<>();
        for (HostChange change : HostChange.values()) {
            byReason.put(change.name().toLowerCase(Locale.ROOT), changes(change));
        }
        return byReason;
    }

    /** Invalidations that strategies asked for because of those changes. */
    public long invalidations() {
        return invalidations;
    }

    public long merged() {
        return merged;
    }

    public long copied() {
        return copied;
    }

    public long swappedOut() {
        return swappedOut;
    }

    public long swappedIn() {
        return swappedIn;
    }

    public long discarded() {
        return discarded;
    }

    public long moved() {
        return moved;
    }

    public long dissolved() {
        return dissolved;
    }

    public long collapsed() {
        return collapsed;
    }

    public long compacted() {
        return compacted;
    }
}

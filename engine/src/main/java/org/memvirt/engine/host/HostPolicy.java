package org.memvirt.engine.host;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a host does with its guests' memory beyond backing it.
 *
 * @param transparent whether it backs them in large pieces where it has them and in granules where not, and makes large ones of
 *     small ones in the background
 * @param reclaims how it gets memory back when little is free
 * @param dirtyLog how it logs what guests store to, for as long as counting goes on; null if it does not
 * @param logEntries of the buffer in which hardware notes stores
 * @param every accesses between two turns of its work in the background, and between two readings of the log
 * @param contents of how many different contents guests' pages are once they are stored to, where contents are kept; 0 for one of
 *     its own for each store
 * @param checks whether contents are kept and checked at every access, so that no page is lost or mixed up
 * @param onDemand whether somebody has the host do such things step by step
 */
public record HostPolicy(
        boolean transparent, Set<Reclaim> reclaims, @Nullable DirtyLogKind dirtyLog, int logEntries, long every,
        long contents, boolean checks, boolean onDemand) {
    /** Backs on demand, and nothing else. */
    public static final HostPolicy NONE =
            new HostPolicy(false, Set.of(), null, DirtyLog.ENTRIES, 1 << 16, 0, false, false);

    public HostPolicy {
        EnumSet<Reclaim> sorted = EnumSet.noneOf(Reclaim.class);
        sorted.addAll(reclaims);
        reclaims = Set.copyOf(sorted);
        if (logEntries < 1 || every < 1 || contents < 0) {
            throw new IllegalArgumentException(
                    "a log has entries and work has a turn, not %d and every %d accesses".formatted(logEntries, every));
        }
    }

    /** Whether it changes by itself what lies behind guests that did not ask for it; a strategy may refuse that. */
    public boolean changesMemory() {
        return transparent || !reclaims.isEmpty() || dirtyLog != null;
    }

    /** Whether what programs store is kept, so that pages have contents. */
    public boolean keepsContents() {
        return (changesMemory() || onDemand) && (checks || contents > 0) || reclaims.contains(Reclaim.MERGE);
    }

    public HostPolicy withTransparent(boolean chosen) {
        return new HostPolicy(chosen, reclaims, dirtyLog, logEntries, every, contents, checks, onDemand);
    }

    public HostPolicy withReclaims(Set<Reclaim> chosen) {
        return new HostPolicy(transparent, chosen, dirtyLog, logEntries, every, contents, checks, onDemand);
    }

    public HostPolicy withDirtyLog(@Nullable DirtyLogKind chosen) {
        return new HostPolicy(transparent, reclaims, chosen, logEntries, every, contents, checks, onDemand);
    }

    public HostPolicy withEvery(long accesses) {
        return new HostPolicy(transparent, reclaims, dirtyLog, logEntries, accesses, contents, checks, onDemand);
    }

    public HostPolicy withContents(long different) {
        return new HostPolicy(transparent, reclaims, dirtyLog, logEntries, every, different, checks, onDemand);
    }

    public HostPolicy withChecks(boolean chosen) {
        return new HostPolicy(transparent, reclaims, dirtyLog, logEntries, every, contents, chosen, onDemand);
    }

    public HostPolicy withOnDemand(boolean chosen) {
        return new HostPolicy(transparent, reclaims, dirtyLog, logEntries, every, contents, checks, chosen);
    }
}

package org.memvirt.runner.config;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.memvirt.engine.host.DirtyLogKind;
import org.memvirt.engine.host.HostPolicy;
import org.memvirt.engine.host.Reclaim;
import org.memvirt.runner.usage.WrongUsage;
import picocli.CommandLine.Option;

/** What the host does with its guest's memory beyond backing it. */
public final class HostOptions {
    @Option(names = "--reclaim", paramLabel = "balloon,merge,swap",
            description = "How the host gets memory back when little of it is free; one or several (default: not at all).")
    public @Nullable String reclaim;

    @Option(names = "--dirty-log", paramLabel = "write-protect|dirty-bits|page-log",
            description = "Logs what the guest stores to, in this way, for as long as counting goes on (default: it does not).")
    public @Nullable String dirtyLog;

    @Option(names = "--host-turn", paramLabel = "N",
            description = "Accesses between two turns of the host's work in the background, and two readings of the log"
                    + " (default: 65536).")
    public @Nullable Long hostTurn;

    @Option(names = "--page-contents", paramLabel = "N",
            description = "How many different contents pages have once they are stored to, for merging; 0 gives each store its own"
                    + " (default: 0).")
    public @Nullable Long pageContents;

    /** Whether a scenario has the host do such things, too. */
    public boolean onDemand;

    /**
     * What the options ask for.
     *
     * @param config takes those that were given
     */
    HostPolicy policy(boolean transparent, Map<String, Object> config) {
        HostPolicy policy = HostPolicy.NONE
                .withTransparent(transparent)
                .withReclaims(reclaims())
                .withOnDemand(onDemand);
        Map<String, @Nullable Object> given = new LinkedHashMap<>();
        given.put("reclaim", reclaim);
        given.put("dirty-log", dirtyLog);
        given.put("host-turn", hostTurn);
        given.put("page-contents", pageContents);
        given.forEach((option, value) -> {
            if (value != null) {
                config.put(option, value);
            }
        });
        if (dirtyLog != null) {
            policy = policy.withDirtyLog(kind(dirtyLog));
        }
        if (hostTurn != null) {
            policy = policy.withEvery(atLeast("--host-turn", hostTurn, 1));
        }
        return pageContents == null
                ? policy
                : policy.withContents(atLeast("--page-contents", pageContents, 0));
    }

    private Set<Reclaim> reclaims() {
        Set<Reclaim> chosen = EnumSet.noneOf(Reclaim.class);
        if (reclaim != null) {
            for (String name : reclaim.split(",", -1)) {
                chosen.add(way(name));
            }
        }
        return chosen;
    }

    private static Reclaim way(String name) {
        for (Reclaim way : Reclaim.values()) {
            if (way.text().equals(name)) {
                return way;
            }
        }
        throw new WrongUsage("--reclaim %s: the host gets memory back by balloon, merge or swap".formatted(name));
    }

    private static DirtyLogKind kind(String name) {
        try {
            return DirtyLogKind.of(name);
        } catch (IllegalArgumentException e) {
            throw new WrongUsage("--dirty-log: " + e.getMessage(), e);
        }
    }

    private static long atLeast(String option, long value, long least) {
        if (value < least) {
            throw new WrongUsage("%s %d: give at least %d".formatted(option, value, least));
        }
        return value;
    }
}

package org.memvirt.engine.guest;

import java.util.List;
import java.util.function.ToLongFunction;

/** What a guest kernel has counted of its own work. */
public final class GuestCounts {
    /** Address spaces loaded to run a process. */
    public long switches;

    /** Those among them that flushed what was cached under the tag. */
    public long switchFlushes;

    /** How often the tags began anew. */
    public long tagRollOvers;

    /** Pages that were flushed one by one, each once however many CPUs it took. */
    public long pageFlushes;

    /** Address spaces that were flushed as a whole, likewise. */
    public long spaceFlushes;

    /** Page tables that were taken back while their process lived. */
    public long tablesFreed;

    /** Demand faults that were answered with a page larger than the smallest. */
    public long largeFaults;

    /** Large pages that were split. */
    public long splits;

    /** Large pages that the daemon made of smaller ones. */
    public long collapses;

    /** Processes that were killed because memory had run out. */
    public long kills;

    /** Accesses that killed processes did not make any more. */
    public long accessesOfKilled;

    /**
     * One of the counts.
     *
     * @param name in results
     * @param meter in metrics: dotted lower-case words
     * @param unit of it
     * @param description for people
     */
    public record Count(
            String name, String meter, String unit, String description, ToLongFunction<GuestCounts> value) {}

    /** All of them. */
    public static List<Count> all() {
        return List.of(
                new Count("switches", "guest.switches", "loads",
                        "Address spaces that the guest loaded to run a process",
                        counts -> counts.switches),
                new Count("switchFlushes", "guest.switch.flushes", "loads",
                        "Those of the loaded address spaces that flushed their tag",
                        counts -> counts.switchFlushes),
                new Count("tagRollOvers", "guest.tag.rollovers", "times",
                        "How often the guest's tags of address spaces began anew", counts -> counts.tagRollOvers),
                new Count("pageFlushes", "guest.page.flushes", "pages", "Pages that the guest flushed one by one",
                        counts -> counts.pageFlushes),
                new Count("spaceFlushes", "guest.space.flushes", "spaces",
                        "Address spaces that the guest flushed as a whole", counts -> counts.spaceFlushes),
                new Count("tablesFreed", "guest.tables.freed", "tables",
                        "Page tables that the guest took back while their process lived", counts -> counts.tablesFreed),
                new Count("largeFaults", "guest.large.faults", "faults",
                        "Demand faults that the guest answered with more than its smallest page",
                        counts -> counts.largeFaults),
                new Count("splits", "guest.splits", "pages", "Large pages that the guest split",
                        counts -> counts.splits),
                new Count("collapses", "guest.collapses", "pages",
                        "Large pages that the guest's daemon made of smaller ones", counts -> counts.collapses),
                new Count("kills", "guest.kills", "processes",
                        "Processes that the guest killed because memory had run out", counts -> counts.kills),
                new Count("accessesOfKilled", "guest.accesses.of.killed", "accesses",
                        "Accesses that killed processes did not make any more", counts -> counts.accessesOfKilled));
    }

    /** Begins to count. */
    public void clear() {
        switches = 0;
        switchFlushes = 0;
        tagRollOvers = 0;
        pageFlushes = 0;
        spaceFlushes = 0;
        tablesFreed = 0;
        largeFaults = 0;
        splits = 0;
        collapses = 0;
        kills = 0;
        accessesOfKilled = 0;
    }
}

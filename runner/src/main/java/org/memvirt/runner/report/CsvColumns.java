package org.memvirt.runner.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.walk.Trail;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Section;

/**
 * The columns of results as CSV: the same whatever was run, so that files can be put one under the other. Each is named by
 * its path in the JSON, {@code tlb.l1d.misses}. What the JSON keys by names that not every machine has is written in one
 * column as JSON, or under the names that machines share and, for the rest, in a column {@code others}.
 */
final class CsvColumns {
    /** All that {@code config} may hold, by long option name. */
    private static final List<String> CONFIG = List.of(
            "mmu", "registers", "format", "second-stage", "vmm", "tlb", "walk-cache", "nested-tlb", "stage2-walk-cache",
            "guest-kernel",
            "guest-pages", "guest-flush-ceiling", "guest-tags", "guest-free-tables", "guest-collapse", "host-pages",
            "guest-memory", "host-memory", "vms", "vcpus", "cores", "cost-model", "seed", "trace", "trace-format",
            "workload", "scenario", "accesses", "skip-bad-lines", "skip-outside", "fold-addresses", "processes",
            "slice",
            "quantum", "passes", "prefault", "reclaim", "dirty-log", "host-turn", "page-contents");

    private static final List<String> TLB_GROUPS = List.of("l1i", "l1d", "l2", "l2i", "l2d");

    private static final List<String> REFERENCES = List.of("total", "perWalk", "max", "skipped", "sequential",
            "speculative", "misspeculated", "forUpdates");

    private static final String OTHERS = "others";
    private static final String TLB = "tlb";
    private static final String KERNEL_TLB = "kernel.tlb";
    /** What a strategy counts by itself, which the JSON has under the strategy's name. */
    static final String STRATEGY = "strategy";

    private static final String CAUSES = "exits.byCause";

    /** Paths of what is written whole, as JSON. */
    private static final Set<String> AS_JSON = Set.of(
            STRATEGY, "audit.violations", "exitTable", "timeLine", "memory.host.changes", "memory.host.freeBySize",
            "memory.host.dirty",
            "memory.host.logReadings", "memory.host.migrations", "vms",
            "refill.byKind", "pageSizes", "passes", "walkReferences.matrix",
            "faultingWalks.walkReferences.matrix",
            "kernel.walkReferences.matrix", "kernel.faultingWalks.walkReferences.matrix");

    /** Paths of what is keyed by names that plug-ins choose, with the names that have columns of their own. */
    private static final Map<String, List<String>> OPEN = Map.of(
            TLB, TLB_GROUPS,
            KERNEL_TLB, TLB_GROUPS,
            CAUSES, ExitCause.known().stream().map(ExitCause::name).toList());

    private static final List<String> ALL = all();

    private CsvColumns() {}

    /** All of them, in their order. */
    static List<String> list() {
        return ALL;
    }

    /** Whether what stands at a path is one cell, whatever is in it. */
    static boolean isWhole(String path) {
        return AS_JSON.contains(path);
    }

    /** Whether the keys of what stands at a path are names that plug-ins choose. */
    static boolean isOpen(String path) {
        return OPEN.containsKey(path);
    }

    /** Those of the keys that have columns of their own. */
    static List<String> named(String path) {
        return OPEN.getOrDefault(path, List.of());
    }

    /** What stands in such a column where a result lacks the key: an exit that never happened counts 0. */
    static String absent(String path) {
        return path.equals(CAUSES) ? "0" : "";
    }

    /** The column for the keys at a path that have none of their own. */
    static String others(String path) {
        return path + "." + OTHERS;
    }

    private static List<String> all() {
        List<String> all = new ArrayList<>(List.of("schema", "version"));
        CONFIG.forEach(option -> all.add("config." + option));
        all.addAll(List.of("partial", "error", "audit.passed", "audit.violations", "leftOut.badRecords",
                "leftOut.outside", "accesses"));
        lookups(all, TLB);
        all.add("walks");
        references(all, "walkReferences");
        faultingWalks(all, "faultingWalks");
        walkCache(all, "walkCache");
        all.addAll(List.of("nestedTlb.hits", "nestedTlb.misses"));
        walkCache(all, "stageTwoWalkCache");
        all.add("unmapped");
        all.addAll(List.of("refill.handlers", "refill.byKind"));
        section(all, Section.REFILL);
        all.addAll(List.of("pageSizes", "kernel.accesses"));
        lookups(all, KERNEL_TLB);
        all.add("kernel.walks");
        references(all, "kernel.walkReferences");
        faultingWalks(all, "kernel.faultingWalks");
        section(all, Section.GUEST);
        section(all, Section.FAULTS);
        all.add("exits.total");
        ExitCause.known().forEach(cause -> all.add(CAUSES + "." + cause.name()));
        all.add(others(CAUSES));
        all.add(STRATEGY);
        section(all, Section.TABLES);
        section(all, Section.MEMORY);
        all.addAll(List.of("memory.fragmentation", "memory.host.changes"));
        section(all, Section.HOST);
        all.addAll(List.of("memory.host.freeBySize", "memory.host.dirty", "memory.host.logReadings",
                "memory.host.migrations"));
        all.addAll(List.of("partitions.freeBytes", "partitions.largestFreeBytes",
                "partitions.externalFragmentation", "partitions.unusedBytes", "partitions.internalFragmentation",
                "partitions.failedCreations", "partitions.failedWithRoom", "cycles.total", "cycles.byPart.tlb",
                "cycles.byPart.walk",
                "cycles.byPart.walkCache", "cycles.byPart.refill", "cycles.byPart.guestFault", "cycles.byPart.exit",
                "cycles.model"));
        section(all, Section.SCHEDULING);
        all.addAll(List.of(
                "vms", "exitTable", "timeLine", "elapsedSeconds", "accessesPerSecond", "inputSeconds", "passes"));
        return List.copyOf(all);
    }

    private static void section(List<String> all, Section section) {
        Count.of(section).forEach(count -> all.add(section.path() + "." + count.key()));
    }

    private static void lookups(List<String> all, String path) {
        for (String group : TLB_GROUPS) {
            all.add("%s.%s.hits".formatted(path, group));
            all.add("%s.%s.misses".formatted(path, group));
        }
        all.add(others(path));
    }

    private static void references(List<String> all, String path) {
        REFERENCES.forEach(count -> all.add(path + "." + count));
        all.add(path + ".matrix");
    }

    private static void walkCache(List<String> all, String path) {
        for (int level = 1; level < Trail.SIDE; level++) {
            all.add("%s.hitsByLevel.%d".formatted(path, level));
        }
        all.add(path + ".misses");
    }

    private static void faultingWalks(List<String> all, String path) {
        all.add(path + ".walks");
        references(all, path + ".walkReferences");
    }
}

package org.memvirt.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.option.Sizes;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.walk.Trail;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Counts;
import org.memvirt.engine.count.Section;
import org.memvirt.engine.cpu.Core;
import org.memvirt.engine.cpu.Counters;
import org.memvirt.engine.cpu.WalkCounts;
import org.memvirt.engine.guest.GuestPolicy;
import org.memvirt.engine.host.HostManager;
import org.memvirt.engine.memory.Partitions;

/** Makes the result of a run from what its machine has counted. */
final class Results {
    private final Machine machine;
    private final MachineConfig config;
    private final Counters counters;
    private final Counts counts;

    private final @Nullable TimeLine timeLine;

    private Results(Machine machine, @Nullable TimeLine timeLine) {
        this.timeLine = timeLine;
        this.machine = machine;
        config = machine.config();
        counters = machine.counters();
        counts = machine.counts();
    }

    static SimulationResult of(
            Machine machine, List<SimulationResult.Pass> passes, double inputSeconds, @Nullable TimeLine timeLine) {
        return new Results(machine, timeLine).result(passes, inputSeconds);
    }

    private SimulationResult result(List<SimulationResult.Pass> passes, double inputSeconds) {
        double seconds = passes.stream().mapToDouble(SimulationResult.Pass::seconds).sum();
        double rate = 0;
        if (!passes.isEmpty() && passes.getLast().seconds() > 0) {
            rate = passes.getLast().accesses() / passes.getLast().seconds();
        }
        return new SimulationResult(
                counters.accesses(),
                lookups(counters.tlb()),
                counters.walks.walks,
                references(counters.walks),
                new SimulationResult.FaultingWalks(counters.faultingWalks.walks, references(counters.faultingWalks)),
                walkCache(config.walkCache(), counters.walkCache()),
                new SimulationResult.Lookups(counters.nestedTlb()[1], counters.nestedTlb()[0]),
                config.stageTwo() == null || config.stageTwoWalkCache() == null
                        ? null
                        : walkCache(config.stageTwoWalkCache(), Core.stageTwoTableCounts(machine.cores())),
                counters.unmapped(),
                new SimulationResult.Refill(
                        counts.sum(Section.HANDLERS), counts.of(Section.HANDLERS), counts.of(Section.REFILL)),
                pageSizes(),
                new SimulationResult.Kernel(
                        counters.kernelAccesses(),
                        lookups(counters.kernelTlb()),
                        counters.kernelWalks.walks,
                        references(counters.kernelWalks),
                        new SimulationResult.FaultingWalks(
                                counters.kernelFaultingWalks.walks, references(counters.kernelFaultingWalks))),
                guest(),
                counts.of(Section.FAULTS),
                new SimulationResult.Exits(counters.exits.total(), counters.exits.byCause()),
                new SimulationResult.Strategy(
                        config.vmm().name(), machine.strategyCounters().values(), machine.tableUse()),
                counts.of(Section.TABLES),
                memory(),
                partitions(),
                cycles(),
                counts.of(Section.SCHEDULING),
                ResultsByVm.of(machine),
                exitTable(),
                timeLine == null ? null : timeLine.soFar(),
                seconds,
                rate,
                inputSeconds,
                List.copyOf(passes));
    }

    /** Look-ups that no TLB answered: what missed the last level, of these counts by group. */
    static long lastMisses(List<Tlb.Counts> counts) {
        int deepest = counts.stream().mapToInt(group -> group.level).max().orElse(0);
        return counts.stream().filter(group -> group.level == deepest).mapToLong(group -> group.misses).sum();
    }

    private double cyclesOfExits(String cause, long exits) {
        return exits * config.costs().exit().getOrDefault(cause, config.costs().otherExit());
    }

    private double cyclesOfExits() {
        return counters.exits.byCause().entrySet().stream()
                .mapToDouble(cause -> cyclesOfExits(cause.getKey(), cause.getValue()))
                .sum();
    }

    private List<SimulationResult.ExitsOfCause> exitTable() {
        double all = counters.exits.total();
        double allCycles = cyclesOfExits();
        return counters.exits.byCause().entrySet().stream()
                .filter(cause -> cause.getValue() > 0)
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(cause -> {
                    double cycles = cyclesOfExits(cause.getKey(), cause.getValue());
                    return new SimulationResult.ExitsOfCause(
                            cause.getKey(), cause.getValue(), cause.getValue() / all, cycles,
                            allCycles == 0 ? 0 : cycles / allCycles);
                })
                .toList();
    }

    private Map<String, Long> guest() {
        boolean usual = config.guestPolicy().equals(GuestPolicy.USUAL)
                && counts.get(Count.SPLITS) + counts.get(Count.KILLS) == 0;
        return usual ? Map.of() : counts.of(Section.GUEST);
    }

    private static Map<String, SimulationResult.Lookups> lookups(List<Tlb.Counts> groups) {
        Map<String, SimulationResult.Lookups> lookups = new LinkedHashMap<>();
        groups.forEach(counts -> lookups.put(counts.group, new SimulationResult.Lookups(counts.hits, counts.misses)));
        return lookups;
    }

    private SimulationResult.References references(WalkCounts counts) {
        long total = counts.references();
        int guestLevels = machine.vcpu().format().levels();
        PageTableFormat stageTwo = config.stageTwo();
        int hostLevels = stageTwo == null ? 0 : stageTwo.levels();
        List<List<Long>> matrix = new ArrayList<>();
        for (int guest = 0; guest <= guestLevels; guest++) {
            List<Long> row = new ArrayList<>();
            for (int host = 0; host <= hostLevels; host++) {
                row.add(counts.matrix[guest * Trail.SIDE + host]);
            }
            matrix.add(row);
        }
        return new SimulationResult.References(
                total,
                counts.walks == 0 ? 0 : (double) total / counts.walks,
                counts.longest,
                counts.skipped,
                total - counts.parallel,
                counts.speculative,
                counts.misspeculated,
                counts.forUpdates,
                matrix);
    }

    private static SimulationResult.WalkCacheLookups walkCache(@Nullable WalkCachePreset preset, long[] counts) {
        Map<String, Long> hits = new LinkedHashMap<>();
        if (preset != null) {
            preset.arrays().stream()
                    .map(array -> array.level())
                    .filter(level -> level > 0)
                    .sorted()
                    .forEach(level -> hits.put(Integer.toString(level), counts[level]));
        }
        for (int level = 1; level < counts.length; level++) {
            if (counts[level] != 0) {
                hits.put(Integer.toString(level), counts[level]);
            }
        }
        return new SimulationResult.WalkCacheLookups(hits, counts[0]);
    }

    private Map<String, Long> pageSizes() {
        Map<String, Long> pairs = new LinkedHashMap<>();
        for (int guest = 0; guest < Long.SIZE; guest++) {
            for (int host = 0; host < Long.SIZE; host++) {
                long walks = counters.walks.ofSizes(guest, host);
                if (walks != 0) {
                    pairs.put(Sizes.ofPage(guest) + (host == 0 ? "" : "/" + Sizes.ofPage(host)), walks);
                }
            }
        }
        return pairs;
    }

    private SimulationResult.Memory memory() {
        long guest = counts.get(Count.GUEST_MEMORY);
        long host = counts.get(Count.HOST_MEMORY);
        double unused = host == 0 ? 0 : Math.max(0, 1 - (double) guest / host);
        return new SimulationResult.Memory(counts.of(Section.MEMORY), unused, hostWork());
    }

    private SimulationResult.HostWork hostWork() {
        Map<String, Long> free = new LinkedHashMap<>();
        long[] bySize = machine.host().frames().freeBySize();
        for (int shift = 0; shift < bySize.length; shift++) {
            if (bySize[shift] != 0) {
                free.put(Sizes.ofPage(shift), bySize[shift]);
            }
        }
        HostManager manager = machine.hostManager();
        return new SimulationResult.HostWork(
                counts.of(Section.HOST_CHANGES), counts.of(Section.HOST), free, manager.rounds(),
                manager.operations().readings(), manager.operations().migrations());
    }

    private SimulationResult.Partitions partitions() {
        Partitions partitions = machine.host().partitions();
        long taken = partitions.takenBytes();
        boolean any = taken > 0 || partitions.refusals() > 0;
        long free = any ? partitions.freeBytes() : 0;
        long largest = any ? partitions.largestFree() : 0;
        return new SimulationResult.Partitions(
                free,
                largest,
                free == 0 ? 0 : 1 - (double) largest / free,
                partitions.unusedBytes(),
                taken == 0 ? 0 : (double) partitions.unusedBytes() / taken,
                partitions.refusals(),
                partitions.refusalsWithRoom());
    }

    private SimulationResult.Cycles cycles() {
        CostModel costs = config.costs();
        Map<String, Double> parts = new LinkedHashMap<>();
        List<Tlb.Counts> ofWorkload = counters.tlb();
        double tlb = 0;
        for (int i = 0; i < ofWorkload.size(); i++) {
            long hits = ofWorkload.get(i).hits + counters.kernelTlb().get(i).hits;
            tlb += hits * costs.tlbHit().getOrDefault(ofWorkload.get(i).level, 0.0);
        }
        parts.put("tlb", tlb);
        long made = 0;
        long parallel = 0;
        for (WalkCounts counts : List.of(counters.walks, counters.faultingWalks, counters.kernelWalks,
                counters.kernelFaultingWalks)) {
            made += counts.references();
            parallel += counts.parallel;
        }
        parts.put("walk", (made - parallel) * costs.reference());
        long cacheHits = counters.nestedTlb()[1];
        for (int level = 1; level < counters.walkCache().length; level++) {
            cacheHits += counters.walkCache()[level] + Core.stageTwoTableCounts(machine.cores())[level];
        }
        parts.put("walkCache", cacheHits * costs.walkCacheHit());
        parts.put("refill", counts.sum(Section.HANDLERS) * costs.exception()
                + counts.get(Count.HANDLER_INSTRUCTIONS) * costs.instruction()
                + (counts.get(Count.HANDLER_LOADS) + counts.get(Count.HANDLER_STORES)) * costs.reference());
        parts.put("guestFault", counts.get(Count.GUEST_FAULTS) * costs.guestFault());
        parts.put("exit", cyclesOfExits());
        double total = parts.values().stream().mapToDouble(Double::doubleValue).sum();
        return new SimulationResult.Cycles(total, parts, costs.name());
    }
}

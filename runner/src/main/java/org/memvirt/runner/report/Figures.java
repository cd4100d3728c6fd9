package org.memvirt.runner.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.memvirt.engine.SimulationResult;
import org.memvirt.engine.SimulationResult.Lookups;
import org.memvirt.runner.report.Figure.Unit;

/** Which figures the table shows of given results, and in what order; those that are 0 everywhere are mostly left out. */
final class Figures {
    private static final Lookups NONE = new Lookups(0, 0);

    private final List<SimulationResult> results;
    private final boolean allVirtual;
    private final List<Figure> figures = new ArrayList<>();

    private Figures(List<RunReport> reports) {
        results = reports.stream().map(RunReport::result).toList();
        allVirtual = reports.stream().allMatch(RunReport::virtual);
    }

    static List<Figure> of(List<RunReport> reports) {
        Figures table = new Figures(reports);
        table.translation();
        table.faults();
        table.kernel();
        table.guest();
        table.memory();
        table.host();
        table.cycles();
        table.speed();
        return table.figures;
    }

    private void translation() {
        heading("Address translation");
        always("accesses", Unit.COUNT, SimulationResult::accesses);
        for (String group : keys(SimulationResult::tlb)) {
            figures.add(Figure.of(group + " TLB misses", Unit.COUNT, result -> lookups(result, group).misses())
                    .shareOf("its look-ups", result -> all(lookups(result, group))));
        }
        refills();
        always("page walks", Unit.COUNT, SimulationResult::walks).shareOf("accesses", SimulationResult::accesses);
        always("references to table entries", Unit.COUNT, result -> result.walkReferences().total());
        always("references per walk", Unit.DECIMAL, result -> result.walkReferences().perWalk());
        always("references of the longest walk", Unit.COUNT, result -> result.walkReferences().max());
        ifAny("references that caches saved", Unit.COUNT, result -> result.walkReferences().skipped());
        for (String level : keys(result -> result.walkCache().hitsByLevel())) {
            ifAny("walk-cache hits, on at level " + level, Unit.COUNT, result -> result.walkCache()
                    .hitsByLevel()
                    .getOrDefault(level, 0L));
        }
        if (results.stream().anyMatch(result -> all(result.nestedTlb()) > 0)) {
            always("nested-TLB hits", Unit.COUNT, result -> result.nestedTlb().hits());
            always("nested-TLB misses", Unit.COUNT, result -> result.nestedTlb().misses());
        }
        for (String level : keys(Figures::stageTwoHits)) {
            ifAny("stage-2 walk-cache hits, on at level " + level, Unit.COUNT,
                    result -> stageTwoHits(result).getOrDefault(level, 0L));
        }
        if (results.stream().anyMatch(result -> result.pageSizes().size() > 1)) {
            for (String size : keys(SimulationResult::pageSizes)) {
                ifAny("walks to " + size + " pages", Unit.COUNT, result -> result.pageSizes().getOrDefault(size, 0L));
            }
        }
    }

    private static Map<String, Long> stageTwoHits(SimulationResult result) {
        SimulationResult.WalkCacheLookups lookups = result.stageTwoWalkCache();
        return lookups == null ? Map.of() : lookups.hitsByLevel();
    }

    private void refills() {
        ifAny("accesses untranslated by hardware", Unit.COUNT, SimulationResult::unmapped);
        if (results.stream().anyMatch(result -> result.refill().handlers() + result.refill().hidden() > 0)) {
            always("TLB exception handlers", Unit.COUNT, result -> result.refill().handlers())
                    .shareOf("accesses", SimulationResult::accesses);
            for (String kind : keys(result -> result.refill().byKind())) {
                ifAny("handlers of kind " + kind, Unit.COUNT,
                        result -> result.refill().byKind().getOrDefault(kind, 0L));
            }
            always("instructions of handlers", Unit.COUNT, result -> result.refill().instructions());
            ifAny("instructions of nested handlers", Unit.COUNT, result -> result.refill().nestedInstructions());
            always("table entries loaded by handlers", Unit.COUNT, result -> result.refill().loads());
            ifAny("table entries loaded by nested handlers", Unit.COUNT, result -> result.refill().nestedLoads());
            ifAny("table entries stored by handlers", Unit.COUNT, result -> result.refill().stores());
            ifAny("misses of handlers' own", Unit.COUNT, result -> result.refill().nestedMisses());
            always("TLB entries written", Unit.COUNT, result -> result.refill().tlbWrites());
            ifAny("exceptions hidden from the guest", Unit.COUNT, result -> result.refill().hidden());
        }
    }

    private void kernel() {
        if (results.stream().anyMatch(result -> result.kernel().accesses() > 0)) {
            heading("The guest kernel's own accesses, counted apart");
            always("kernel accesses", Unit.COUNT, result -> result.kernel().accesses());
            always("kernel page walks", Unit.COUNT, result -> result.kernel().walks());
            always("kernel references", Unit.COUNT, result -> result.kernel().walkReferences().total());
        }
    }

    private void guest() {
        if (results.stream().allMatch(result -> result.guest().isEmpty())) {
            return;
        }
        heading("The guest kernel's tags, flushes and pages");
        guest("address spaces loaded", "switches");
        guest("loads that flushed", "switchFlushes");
        guest("roll-overs of tags", "tagRollOvers");
        guest("pages flushed one by one", "pageFlushes");
        guest("address spaces flushed whole", "spaceFlushes");
        guest("page tables taken back", "tablesFreed");
        guest("faults answered with a large page", "largeFaults");
        guest("large pages split", "splits");
        guest("large pages made of small ones", "collapses");
        guest("processes killed for memory", "kills");
        guest("accesses that those did not make", "accessesOfKilled");
    }

    private void guest(String label, String count) {
        ifAny(label, Unit.COUNT, result -> result.guest().getOrDefault(count, 0L));
    }

    private void faults() {
        heading("Faults and exits");
        always("guest page faults", Unit.COUNT, result -> result.faults().guest());
        ifAny("stage-2 faults", Unit.COUNT, result -> result.faults().stage2());
        ifAny("hidden faults", Unit.COUNT, result -> result.faults().hidden());
        ifAny("injected faults", Unit.COUNT, result -> result.faults().injected());
        ifAny("walks that ended in a fault", Unit.COUNT, result -> result.faultingWalks().walks());
        always("exits", Unit.COUNT, result -> result.exits().total());
        for (String cause : keys(result -> result.exits().byCause())) {
            ifAny("exits for " + cause, Unit.COUNT, result -> result.exits().byCause().getOrDefault(cause, 0L));
        }
        ifAny("world switches", Unit.COUNT, result -> result.scheduling().worldSwitches());
        ifAny("world switches that flushed", Unit.COUNT, result -> result.scheduling().worldSwitchFlushes());
        ifAny("times that the VMs' tags ran out", Unit.COUNT, result -> result.scheduling().vmTagRollOvers());
        ifAny("interrupts between vCPUs", Unit.COUNT, result -> result.scheduling().interrupts());
        ifAny("invalidations on other cores", Unit.COUNT, result -> result.scheduling().remoteFlushes());
    }

    private void memory() {
        heading("Memory");
        always("the guest's page tables", Unit.BYTES, result -> result.tables().guestBytes());
        ifAny("the VMM's page tables", Unit.BYTES, result -> result.tables().vmmBytes());
        always("guest memory handed out", Unit.BYTES, result -> result.memory().guestBytes());
        if (allVirtual) {
            always("host memory behind it", Unit.BYTES, result -> result.memory().hostBytes());
        } else {
            // Without a VMM nothing is handed out behind the guest: it has all memory from the beginning.
            always("host memory (natively: all)", Unit.BYTES, result -> result.memory().hostBytes()).notCompared();
        }
    }

    private void host() {
        int before = figures.size();
        heading("The host's work on its guests' memory");
        host("granules swapped out", Unit.COUNT, SimulationResult.HostWork::swappedOut);
        host("granules swapped in", Unit.COUNT, SimulationResult.HostWork::swappedIn);
        host("memory swapped out now", Unit.BYTES, SimulationResult.HostWork::swappedBytes);
        host("granules that guests gave", Unit.COUNT, SimulationResult.HostWork::discarded);
        host("memory in balloons now", Unit.BYTES, SimulationResult.HostWork::balloonBytes);
        host("granules merged", Unit.COUNT, SimulationResult.HostWork::merged);
        host("copied again for a store", Unit.COUNT, SimulationResult.HostWork::copied);
        host("memory shared now", Unit.BYTES, SimulationResult.HostWork::sharedBytes);
        host("granules moved", Unit.COUNT, SimulationResult.HostWork::moved);
        host("large pieces dissolved", Unit.COUNT, SimulationResult.HostWork::dissolved);
        host("large pieces made", Unit.COUNT, SimulationResult.HostWork::collapsed);
        host("large pieces cleared", Unit.COUNT, SimulationResult.HostWork::compacted);
        host("readings of dirty logs", Unit.COUNT, work -> work.dirty().size() + work.logReadings().size());
        host("granules that they told", Unit.COUNT, work -> sum(work.dirty())
                + work.logReadings().stream().mapToLong(reading -> reading.dirty()).sum());
        host("migrations", Unit.COUNT, work -> work.migrations().size());
        host("invalidations for all that", Unit.COUNT, SimulationResult.HostWork::invalidations);
        if (figures.size() == before + 1) {
            figures.removeLast();
        }
    }

    private static long sum(List<Long> numbers) {
        return numbers.stream().mapToLong(Long::longValue).sum();
    }

    private void host(String label, Unit unit, ToDoubleFunction<SimulationResult.HostWork> value) {
        ifAny(label, unit, result -> value.applyAsDouble(result.memory().host()));
    }

    private void cycles() {
        heading("Estimated cycles, model " + results.getFirst().cycles().model());
        always("cycles", Unit.COUNT, result -> result.cycles().total());
        always("cycles per access", Unit.DECIMAL, result -> per(result.cycles().total(), result.accesses()));
        for (String part : keys(result -> result.cycles().byPart())) {
            ifAny("cycles for " + words(part), Unit.COUNT, result -> part(result, part))
                    .shareOf("cycles", result -> result.cycles().total());
        }
    }

    private void speed() {
        heading("Speed of this simulation");
        always("accesses per second", Unit.LARGE, SimulationResult::accessesPerSecond).notCompared();
    }

    private void heading(String text) {
        figures.add(Figure.heading(text));
    }

    private Figure always(String label, Unit unit, ToDoubleFunction<SimulationResult> value) {
        Figure figure = Figure.of(label, unit, value);
        figures.add(figure);
        return figure;
    }

    private Figure ifAny(String label, Unit unit, ToDoubleFunction<SimulationResult> value) {
        Figure figure = Figure.of(label, unit, value);
        if (results.stream().anyMatch(result -> value.applyAsDouble(result) != 0)) {
            figures.add(figure);
        }
        return figure;
    }

    /** The keys that any result has, in the order of their first occurrence. */
    private Set<String> keys(Function<SimulationResult, Map<String, ?>> map) {
        return new LinkedHashSet<>(results.stream()
                .map(map)
                .map(Map::keySet)
                .flatMap(Collection::stream)
                .toList());
    }

    private static Lookups lookups(SimulationResult result, String group) {
        return result.tlb().getOrDefault(group, NONE);
    }

    private static double all(Lookups lookups) {
        return (double) lookups.hits() + lookups.misses();
    }

    /** {@code walkCache} as {@code walk cache}. */
    private static String words(String key) {
        return key.replaceAll("([A-Z])", " $1").toLowerCase(Locale.ROOT);
    }

    private static double part(SimulationResult result, String part) {
        return result.cycles().byPart().getOrDefault(part, 0.0);
    }

    private static double per(double total, long count) {
        return count == 0 ? 0 : total / count;
    }
}

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
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Section;
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
        if (results.stream().anyMatch(result -> result.refill().handlers() + result.get(Count.HIDDEN_REFILLS) > 0)) {
            always("TLB exception handlers", Unit.COUNT, result -> result.refill().handlers())
                    .shareOf("accesses", SimulationResult::accesses);
            section(Section.HANDLERS);
            section(Section.REFILL);
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
        section(Section.GUEST);
    }

    private void faults() {
        heading("Faults and exits");
        always(Count.GUEST_FAULTS);
        section(Section.FAULTS, Count.GUEST_FAULTS);
        ifAny("walks that ended in a fault", Unit.COUNT, result -> result.faultingWalks().walks());
        always("exits", Unit.COUNT, result -> result.exits().total());
        for (String cause : keys(result -> result.exits().byCause())) {
            ifAny("exits for " + cause, Unit.COUNT, result -> result.exits().byCause().getOrDefault(cause, 0L));
        }
        section(Section.SCHEDULING);
    }

    private void memory() {
        heading("Memory");
        always(Count.GUEST_TABLES);
        section(Section.TABLES, Count.GUEST_TABLES);
        always(Count.GUEST_MEMORY);
        if (allVirtual) {
            always(Count.HOST_MEMORY);
        } else {
            // Without a VMM nothing is handed out behind the guest: it has all memory from the beginning.
            always("host memory (natively: all)", Unit.BYTES, result -> result.get(Count.HOST_MEMORY)).notCompared();
        }
    }

    private void host() {
        int before = figures.size();
        heading("The host's work on its guests' memory");
        section(Section.HOST, Count.HOST_INVALIDATIONS);
        host("readings of dirty logs", work -> work.dirty().size() + work.logReadings().size());
        host("granules that they told", work -> sum(work.dirty())
                + work.logReadings().stream().mapToLong(reading -> reading.dirty()).sum());
        host("migrations", work -> work.migrations().size());
        ifAny(Count.HOST_INVALIDATIONS);
        if (figures.size() == before + 1) {
            figures.removeLast();
        }
    }

    private static long sum(List<Long> numbers) {
        return numbers.stream().mapToLong(Long::longValue).sum();
    }

    private void host(String label, ToDoubleFunction<SimulationResult.HostWork> value) {
        ifAny(label, Unit.COUNT, result -> value.applyAsDouble(result.memory().host()));
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

    /** What a section of the table of counts has that is not 0 everywhere, but for what stands elsewhere. */
    private void section(Section section, Count... elsewhere) {
        Count.of(section).stream()
                .filter(count -> !count.label().isEmpty() && !List.of(elsewhere).contains(count))
                .forEach(this::ifAny);
    }

    private void always(Count count) {
        always(count.label(), unit(count), result -> result.get(count));
    }

    private void ifAny(Count count) {
        ifAny(count.label(), unit(count), result -> result.get(count));
    }

    private static Unit unit(Count count) {
        return count.isLevel() ? Unit.BYTES : Unit.COUNT;
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

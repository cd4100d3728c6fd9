package org.memvirt.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.VmmCounter;
import org.memvirt.api.walk.Trail;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.cpu.Core;
import org.memvirt.engine.cpu.Counters;
import org.memvirt.engine.cpu.WalkCounts;

/** Names and defines every counter of a machine. */
final class Meters {
    private final List<Meter> meters = new ArrayList<>();

    private final Machine machine;

    private Meters(Machine machine) {
        this.machine = machine;
    }

    static List<Meter> of(Machine machine) {
        Meters all = new Meters(machine);
        all.add();
        return List.copyOf(all.meters);
    }

    private void add() {
        count("accesses", "Accesses of the workload that were carried out", "accesses", Map.of(), Counters::accesses);
        count(
                "kernel.accesses",
                "Accesses of the guest kernel's own that were carried out",
                "accesses",
                Map.of(),
                Counters::kernelAccesses);
        List<Tlb.Counts> groups = machine.counters().tlb();
        for (int i = 0; i < groups.size(); i++) {
            int group = i;
            Map<String, String> level = Map.of("level", groups.get(i).group);
            count("tlb.hits", "Look-ups of the workload that a group of TLBs answered", "lookups", level,
                    counters -> counters.tlb().get(group).hits);
            count("tlb.misses", "Look-ups of the workload that it did not answer", "lookups", level,
                    counters -> counters.tlb().get(group).misses);
        }
        walks("walks", "Walks of the workload that completed", counters -> counters.walks);
        walks("faulting.walks", "Walks of the workload that ended in a fault", counters -> counters.faultingWalks);
        walks("kernel.walks", "Walks of the guest kernel that completed", counters -> counters.kernelWalks);
        references();
        int levels = machine.counters().walkCache().length;
        count("walk.cache.misses", "Look-ups of the walk cache that found nothing", "lookups", Map.of(),
                counters -> counters.walkCache()[0]);
        for (int level = 1; level < levels; level++) {
            int at = level;
            if (machine.config().walkCache() != null && level < machine.vcpu().format().levels()) {
                count(
                        "walk.cache.hits",
                        "Look-ups of the walk cache that found something, by the level at which the walk went on",
                        "lookups",
                        Map.of("level", Integer.toString(level)),
                        counters -> counters.walkCache()[at]);
            }
        }
        count("nested.tlb.hits", "gPA look-ups that the nested TLB answered", "lookups", Map.of(),
                counters -> counters.nestedTlb()[1]);
        count("nested.tlb.misses", "gPA look-ups that it did not answer", "lookups", Map.of(),
                counters -> counters.nestedTlb()[0]);
        stageTwoWalkCache();
        count("unmapped", "Accesses of the workload that went by the TLBs, untranslated by hardware", "accesses",
                Map.of(), Counters::unmapped);
        Count.ALL.stream().filter(count -> !count.metric().isEmpty()).forEach(this::count);
        for (ExitCause cause : ExitCause.known()) {
            count(
                    "exits",
                    "Transfers from guest to VMM",
                    "exits",
                    Map.of("cause", cause.name()),
                    counters -> counters.exits.count(cause));
        }
        for (VmmCounter counter : machine.strategyCounters().all()) {
            String name = machine.config().vmm().name() + "." + counter.name().replace('_', '.');
            meters.add(new Meter(
                    name,
                    counter.description(),
                    counter.unit(),
                    counter.monotonic(),
                    Map.of(),
                    () -> machine.strategyCounters().value(counter.name())));
        }
    }

    private void stageTwoWalkCache() {
        if (machine.config().stageTwo() == null || machine.config().stageTwoWalkCache() == null) {
            return;
        }
        meters.add(new Meter("stage.two.walk.cache.misses",
                "Look-ups of the second stage's walk cache that found nothing, by workload and kernel alike", "lookups",
                true, Map.of(), () -> Core.stageTwoTableCounts(machine.cores())[0]));
        for (int level = 1; level < machine.config().stageTwo().levels(); level++) {
            int at = level;
            meters.add(new Meter("stage.two.walk.cache.hits",
                    "Look-ups of the second stage's walk cache that found something, by the level at which the walk went on",
                    "lookups", true, Map.of("level", Integer.toString(level)),
                    () -> Core.stageTwoTableCounts(machine.cores())[at]));
        }
    }

    private void walks(String name, String description, Function<Counters, WalkCounts> of) {
        count(name, description, "walks", Map.of(), counters -> of.apply(counters).walks);
        count(name + ".references", description + ": references made", "references", Map.of(),
                counters -> of.apply(counters).references());
        count(
                name + ".skipped",
                description + ": references that caches made unnecessary",
                "references",
                Map.of(),
                counters -> of.apply(counters).skipped);
    }

    private void references() {
        var stageTwo = machine.config().stageTwo();
        int hostLevels = stageTwo == null ? 0 : stageTwo.levels();
        for (int guest = 0; guest <= machine.vcpu().format().levels(); guest++) {
            for (int host = 0; host <= hostLevels; host++) {
                if (guest + host > 0) {
                    int cell = guest * Trail.SIDE + host;
                    count(
                            "references",
                            "References of the workload's completed walks by level; stage 1 is the guest's own entry",
                            "references",
                            Map.of(
                                    "stage",
                                    host == 0 ? "1" : "2",
                                    "level",
                                    host == 0 ? Integer.toString(guest) : guest + "." + host),
                            counters -> counters.walks.matrix[cell]);
                }
            }
        }
    }

    private void count(
            String name, String description, String unit, Map<String, String> labels,
            ToLongFunction<Counters> value) {
        meters.add(new Meter(
                name, description, unit, true, labels, () -> value.applyAsLong(machine.publishedCounters())));
    }

    private void count(Count count) {
        String ofAll = count.section().ofAll();
        meters.add(new Meter(
                count.metric(), ofAll.isEmpty() ? count.definition() : ofAll, count.unit(), !count.isLevel(),
                count.metricLabels(), () -> machine.publishedCounts().get(count)));
    }
}

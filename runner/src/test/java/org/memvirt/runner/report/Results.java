package org.memvirt.runner.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.engine.SimulationResult;
import org.memvirt.engine.SimulationResult.Cycles;
import org.memvirt.engine.SimulationResult.Exits;
import org.memvirt.engine.SimulationResult.FaultingWalks;
import org.memvirt.engine.SimulationResult.HostWork;
import org.memvirt.engine.SimulationResult.Kernel;
import org.memvirt.engine.SimulationResult.Lookups;
import org.memvirt.engine.SimulationResult.Memory;
import org.memvirt.engine.SimulationResult.Pass;
import org.memvirt.engine.SimulationResult.References;
import org.memvirt.engine.SimulationResult.Refill;
import org.memvirt.engine.SimulationResult.Strategy;
import org.memvirt.engine.SimulationResult.WalkCacheLookups;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Counts;
import org.memvirt.engine.count.Section;

/** A small result with a different number everywhere, for tests. */
final class Results {
    private static final Counts COUNTS = counts();
    private static final HostWork HOST = new HostWork(
            Map.of("unmap", 1L), COUNTS.of(Section.HOST), Map.of("4K", 15L), List.of(17L), List.of(), List.of());

    private Results() {}

    private static Counts counts() {
        Counts counts = new Counts();
        long value = 2;
        for (Count each : Count.of(Section.HOST)) {
            counts.set(each, value++);
        }
        counts.set(Count.GUEST_FAULTS, 15);
        counts.set(Count.STAGE_TWO_FAULTS, 16);
        counts.set(Count.GUEST_TABLES, 4096);
        counts.set(Count.VMM_TABLES, 8192);
        counts.set(Count.PEAK_VMM_TABLES, 12_288);
        counts.set(Count.GUEST_MEMORY, 3 << 20);
        counts.set(Count.HOST_MEMORY, 4 << 20);
        return counts;
    }

    static RunReport report(String name, long factor, @Nullable String error) {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("format", "x86-64:wp=on");
        config.put("vmm", name);
        config.put("tlb", "reference");
        config.put("walk-cache", "none");
        config.put("trace", "a,\"b\".lackey");
        config.put("passes", 1);
        return new RunReport(name, !name.equals("native"), config, result(factor), new RunReport.LeftOut(0, 0), error,
                null);
    }

    /** The same with other exits. */
    static RunReport withCauses(RunReport report, Map<String, Long> byCause) {
        SimulationResult old = report.result();
        SimulationResult result = new SimulationResult(
                old.accesses(), old.tlb(), old.walks(), old.walkReferences(), old.faultingWalks(), old.walkCache(),
                old.nestedTlb(), old.stageTwoWalkCache(), old.unmapped(), old.refill(), old.pageSizes(), old.kernel(),
                old.guest(), old.faults(),
                new Exits(7, byCause), old.strategy(), old.tables(),
                old.memory(), old.partitions(), old.cycles(), old.scheduling(), old.vms(), old.exitTable(), null,
                old.elapsedSeconds(),
                old.accessesPerSecond(),
                old.inputSeconds(),
                old.passes());
        return new RunReport(report.name(), true, report.config(), result, report.leftOut(), null, null);
    }

    private static SimulationResult result(long factor) {
        Map<String, Lookups> tlb = new LinkedHashMap<>();
        tlb.put("l1d", new Lookups(900_000, 100_000));
        tlb.put("l2", new Lookups(75_000, 25_000));
        References references = new References(
                25_000 * factor, factor, (int) factor, 7, 25_000 * factor, 6, 5, 4,
                List.of(List.of(0L, 1L), List.of(2L, 3L)));
        References none = new References(0, 0, 0, 0, 0, 0, 0, 0, List.of(List.of(0L)));
        Map<String, Double> parts = new LinkedHashMap<>();
        parts.put("walkCache", 0.0);
        parts.put("exit", 1e10 * factor);
        return new SimulationResult(
                1_000_000,
                tlb,
                25_000,
                references,
                new FaultingWalks(5, none),
                new WalkCacheLookups(Map.of("1", 11L), 12),
                new Lookups(13, 14),
                null,
                0,
                new Refill(0, Map.of(), COUNTS.of(Section.REFILL)),
                Map.of("4K", 25_000L),
                new Kernel(0, Map.of(), 0, none, new FaultingWalks(0, none)),
                Map.of(),
                COUNTS.of(Section.FAULTS),
                new Exits(16, Map.of("stage2-fault", 16L)),
                new Strategy("nested", Map.of(), List.of()),
                COUNTS.of(Section.TABLES),
                new Memory(COUNTS.of(Section.MEMORY), 0.25, HOST),
                new SimulationResult.Partitions(0, 0, 0, 0, 0, 0, 0),
                new Cycles(1e10 * factor, parts, "unit"),
                COUNTS.of(Section.SCHEDULING),
                List.of(),
                List.of(new SimulationResult.ExitsOfCause("stage2-fault", 16, 1, 24_000, 1)),
                null,
                0.5,
                2_000_000,
                0.125,
                List.of(new Pass(1_000_000, 0.5)));
    }
}

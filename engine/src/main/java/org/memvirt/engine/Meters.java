package org.memvirt.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.walk.Trail;
import org.memvirt.engine.cpu.Counters;
import org.memvirt.engine.cpu.WalkCounts;

/** Names and defines every counter of a machine. */
final class Meters {
    private final List<Meter> meters = new ArrayList<>();

    private Meters() {}

    static List<Meter> of(Machine machine) {
        Meters all = new Meters();
        all.add(machine);
        return List.copyOf(all.meters);
    }

    private void add(Machine machine) {
        Counters counters = machine.counters();
        count("accesses", "Accesses of the workload that were carried out", "accesses", Map.of(), counters::accesses);
        count(
                "kernel.accesses",
                "Accesses of the guest kernel's own that were carried out",
                "accesses",
                Map.of(),
                counters::kernelAccesses);
        for (int i = 0; i < counters.tlb().size(); i++) {
            Tlb.Counts counts = counters.tlb().get(i);
            Map<String, String> level = Map.of("level", counts.group);
            count("tlb.hits", "Look-ups of the workload that a group of TLBs answered", "lookups", level,
                    () -> counts.hits);
            count("tlb.misses", "Look-ups of the workload that it did not answer", "lookups", level,
                    () -> counts.misses);
        }
        walks("walks", "Walks of the workload that completed", counters.walks);
        walks("faulting.walks", "Walks of the workload that ended in a fault", counters.faultingWalks);
        walks("kernel.walks", "Walks of the guest kernel that completed", counters.kernelWalks);
        references(machine, counters.walks);
        long[] walkCache = counters.walkCache();
        count("walk.cache.misses", "Look-ups of the walk cache that found nothing", "lookups", Map.of(),
                () -> walkCache[0]);
        for (int level = 1; level < walkCache.length; level++) {
            int at = level;
            if (machine.config().walkCache() != null && level < machine.config().format().levels()) {
                count(
                        "walk.cache.hits",
                        "Look-ups of the walk cache that found something, by the level at which the walk went on",
                        "lookups",
                        Map.of("level", Integer.toString(level)),
                        () -> walkCache[at]);
            }
        }
        long[] nestedTlb = counters.nestedTlb();
        count("nested.tlb.hits", "gPA look-ups that the nested TLB answered", "lookups", Map.of(), () -> nestedTlb[1]);
        count("nested.tlb.misses", "gPA look-ups that it did not answer", "lookups", Map.of(), () -> nestedTlb[0]);
        faults(counters);
        for (ExitCause cause : ExitCause.known()) {
            count(
                    "exits",
                    "Transfers from guest to VMM",
                    "exits",
                    Map.of("cause", cause.name()),
                    () -> counters.exits.count(cause));
        }
        level("guest.table.bytes", "Page tables of the guest", machine.kernel()::tableBytes);
        level("vmm.table.bytes", "Page tables of the VMM", machine::vmmTableBytes);
        level("guest.memory.bytes", "Guest-physical memory handed out by the guest kernel",
                machine.kernel()::allocatedBytes);
        level("host.memory.bytes", "Host memory behind the guest", machine::hostBytes);
    }

    private void faults(Counters counters) {
        fault("guest", "1", counters::guestFaults);
        fault("stage2", "2", counters::stageTwoFaults);
        fault("hidden", "1", counters::hiddenFaults);
        fault("injected", "1", counters::injectedFaults);
    }

    private void fault(String kind, String stage, LongSupplier value) {
        count(
                "faults",
                "Faults: guest, of stage 1, that reached the guest kernel; injected, those of them that passed through the"
                        + " VMM; hidden, of stage 1, that the VMM mended; stage2, of stage 2 or of a partition's bound",
                "faults",
                Map.of("cause", kind, "stage", stage),
                value);
    }

    private void walks(String name, String description, WalkCounts counts) {
        count(name, description, "walks", Map.of(), () -> counts.walks);
        count(name + ".references", description + ": references made", "references", Map.of(), counts::references);
        count(
                name + ".skipped",
                description + ": references that caches made unnecessary",
                "references",
                Map.of(),
                () -> counts.skipped);
    }

    private void references(Machine machine, WalkCounts counts) {
        var stageTwo = machine.config().stageTwo();
        int hostLevels = stageTwo == null ? 0 : stageTwo.levels();
        for (int guest = 0; guest <= machine.config().format().levels(); guest++) {
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
                            () -> counts.matrix[cell]);
                }
            }
        }
    }

    private void count(String name, String description, String unit, Map<String, String> labels, LongSupplier value) {
        meters.add(new Meter(name, description, unit, true, labels, value));
    }

    private void level(String name, String description, LongSupplier value) {
        meters.add(new Meter(name, description, "bytes", false, Map.of(), value));
    }
}

package org.memvirt.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.memvirt.api.tlb.Tlb;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.api.vmm.VmmCounter;
import org.memvirt.api.walk.Trail;
import org.memvirt.engine.cpu.Core;
import org.memvirt.engine.cpu.Counters;
import org.memvirt.engine.cpu.RefillCounts;
import org.memvirt.engine.cpu.WalkCounts;
import org.memvirt.engine.guest.GuestCounts;
import org.memvirt.engine.memory.HostCounts;
import org.memvirt.engine.memory.HostMemory;

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
        refill();
        faults();
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
        for (GuestCounts.Count count : GuestCounts.all()) {
            meters.add(new Meter(count.meter(), count.description(), count.unit(), true, Map.of(),
                    () -> machine.guestCount(count)));
        }
        level("guest.table.bytes", "Page tables of the guest", machine::guestTableBytes);
        level("vmm.table.bytes", "Page tables of the VMM", machine::vmmTableBytes);
        level("guest.memory.bytes", "Guest-physical memory handed out by the guest kernel",
                machine::guestBytes);
        level("host.memory.bytes", "Host memory behind the guest", machine::hostBytes);
        host();
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

    private void host() {
        HostMemory memory = machine.host();
        for (HostChange change : HostChange.values()) {
            host("changes", "Changes of what lies behind a guest's memory that its strategy was told of", "changes",
                    Map.of("reason", change.name().toLowerCase(Locale.ROOT)), counts -> counts.changes(change));
        }
        host("invalidations", "Invalidations that strategies asked for because of those changes", "invalidations",
                Map.of(), HostCounts::invalidations);
        host("swapped.out", "Granules taken away and kept", "granules", Map.of(), HostCounts::swappedOut);
        host("swapped.in", "Granules brought back", "granules", Map.of(), HostCounts::swappedIn);
        host("discarded", "Granules taken away as the guest gave them", "granules", Map.of(), HostCounts::discarded);
        host("merged", "Granules that were given the frame of another", "granules", Map.of(), HostCounts::merged);
        host("copied", "Granules given a frame of their own again because of a store", "granules", Map.of(),
                HostCounts::copied);
        host("moved", "Granules moved to another frame", "granules", Map.of(), HostCounts::moved);
        host("dissolved", "Large pieces of which a part was needed", "pieces", Map.of(), HostCounts::dissolved);
        host("collapsed", "Large pieces made of small ones", "pieces", Map.of(), HostCounts::collapsed);
        host("compacted", "Large pieces of host memory cleared by moving what lay there", "pieces", Map.of(),
                HostCounts::compacted);
        level("host.swapped.bytes", "Guests' memory that is taken away and kept", memory::swappedBytes);
        level("host.balloon.bytes", "Guests' memory that their balloons have", machine.hostManager()::balloonBytes);
        level("host.shared.bytes", "Frames that several granules share", memory::sharedBytes);
        level("host.free.bytes", "Host memory that is free", () -> memory.frames().free());
        level("host.largest.free.bytes", "The largest free piece of host memory", () -> memory.frames().largestFree());
    }

    private void host(
            String name, String description, String unit, Map<String, String> labels,
            ToLongFunction<HostCounts> value) {
        HostCounts counts = machine.host().counts();
        meters.add(new Meter("host." + name, description, unit, true, labels, () -> value.applyAsLong(counts)));
    }

    private void refill() {
        count("unmapped", "Accesses of the workload that went by the TLBs, untranslated by hardware", "accesses",
                Map.of(),
                Counters::unmapped);
        handlers("refill", counts -> counts.refills());
        handlers("load", counts -> counts.loadFaults());
        handlers("store", counts -> counts.storeFaults());
        handlers("modify", counts -> counts.modifications());
        handlers("nested", counts -> counts.nested());
        refill("instructions", "Instructions of the guest's handlers of TLB exceptions", RefillCounts::instructions);
        refill("nested.instructions", "Instructions of the handlers that a load of another handler needed",
                RefillCounts::nestedInstructions);
        refill("loads", "Page-table entries that guest software loaded to fill the TLB", RefillCounts::loads);
        refill("nested.loads", "Page-table entries that such handlers loaded",
                RefillCounts::nestedLoads);
        refill("stores", "Page-table entries that it stored then", RefillCounts::stores);
        refill("writes", "TLB entries that guest software wrote", RefillCounts::tlbWrites);
        refill("misses", "Loads and stores of handlers that missed the TLB of the first stage themselves",
                RefillCounts::nestedMisses);
        refill("hidden", "TLB exceptions that the VMM answered without the guest's knowledge", RefillCounts::hidden);
    }

    private void handlers(String kind, ToLongFunction<RefillCounts> value) {
        count(
                "refill.handlers",
                "Handlers of TLB exceptions that the guest ran, by what they answered",
                "handlers",
                Map.of("cause", kind),
                counters -> value.applyAsLong(counters.refill));
    }

    private void refill(String name, String description, ToLongFunction<RefillCounts> value) {
        String unit = name.substring(name.lastIndexOf('.') + 1);
        count("refill." + name, description, unit, Map.of(), counters -> value.applyAsLong(counters.refill));
    }

    private void faults() {
        fault("guest", "1", Counters::guestFaults);
        fault("stage2", "2", Counters::stageTwoFaults);
        fault("hidden", "1", Counters::hiddenFaults);
        fault("injected", "1", Counters::injectedFaults);
    }

    private void fault(String kind, String stage, ToLongFunction<Counters> value) {
        count(
                "faults",
                "Faults: guest, of stage 1, that reached the guest kernel; injected, those of them that passed through the"
                        + " VMM; hidden, of stage 1, that the VMM mended; stage2, of stage 2 or of a partition's bound",
                "faults",
                Map.of("cause", kind, "stage", stage),
                value);
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

    private void level(String name, String description, LongSupplier value) {
        meters.add(new Meter(name, description, "bytes", false, Map.of(), value));
    }
}

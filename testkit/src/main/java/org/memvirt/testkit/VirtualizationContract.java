package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.WalkCachePreset;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.Machine;
import org.memvirt.engine.MachineShape;
import org.memvirt.engine.Meter;
import org.memvirt.engine.RunPlan;
import org.memvirt.engine.Simulation;
import org.memvirt.engine.SimulationResult;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.guest.GuestPages;
import org.memvirt.engine.guest.GuestPolicy;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.trial.Allocations;
import org.memvirt.testkit.trial.Seeds;
import org.memvirt.testkit.vmm.BareGuest;
import org.memvirt.testkit.vmm.BatchSource;
import org.memvirt.testkit.vmm.GuestScript;
import org.memvirt.testkit.vmm.HostScript;
import org.memvirt.testkit.vmm.SharingScript;

/**
 * All that a virtualization strategy owes: the guest cannot tell, no guest reaches memory that is not its own, the counts
 * keep their laws, and a run can be repeated. Page sizes are those of the formats.
 */
public abstract class VirtualizationContract extends HostMemoryContract {
    // The guest cannot tell.

    @Test
    void theGuestCannotTell() {
        Seeds.rounds(25, random -> {
            Machine machine = drawMachine(random, basePage()).boot();
            script(machine, random, basePage(), 1500);
        });
    }

    @Test
    void theGuestCannotTellWithLargePagesEither() {
        int large = largePage();
        if (large == basePage()) {
            return;
        }
        // To clear a page of hundreds of megabytes takes a while.
        boolean huge = large > 25;
        long memory = 128L << large;
        Seeds.rounds(huge ? 1 : 5, random -> {
            Machine machine = drawMachine(random, large)
                    .guestMemory(memory)
                    .hostMemory(16 * memory)
                    .boot();
            script(machine, random, large, huge ? 40 : 400);
        });
    }

    private void script(Machine machine, SplittableRandom random, int pageShift, int steps) {
        machine.watchTables();
        GuestScript script = new GuestScript(machine, random, pageShift, formatForbidsExecution());
        script.play(steps);
        assertThat(machine.audit()).isEmpty();
        script.checkWalks();
    }

    @Test
    void processesThatShareMemoryCannotTell() {
        // What is no tree is slow to tell how much room there is.
        Seeds.rounds(format().coverShift(1) == 0 ? 3 : 10, random -> {
            int large = cutPage(random);
            AssembledMachine drawn = drawMachine(random, basePage()).guestMemory(1L << 15 + basePage());
            int asidBits = drawn.config().mmu().tagWidths(format(), null).asidBits();
            Machine machine = drawn.guestPages(new GuestPages(large, random.nextBoolean()))
                    .guestPolicy(drawPolicy(random, asidBits))
                    .shape(new MachineShape(1 + random.nextInt(2), 1, 1 + random.nextInt(asidBits == 2 ? 2 : 3)))
                    .boot();
            machine.watchTables();
            SharingScript script = new SharingScript(machine, random, large, formatForbidsExecution());
            HostScript host = letsHostMoveMemory() && random.nextBoolean()
                    ? new HostScript(machine.backing(), random.split())
                    : null;
            for (int i = 0; i < 60; i++) {
                script.play(5);
                if (host != null) {
                    host.act();
                }
            }
            assertThat(machine.audit()).isEmpty();
            script.checkAll();
        });
    }

    /** Offset bits of a page that the guest kernel gives, and that takes no long while to clear. */
    private int cutPage(SplittableRandom random) {
        List<Integer> shifts =
                format().pageShifts().stream().filter(shift -> shift <= 22).toList();
        return shifts.isEmpty() ? basePage() : shifts.get(random.nextInt(shifts.size()));
    }

    private static GuestPolicy drawPolicy(SplittableRandom random, int asidBits) {
        int[] ceilings = {0, 0, 1, 4, 33};
        int tags = random.nextInt(3) - 1;
        if (tags > 0) {
            tags = asidBits < 2 ? GuestPolicy.ALL_TAGS : 1 + random.nextInt(3);
        }
        return new GuestPolicy(ceilings[random.nextInt(ceilings.length)], tags, random.nextBoolean(), 0);
    }

    // The guest's own changes.

    @Test
    void tablesThatALargePageReplacedAreForgotten() {
        if (format().pageShifts().size() == 1) {
            return;
        }
        int base = basePage();
        int large = largePage();
        long address = 3L << large;
        long gpa = 1L << large;
        BareGuest guest = onlyGuest();
        for (int round = 1; round <= 5; round++) {
            guest.map(address, gpa, large);
            guest.store(address + 8, round);
            assertThat(guest.load(address + 8)).isEqualTo(round);
            guest.unmap(address);
            guest.map(address, gpa + ((long) round << base), base);
            guest.store(address + 8, -round);
            assertThat(guest.load(address + 8)).isEqualTo(-round);
            assertThat(guest.reach(address + (1L << base), Rights.USER_READ))
                    .as("what the large page mapped besides")
                    .isEqualTo(Walk.NOWHERE);
            guest.unmap(address);
        }
    }

    // Counts.

    @Test
    void theSameRunGivesTheSameResult() {
        Seeds.rounds(3, random -> {
            long seed = random.nextLong();
            SimulationResult once = withoutTimes(run(new SplittableRandom(seed)));
            SimulationResult again = withoutTimes(run(new SplittableRandom(seed)));
            assertThat(again).isEqualTo(once);
        });
    }

    private SimulationResult run(SplittableRandom random) {
        Machine machine = drawMachine(random, basePage()).boot();
        SimulationResult result = run(machine, accesses(random, 5000, 2000), new RunPlan(1, random.nextBoolean()));
        assertThat(machine.audit()).isEmpty();
        assertThat(result.accesses()).isEqualTo(5000);
        long sum = 0;
        for (List<Long> row : result.walkReferences().matrix()) {
            sum += row.stream().mapToLong(Long::longValue).sum();
        }
        assertThat(result.walkReferences().total()).isEqualTo(sum);
        return result;
    }

    @Test
    void aPrefaultedRunMeetsNoFaultAndNoExitOfOne() {
        Machine machine = assembled().boot();
        SimulationResult result = run(machine, accesses(Seeds.random(), 5000, 2000), new RunPlan(2, true));
        assertThat(result.get(Count.GUEST_FAULTS)).isZero();
        if (!losesMappingsAtRootLoads()) {
            assertThat(result.faults().values()).containsOnly(0L);
            assertThat(result.faultingWalks().walks()).isZero();
            // Software that fills a TLB does so as long as that is too small.
            if (architectedTlb() == null || !vmm().deprivileges()) {
                assertThat(result.exits().total())
                        .isEqualTo(result.exits().byCause().getOrDefault("stage2-refill", 0L));
            }
        }
        assertThat(result.accesses()).isEqualTo(2 * 5000);
    }

    @Test
    void whatCachesSkipAndWhatIsLeftAreTheReferencesWithoutCaches() {
        if (architectedTlb() != null) {
            return; // Hardware has no walks to cache.
        }
        Seeds.rounds(3, random -> {
            long seed = random.nextLong();
            RunPlan plan = new RunPlan(1, true);
            AssembledMachine plain = assembled().hostPages(drawHostPages(random));
            SimulationResult without = run(plain.boot(), accesses(new SplittableRandom(seed), 4000, 1800), plan);
            plain.walkCache(AssembledMachine.REFERENCE_WALK_CACHE)
                    .nestedTlb(AssembledMachine.REFERENCE_NESTED_TLB);
            SimulationResult with = run(plain.boot(), accesses(new SplittableRandom(seed), 4000, 1800), plan);
            assertThat(with.walks()).isEqualTo(without.walks());
            assertThat(with.tlb()).isEqualTo(without.tlb());
            assertThat(without.walkReferences().skipped()).isZero();
            assertThat(with.walkReferences().total() + with.walkReferences().skipped())
                    .isEqualTo(without.walkReferences().total());
            assertThat(with.walkReferences().total()).isLessThan(without.walkReferences().total());
            if (stageTwo() != null && vmm().usesStageTwo()) {
                plain.walkCache(null).nestedTlb(null).stageTwoWalkCache(AssembledMachine.REFERENCE_WALK_CACHE);
                SimulationResult below = run(plain.boot(), accesses(new SplittableRandom(seed), 4000, 1800), plan);
                assertThat(below.walks()).isEqualTo(without.walks());
                assertThat(below.walkReferences().total() + below.walkReferences().skipped())
                        .isEqualTo(without.walkReferences().total());
                assertThat(below.stageTwoWalkCache()).isNotNull();
                if (format().coverShift(1) != 0 && stageTwo().coverShift(1) != 0) {
                    assertThat(below.walkReferences().skipped()).isPositive();
                }
            }
        });
    }

    @Test
    void accessesTogetherCountAsAccessesOneByOne() {
        Seeds.rounds(8, random -> {
            AssembledMachine assembled = drawMachine(random, basePage());
            Machine together = assembled.boot();
            Machine alone = assembled.boot();
            AccessBatch one = new AccessBatch(1);
            int pages = 100 + random.nextInt(4000);
            for (int round = 0; round < 6; round++) {
                AccessBatch batch = accesses(random, 3000, pages);
                together.execute(batch);
                for (int i = 0; i < batch.length; i++) {
                    one.clear();
                    one.add(batch.addresses[i], batch.kinds[i]);
                    alone.execute(one);
                }
                assertThat(countsOf(together)).isEqualTo(countsOf(alone));
                // Tables that change where caches hold them.
                long moved = batch.addresses[random.nextInt(batch.length)];
                for (Machine machine : List.of(together, alone)) {
                    long page = moved & -1L << basePage();
                    machine.kernel().forbid(machine.kernel().current(), page, 1L << basePage());
                    machine.kernel().allow(machine.kernel().current(), page, 1L << basePage(), Rights.USER);
                }
            }
        });
    }

    /** Every counter, in order. */
    private static List<String> countsOf(Machine machine) {
        List<Meter> meters = machine.meters();
        machine.publish();
        return meters.stream()
                .map(meter -> meter.name() + meter.labels() + " " + meter.value())
                .toList();
    }

    /** Runs the accesses; a failure to read them is no part of any test. */
    static SimulationResult run(Machine machine, AccessBatch accesses, RunPlan plan) {
        try {
            return new Simulation(machine, plan).run(() -> new BatchSource(accesses));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Loads, stores and fetches by chance in that many of the smallest pages, data and code apart. */
    private AccessBatch accesses(SplittableRandom random, int count, int pages) {
        AccessBatch batch = new AccessBatch(count);
        while (!batch.isFull()) {
            boolean code = random.nextInt(4) == 0;
            long page = random.nextLong(1 + random.nextLong(pages));
            long address = (code ? 0x40_0000 : 0x4000_0000L) + (page << basePage()) + random.nextLong(4096);
            int kind = random.nextBoolean() ? Rights.USER_READ : Rights.USER_WRITE;
            batch.add(address, code ? Rights.USER_EXECUTE : kind);
        }
        return batch;
    }

    private static SimulationResult withoutTimes(SimulationResult result) {
        return new SimulationResult(
                result.accesses(),
                result.tlb(),
                result.walks(),
                result.walkReferences(),
                result.faultingWalks(),
                result.walkCache(),
                result.nestedTlb(),
                result.stageTwoWalkCache(),
                result.unmapped(),
                result.refill(),
                result.pageSizes(),
                result.kernel(),
                result.guest(),
                result.faults(),
                result.exits(),
                result.strategy(),
                result.tables(),
                result.memory(),
                result.partitions(),
                result.cycles(),
                result.scheduling(),
                result.vms(),
                result.exitTable(),
                result.timeLine(),
                0,
                0,
                0,
                List.of());
    }

    @Test
    void neitherAccessesNorWalksAllocate() {
        for (WalkCachePreset cache : Arrays.asList(null, AssembledMachine.REFERENCE_WALK_CACHE,
                entryCache(Seeds.random()))) {
            AssembledMachine assembled = assembled();
            if (cache != null) {
                assembled.walkCache(cache).nestedTlb(AssembledMachine.REFERENCE_NESTED_TLB);
            }
            Machine machine = assembled.boot();
            AccessBatch accesses = accesses(Seeds.random(), 4096, 4000);
            long bytes = Allocations.of(() -> {
                for (int round = 0; round < 5; round++) {
                    machine.execute(accesses);
                }
            });
            assertThat(bytes).as("bytes that 20480 accesses allocate").isZero();
            long answered = machine.counters().walks.walks + machine.counters().get(Count.REFILLS);
            assertThat(answered).as("walks or refills among them").isGreaterThan(2000);
        }
    }
}

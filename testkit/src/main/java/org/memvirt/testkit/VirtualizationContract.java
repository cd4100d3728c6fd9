package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Option;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.tlb.TlbPreset;
import org.memvirt.api.vmm.VmStopped;
import org.memvirt.api.vmm.VmmProvider;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.Machine;
import org.memvirt.engine.Meter;
import org.memvirt.engine.RunPlan;
import org.memvirt.engine.Simulation;
import org.memvirt.engine.SimulationResult;
import org.memvirt.engine.memory.PhysicalMemory;
import org.memvirt.testkit.format.CountedFrames;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.tlb.RandomPresets;
import org.memvirt.testkit.trial.Allocations;
import org.memvirt.testkit.trial.Seeds;
import org.memvirt.testkit.vmm.BareGuest;
import org.memvirt.testkit.vmm.BatchSource;
import org.memvirt.testkit.vmm.GuestScript;

/**
 * All that a virtualization strategy owes: the guest cannot tell, nobody reaches what is not his, the counts keep their
 * laws, and a run can be repeated.
 */
public abstract class VirtualizationContract {
    /** The strategy. */
    protected abstract VmmProvider vmm();

    /** The guest's page tables. */
    protected abstract PageTableFormat format();

    /** The second stage, or null for a strategy that has none. */
    protected @Nullable PageTableFormat stageTwo() {
        return null;
    }

    /** Whether the host may move memory behind its guest; else it is refused with UnsupportedOperationException. */
    protected boolean letsHostMoveMemory() {
        return true;
    }

    /** Whether the guest's page tables can forbid the execution of a page that may be read. */
    protected boolean formatForbidsExecution() {
        return true;
    }

    private AssembledMachine assembled() {
        return new AssembledMachine(format(), vmm()).stageTwo(stageTwo());
    }

    // The guest cannot tell.

    @Test
    void theGuestCannotTell() {
        Seeds.rounds(25, random -> {
            Machine machine = drawMachine(random, format().pageShifts().getFirst()).boot();
            script(machine, random, format().pageShifts().getFirst(), 1500);
        });
    }

    @Test
    void theGuestCannotTellWithLargePagesEither() {
        int large = format().pageShifts().size() == 1
                ? format().pageShifts().getFirst()
                : format().pageShifts().get(1);
        Seeds.rounds(5, random -> {
            Machine machine = drawMachine(random, large).guestMemory(256L << 20).boot();
            script(machine, random, large, 400);
        });
    }

    private void script(Machine machine, SplittableRandom random, int pageShift, int steps) {
        GuestScript script = new GuestScript(machine, random, pageShift, formatForbidsExecution());
        script.play(steps);
        assertThat(machine.audit()).isEmpty();
        script.checkWalks();
    }

    /** A machine whose parts are drawn by chance. */
    private AssembledMachine drawMachine(SplittableRandom random, int guestPage) {
        AssembledMachine drawn = assembled()
                .guestPages(guestPage)
                .hostPages(random.nextBoolean() ? 12 : 21)
                .asidBits(random.nextInt(3) * 6)
                .seed(random.nextLong())
                .options(drawOptions(random));
        if (random.nextBoolean()) {
            drawn.simulatedKernel();
        }
        if (random.nextBoolean()) {
            drawn.walkCache(AssembledMachine.REFERENCE_WALK_CACHE);
        }
        if (random.nextBoolean()) {
            drawn.nestedTlb(AssembledMachine.REFERENCE_NESTED_TLB);
        }
        if (random.nextBoolean()) {
            drawn.tlb(RandomPresets.draw(random, TlbPreset.Replacement.RANDOM));
        }
        return drawn;
    }

    private Map<String, String> drawOptions(SplittableRandom random) {
        Map<String, String> options = new HashMap<>();
        for (Option option : vmm().options()) {
            if (option.kind() == Option.Kind.SWITCH && random.nextBoolean()) {
                options.put(option.name(), random.nextBoolean() ? "on" : "off");
            }
        }
        return options;
    }

    // Isolation.

    @Test
    void twoGuestsAndTheVmmShareNoMemory() {
        if (!vmm().isVirtual()) {
            return;
        }
        PhysicalMemory memory = new PhysicalMemory(1L << 30);
        CountedFrames tables = new CountedFrames(memory, 1L << 21);
        BareGuest one = guest(1, memory, tables, 1L << 28);
        BareGuest other = guest(2, memory, tables, 1L << 29);
        Set<Long> reached = new HashSet<>();
        for (int page = 0; page < 50; page++) {
            long address = 0x40_0000 + page * 4096L;
            for (BareGuest guest : List.of(one, other)) {
                guest.map(address, page * 4096L, 12);
                guest.store(address, guest == one ? page : -page);
                assertThat(reached.add(guest.reach(address, Rights.USER_READ)))
                        .as("no other guest reaches this frame")
                        .isTrue();
            }
        }
        for (int page = 0; page < 50; page++) {
            assertThat(one.load(0x40_0000 + page * 4096L)).isEqualTo(page);
            assertThat(other.load(0x40_0000 + page * 4096L)).isEqualTo(-page);
        }
        assertThat(reached).as("frames beyond the VMM's tables").allMatch(frame -> frame >= 1L << 28);
        assertThat(one.machine().audit()).isEmpty();
        assertThat(other.machine().audit()).isEmpty();
    }

    private BareGuest guest(int vm, PhysicalMemory memory, CountedFrames tables, long start) {
        return new BareGuest(vm, memory, tables, start, vmm(), format(), stageTwo());
    }

    private BareGuest onlyGuest() {
        PhysicalMemory memory = new PhysicalMemory(1L << 30);
        long start = vmm().isVirtual() ? 1L << 28 : 0;
        return guest(1, memory, new CountedFrames(memory, 1L << 27), start);
    }

    @Test
    void aGuestThatReachesBeyondItsMemoryIsStopped() {
        long farthest = 1L << Math.min(32, format().outputBits()) - 1;
        for (long gpa : new long[] {BareGuest.MEMORY, 2 * BareGuest.MEMORY, farthest}) {
            BareGuest guest = onlyGuest();
            guest.map(0x40_0000, gpa, 12);
            assertThatExceptionOfType(VmStopped.class)
                    .as("an access to gPA %#x", gpa)
                    .isThrownBy(() -> guest.reach(0x40_0000, Rights.USER_READ));
        }
    }

    // The guest's own changes.

    @Test
    void tablesThatALargePageReplacedAreForgotten() {
        if (format().pageShifts().size() == 1) {
            return;
        }
        int base = format().pageShifts().getFirst();
        int large = format().pageShifts().get(1);
        long address = 3L << large;
        long gpa = 1L << Math.max(22, large);
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

    // The host's own changes.

    @Test
    void memoryThatTheHostMovesIsFoundAtItsNewPlace() {
        BareGuest guest = onlyGuest();
        if (!letsHostMoveMemory()) {
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> guest.machine().hostMappingChanged(0, 4096));
            return;
        }
        Seeds.rounds(3, random -> {
            BareGuest moved = onlyGuest();
            for (int page = 0; page < 20; page++) {
                moved.map(0x40_0000 + page * 4096L, page * 4096L, 12);
                moved.store(0x40_0000 + page * 4096L, page);
            }
            for (int step = 0; step < 200; step++) {
                long page = random.nextLong(20);
                long address = 0x40_0000 + page * 4096L;
                // Now and then a page of the guest's tables, which lie from 1 MiB on.
                moved.moveHostPage(random.nextInt(4) == 0 ? (1L << 20) + random.nextLong(3) * 4096 : page * 4096L);
                assertThat(moved.load(address)).isEqualTo(page);
                assertThat(moved.ask(address).outputAddress).isEqualTo(moved.backing(page * 4096L));
                assertThat(moved.machine().audit()).isEmpty();
            }
        });
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
        Machine machine = drawMachine(random, format().pageShifts().getFirst()).boot();
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
        assertThat(result.faults()).isEqualTo(new SimulationResult.Faults(0, 0, 0, 0));
        assertThat(result.faultingWalks().walks()).isZero();
        assertThat(result.exits().total()).isZero();
        assertThat(result.accesses()).isEqualTo(2 * 5000);
    }

    @Test
    void whatCachesSkipAndWhatIsLeftAreTheReferencesWithoutCaches() {
        Seeds.rounds(3, random -> {
            long seed = random.nextLong();
            RunPlan plan = new RunPlan(1, true);
            AssembledMachine plain = assembled().hostPages(random.nextBoolean() ? 12 : 21);
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
        });
    }

    @Test
    void accessesTogetherCountAsAccessesOneByOne() {
        Seeds.rounds(8, random -> {
            AssembledMachine assembled = drawMachine(random, format().pageShifts().getFirst());
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
                    machine.kernel().forbid(machine.kernel().current(), moved & -4096, 4096);
                    machine.kernel().allow(machine.kernel().current(), moved & -4096, 4096, Rights.USER);
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
    protected static SimulationResult run(Machine machine, AccessBatch accesses, RunPlan plan) {
        try {
            return new Simulation(machine, plan).run(() -> new BatchSource(accesses));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Loads, stores and fetches by chance in that many pages, data and code apart. */
    protected static AccessBatch accesses(SplittableRandom random, int count, int pages) {
        AccessBatch batch = new AccessBatch(count);
        while (!batch.isFull()) {
            boolean code = random.nextInt(4) == 0;
            long page = random.nextLong(1 + random.nextLong(pages));
            long address = (code ? 0x40_0000 : 0x4000_0000L) + page * 4096 + random.nextLong(4096);
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
                result.pageSizes(),
                result.kernel(),
                result.faults(),
                result.exits(),
                result.tables(),
                result.memory(),
                result.cycles(),
                0,
                0,
                0,
                List.of());
    }

    @Test
    void neitherAccessesNorWalksAllocate() {
        for (boolean cached : new boolean[] {false, true}) {
            AssembledMachine assembled = assembled();
            if (cached) {
                assembled
                        .walkCache(AssembledMachine.REFERENCE_WALK_CACHE)
                        .nestedTlb(AssembledMachine.REFERENCE_NESTED_TLB);
            }
            Machine machine = assembled.boot();
            AccessBatch accesses = accesses(Seeds.random(), 4096, 4000);
            long bytes = Allocations.of(() -> {
                for (int round = 0; round < 5; round++) {
                    machine.execute(accesses);
                }
            });
            assertThat(bytes).as("bytes that 20480 accesses allocate").isZero();
            assertThat(machine.counters().walks.walks).as("walks among them").isGreaterThan(2000);
        }
    }
}

package org.memvirt.runner.guests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.engine.Machine;
import org.memvirt.engine.MachineShape;
import org.memvirt.engine.guest.GuestPages;
import org.memvirt.engine.guest.GuestPolicy;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.trial.Seeds;
import org.memvirt.testkit.vmm.GuestScript;
import org.memvirt.testkit.vmm.SharingScript;

/**
 * Guests cannot tell under which strategy they run, nor what their host does: random programs, processes and threads, beside
 * models of what they must see, on every MMU that comes with memvirt under every strategy. The build tells how many there were.
 */
class RandomHistoriesTest {
    private static final int IN_CI = 3000;
    private static final int LARGEST_CUT = 22;

    @Test
    void theGuestCannotTell() {
        play(IN_CI, 25);
    }

    @Test
    @Tag("slow")
    void theGuestCannotTellForLong() {
        play(10 * IN_CI, 60);
    }

    private static void play(int histories, int turns) {
        List<Backends> backends = Backends.of("native", "static", "shadow", "nested");
        int each = (histories + backends.size() - 1) / backends.size();
        Map<String, Integer> played = new TreeMap<>();
        int[] copied = new int[1];
        long[] operations = new long[1];
        for (Backends backend : backends) {
            Seeds.rounds(each, random -> {
                operations[0] += play(backend, random, turns, copied);
                played.merge(backend.toString(), 1, Integer::sum);
            });
        }
        int all = played.values().stream().mapToInt(Integer::intValue).sum();
        System.out.printf("random histories: %,d, of %,d operations of guests; %,d guests copied while they ran; %s%n",
                all, operations[0], copied[0], played);
        assertThat(all).isGreaterThanOrEqualTo(histories);
        assertThat(copied[0]).as("guests copied while they ran").isPositive();
    }

    /** One history; gives how many operations it had. */
    private static int play(Backends backend, SplittableRandom random, int turns, int[] copied) {
        AssembledMachine drawn = backend.draw(random);
        int base = drawn.config().format().pageShifts().getFirst();
        drawn.guestMemory(1L << 14 + base).hostMemory(1L << 19 + base);
        if (random.nextBoolean()) {
            drawn.simulatedKernel();
        }
        drawHostPages(drawn, random);
        if (drawn.config().mmu() instanceof ArchitectedPageTables && random.nextBoolean()) {
            drawn.walkCache(AssembledMachine.REFERENCE_WALK_CACHE).nestedTlb(AssembledMachine.REFERENCE_NESTED_TLB);
        }
        boolean forbids = backend.forbidsExecution(drawn);
        boolean busy = backend.letsHostChangeMemory() && random.nextInt(4) > 0;
        int operations = 0;
        if (random.nextBoolean()) {
            Machine machine = drawn.guestPages(base).boot();
            GuestScript guest = new GuestScript(machine, random, base, forbids);
            BusyHost host = new BusyHost(machine, random.split());
            for (int turn = 0; turn < turns; turn++) {
                int steps = 1 + random.nextInt(4);
                guest.play(steps);
                operations += steps;
                act(host, busy);
            }
            guest.checkWalks();
            assertThat(machine.audit()).as("%s, %s", backend, guest).isEmpty();
            copied[0] += host.copied();
            return operations;
        }
        int large = cutPage(drawn, random);
        int asidBits = drawn.config().mmu().tagWidths(drawn.config().format(), null).asidBits();
        Machine machine = drawn.guestPages(new GuestPages(large, random.nextBoolean()))
                .guestPolicy(drawPolicy(random, asidBits))
                .shape(new MachineShape(1 + random.nextInt(2), 1, 1 + random.nextInt(2)))
                .boot();
        SharingScript guest = new SharingScript(machine, random, large, forbids);
        BusyHost host = new BusyHost(machine, random.split());
        for (int turn = 0; turn < turns; turn++) {
            guest.play(4);
            act(host, busy);
        }
        guest.checkAll();
        assertThat(machine.audit()).as("%s, %s", backend, guest).isEmpty();
        copied[0] += host.copied();
        return 4 * turns;
    }

    private static void act(BusyHost host, boolean busy) {
        if (busy) {
            host.act();
        }
    }

    private static void drawHostPages(AssembledMachine drawn, SplittableRandom random) {
        List<Integer> shifts = drawn.config().stageTwo() == null
                ? List.of(12, 21)
                : drawn.config().stageTwo().pageShifts().stream().filter(shift -> shift <= 25).toList();
        drawn.hostPages(shifts.get(random.nextInt(shifts.size())));
    }

    /** A page of the guest's that takes no long while to clear. */
    private static int cutPage(AssembledMachine drawn, SplittableRandom random) {
        List<Integer> shifts = drawn.config().format().pageShifts().stream()
                .filter(shift -> shift <= LARGEST_CUT)
                .toList();
        return random.nextInt(3) > 0 ? shifts.getFirst() : shifts.get(random.nextInt(shifts.size()));
    }

    private static GuestPolicy drawPolicy(SplittableRandom random, int asidBits) {
        int[] ceilings = {0, 1, 4, 33};
        int tags = random.nextInt(3) - 1;
        return new GuestPolicy(
                ceilings[random.nextInt(ceilings.length)],
                tags > 0 && asidBits > 2 ? 1 + random.nextInt(3) : Math.min(tags, 0),
                random.nextBoolean(), 0);
    }
}

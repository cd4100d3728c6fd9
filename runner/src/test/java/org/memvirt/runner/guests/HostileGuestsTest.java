package org.memvirt.runner.guests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.memvirt.api.architecture.ArchitectedPageTables;
import org.memvirt.engine.Machine;
import org.memvirt.engine.MachineShape;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.trial.Seeds;
import org.memvirt.testkit.vmm.HostScript;

/**
 * Two guests that have taken over their VMs, on cores that they share: no access of one reaches a frame of the other or of the
 * VMM, under any strategy on any MMU. Each access is checked.
 */
class HostileGuestsTest {
    private static final int IN_CI = 1_000_000;
    private static final int ROUNDS = 10;
    private static final int TURN = 50;

    @Test
    void noneReachesAnotherOnesMemory() {
        play(IN_CI);
    }

    @Test
    @Tag("slow")
    void noneReachesAnotherOnesMemoryForLong() {
        play(10 * IN_CI);
    }

    private static void play(int accesses) {
        List<Backends> backends = Backends.of("static", "shadow", "nested");
        int each = (accesses + backends.size() * ROUNDS - 1) / (backends.size() * ROUNDS);
        Map<String, long[]> counts = new TreeMap<>();
        for (Backends backend : backends) {
            long[] count = counts.computeIfAbsent(backend.toString(), name -> new long[2]);
            Seeds.rounds(ROUNDS, random -> play(backend, random, each, count));
        }
        StringBuilder told = new StringBuilder();
        long all = 0;
        for (Map.Entry<String, long[]> entry : counts.entrySet()) {
            long made = entry.getValue()[0];
            long refused = entry.getValue()[1];
            all += made + refused;
            told.append("; %s %,d made and %,d refused".formatted(entry.getKey(), made, refused));
            assertThat(made).as("accesses made, %s", entry.getKey()).isGreaterThan((made + refused) / 10);
            assertThat(refused).as("accesses refused, %s", entry.getKey()).isPositive();
        }
        System.out.printf("accesses of hostile guests: %,d%s%n", all, told);
        assertThat(all).isGreaterThanOrEqualTo(accesses);
    }

    private static void play(Backends backend, SplittableRandom random, int accesses, long[] count) {
        AssembledMachine drawn = backend.draw(random);
        int base = drawn.config().format().pageShifts().getFirst();
        drawn.guestMemory(1L << 11 + base).hostMemory(1L << 17 + base).shape(new MachineShape(2, 2, 1));
        if (drawn.config().mmu() instanceof ArchitectedPageTables && random.nextBoolean()) {
            drawn.walkCache(AssembledMachine.REFERENCE_WALK_CACHE).nestedTlb(AssembledMachine.REFERENCE_NESTED_TLB);
        }
        Machine machine = drawn.boot();
        List<HostileGuest> guests = new ArrayList<>();
        List<HostScript> hosts = new ArrayList<>();
        machine.vms().forEach(vm -> {
            guests.add(new HostileGuest(machine, vm, random));
            hosts.add(new HostScript(vm.backing(), random.split()));
        });
        for (int done = 0; done < accesses; done += TURN) {
            guests.get(random.nextInt(guests.size())).play(TURN);
            if (backend.letsHostChangeMemory() && random.nextInt(4) == 0) {
                hosts.get(random.nextInt(hosts.size())).act();
                guests.forEach(HostileGuest::forgetOwn);
            }
        }
        guests.forEach(guest -> {
            count[0] += guest.made();
            count[1] += guest.refused();
        });
        assertThat(machine.host().audit()).isEmpty();
    }
}

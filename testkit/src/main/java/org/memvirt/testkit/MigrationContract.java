package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.engine.Machine;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.host.DirtyLog;
import org.memvirt.engine.host.DirtyLogKind;
import org.memvirt.engine.host.Migration;
import org.memvirt.engine.memory.Backing;
import org.memvirt.testkit.trial.Seeds;
import org.memvirt.testkit.vmm.GuestScript;
import org.memvirt.testkit.vmm.HostScript;

/** What a strategy owes a host that logs what its guest stores to, and moves it to another host while it runs. */
abstract class MigrationContract extends StrategyUnderTest {
    private static final int ENTRIES = 16;

    private List<DirtyLogKind> kinds(Machine machine) {
        boolean dirtyBits = (machine.virtualMachine().marks() & PageTable.DIRTY) != 0;
        boolean log = dirtyBits && architectedTlb() == null;
        return Arrays.stream(DirtyLogKind.values())
                .filter(kind -> switch (kind) {
                    case WRITE_PROTECT -> true;
                    case DIRTY_BITS -> dirtyBits;
                    case PAGE_LOG -> log;
                })
                .toList();
    }

    @Test
    void theCopyOfARunningGuestIsItsMemoryAtTheStop() {
        if (!letsHostMoveMemory()) {
            return;
        }
        Seeds.rounds(10, random -> {
            Machine machine = drawMachine(random, basePage()).boot();
            machine.watchTables();
            GuestScript guest = new GuestScript(machine, random, basePage(), formatForbidsExecution());
            guest.play(random.nextInt(300));
            Backing backing = machine.backing();
            HostScript host = new HostScript(backing, random.split());
            List<DirtyLogKind> kinds = kinds(machine);
            DirtyLogKind kind = kinds.get(random.nextInt(kinds.size()));
            Migration migration = new Migration(backing, DirtyLog.of(kind, backing, ENTRIES), random.nextInt(12), 8);
            do {
                for (int step = 0; step < 20; step++) {
                    guest.play(random.nextInt(5));
                    host.disturb();
                }
                assertThat(machine.audit()).isEmpty();
            } while (!migration.round());
            assertThat(migration.firstDifference()).as("%s, rounds of %s", kind, migration.rounds()).isNull();
            assertThat(migration.image().size()).isPositive();
            assertThat(migration.rounds()).hasSizeBetween(2, 9);
            assertThatIllegalStateException().isThrownBy(migration::round);
            guest.play(100);
            assertThat(machine.audit()).isEmpty();
            guest.checkWalks();
        });
    }

    @Test
    void allWaysToLogTellTheSame() {
        if (!letsHostMoveMemory()) {
            return;
        }
        Seeds.rounds(5, random -> {
            long seed = random.nextLong();
            List<List<BitSet>> told = new ArrayList<>();
            List<DirtyLogKind> kinds = kinds(drawMachine(new SplittableRandom(seed), basePage()).boot());
            for (DirtyLogKind kind : kinds) {
                told.add(dirtyByRound(kind, new SplittableRandom(seed)));
            }
            for (List<BitSet> other : told) {
                assertThat(other).as("rounds, by %s", kinds.get(told.indexOf(other))).isEqualTo(told.getFirst());
            }
            assertThat(told.getFirst()).anyMatch(round -> !round.isEmpty());
        });
    }

    private List<BitSet> dirtyByRound(DirtyLogKind kind, SplittableRandom random) {
        Machine machine = drawMachine(random, basePage()).boot();
        GuestScript guest = new GuestScript(machine, random, basePage(), formatForbidsExecution());
        guest.play(200);
        DirtyLog log = DirtyLog.of(kind, machine.backing(), ENTRIES);
        log.begin();
        List<BitSet> rounds = new ArrayList<>();
        for (int round = 0; round < 6; round++) {
            guest.play(60);
            rounds.add(log.collect());
        }
        log.end();
        return rounds;
    }

    @Test
    void aWayToLogThatTheHardwareLacksIsRefused() {
        Machine machine = assembled().boot();
        Backing backing = machine.backing();
        for (DirtyLogKind kind : DirtyLogKind.values()) {
            if (!letsHostMoveMemory() || !kinds(machine).contains(kind)) {
                assertThatExceptionOfType(UnsupportedOperationException.class)
                        .as("%s", kind)
                        .isThrownBy(() -> new Migration(backing, DirtyLog.of(kind, backing, ENTRIES), 1, 1));
            }
        }
    }

    @Test
    void whatAChangeCostsIsCounted() {
        if (!letsHostMoveMemory()) {
            return;
        }
        Machine machine = assembled().boot();
        int pages = 64;
        for (long page = 1; page <= pages; page++) {
            assertThat(machine.store(page << basePage(), page)).isTrue();
        }
        long before = machine.host().counts().get(Count.of(HostChange.REMAP));
        long invalidations = machine.host().counts().get(Count.HOST_INVALIDATIONS);
        Backing backing = machine.backing();
        int moved = 0;
        for (long at = backing.next(0); at >= 0; at = backing.next(at + (1L << backing.granuleShift()))) {
            backing.move(at, backing.granuleShift());
            moved++;
        }
        assertThat(machine.host().counts().get(Count.of(HostChange.REMAP)) - before).isEqualTo(moved);
        assertThat(machine.host().counts().get(Count.HOST_INVALIDATIONS) - invalidations).isBetween(1L, 2L * moved);
        for (long page = 1; page <= pages; page++) {
            assertThat(machine.load(page << basePage())).hasValue(page);
        }
    }
}

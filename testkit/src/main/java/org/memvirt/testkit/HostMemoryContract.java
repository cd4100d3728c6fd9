package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.api.vmm.VmStopped;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.Machine;
import org.memvirt.testkit.trial.Seeds;
import org.memvirt.testkit.vmm.BareGuest;
import org.memvirt.testkit.vmm.BareHost;
import org.memvirt.testkit.vmm.GuestScript;
import org.memvirt.testkit.vmm.HostScript;
import org.memvirt.testkit.vmm.HostileTlb;

/**
 * What a strategy owes where host memory is concerned: no guest reaches memory that is not its own, and none can tell what
 * the host does to it.
 */
abstract class HostMemoryContract extends StrategyUnderTest {
    private static final int PAGES = 20;

    @Test
    void twoGuestsAndTheVmmShareNoMemory() {
        if (!vmm().isVirtual()) {
            return;
        }
        BareHost host = bareHost();
        BareGuest one = host.guest();
        BareGuest other = host.guest();
        Set<Long> reached = new HashSet<>();
        for (int page = 0; page < 50; page++) {
            for (BareGuest guest : List.of(one, other)) {
                guest.map(address(page), gpa(page), basePage());
                guest.store(address(page), guest == one ? page : -page);
                assertThat(reached.add(guest.reach(address(page), Rights.USER_READ)))
                        .as("no other guest reaches this frame")
                        .isTrue();
            }
        }
        for (int page = 0; page < 50; page++) {
            assertThat(one.load(address(page))).isEqualTo(page);
            assertThat(other.load(address(page))).isEqualTo(-page);
        }
        assertThat(reached).as("frames beyond the VMM's tables").allMatch(frame -> frame >= host.firstFrame());
        assertThat(one.machine().audit()).isEmpty();
        assertThat(other.machine().audit()).isEmpty();
    }

    private long address(long page) {
        return (1L << Math.max(22, basePage())) + gpa(page);
    }

    private long gpa(long page) {
        return page << basePage();
    }

    @Test
    void aGuestThatReachesBeyondItsMemoryIsStopped() {
        long size = bareHost().guestBytes();
        long farthest = 1L << Math.min(32, format().outputBits()) - 1;
        for (long gpa : new long[] {size, 2 * size, farthest}) {
            BareGuest guest = onlyGuest();
            guest.map(address(0), gpa, basePage());
            assertThatExceptionOfType(VmStopped.class)
                    .as("an access to gPA %#x", gpa)
                    .isThrownBy(() -> guest.reach(address(0), Rights.USER_READ));
        }
    }

    @Test
    void whateverAGuestWritesIntoItsTlbItReachesItsOwnMemoryAlone() {
        if (architectedTlb() == null) {
            return;
        }
        Seeds.rounds(4, random -> {
            BareHost host = bareHost();
            List<BareGuest> guests =
                    vmm().isVirtual() ? List.of(host.guest(), host.guest()) : List.of(host.guest());
            int reached = 0;
            for (int step = 0; step < 3000; step++) {
                BareGuest guest = guests.get(random.nextInt(guests.size()));
                reached += writesAnything(guest, random, host.guestBytes()) ? 1 : 0;
            }
            assertThat(reached).as("accesses that were made").isGreaterThan(1000);
        });
    }

    /** Writes an entry that no kernel would, and uses it; returns whether it led anywhere. */
    private boolean writesAnything(BareGuest guest, SplittableRandom random, long guestBytes) {
        long address = address(random.nextLong(PAGES));
        boolean beyond = random.nextInt(20) == 0;
        long gpa = beyond ? guestBytes + gpa(random.nextLong(4 * PAGES))
                : random.nextLong(guestBytes >>> basePage()) << basePage();
        int needed = random.nextBoolean() ? Rights.USER_READ : Rights.USER_WRITE;
        try {
            guest.writeTlb(address, gpa, basePage(), needed);
            assertThat(guest.readTlb(address)).as("what was written").isEqualTo(gpa);
            long reached = guest.reach(address, needed);
            assertThat(beyond).as("gPA %#x is the guest's", gpa).isFalse();
            assertThat(reached).isEqualTo(guest.backing(gpa));
            return true;
        } catch (VmStopped e) {
            assertThat(beyond).as("gPA %#x: %s", gpa, e.getMessage()).isTrue();
            return false;
        }
    }

    @Test
    void entriesOfAnySizeTagAndPlaceLeadToTheGuestsOwnMemoryAlone() {
        if (architectedTlb() == null) {
            return;
        }
        Seeds.rounds(4, random -> {
            BareHost host = bareHost();
            List<BareGuest> guests =
                    vmm().isVirtual() ? List.of(host.guest(), host.guest()) : List.of(host.guest());
            List<HostileTlb> tlbs = guests.stream().map(guest -> guest.hostileTlb(random)).toList();
            int reached = 0;
            for (int step = 0; step < 2000; step++) {
                int number = random.nextInt(guests.size());
                reached += meansHarm(guests.get(number), tlbs.get(number), random, host.guestBytes()) ? 1 : 0;
            }
            assertThat(reached).as("accesses that were made").isGreaterThan(20);
            guests.forEach(guest -> assertThat(guest.machine().audit()).isEmpty());
        });
    }

    /** Writes an entry and makes an access; returns whether that led anywhere. */
    private boolean meansHarm(BareGuest guest, HostileTlb tlb, SplittableRandom random, long guestBytes) {
        try {
            tlb.switchSpace();
            tlb.write(address(random.nextLong(PAGES)));
        } catch (VmStopped e) {
            // A partition looks at an entry when it is written, at its alignment, too.
            tlb.readAll();
            return false;
        }
        long address = address(random.nextLong(PAGES)) + 8;
        int needed = random.nextBoolean() ? Rights.USER_READ : Rights.USER_WRITE;
        boolean has = tlb.has(address);
        long gpa = has ? tlb.leadsTo(address, needed) : tlb.mayLeadTo(address, needed);
        try {
            long reached = guest.reach(address, needed);
            if (has || reached != Walk.NOWHERE) {
                assertThat(reached)
                        .as("gPA %#x, access to %#x", gpa, address)
                        .isEqualTo(gpa < 0 ? Walk.NOWHERE : guest.backing(gpa));
                assertThat(gpa).as("its own memory").isLessThan(guestBytes);
            }
            if (!has) {
                tlb.checkAll(1);
            }
            return gpa >= 0;
        } catch (VmStopped e) {
            // The VMM may see that before it sees that the page forbids the access.
            long beyond = has ? tlb.leadsTo(address, Rights.NONE) : tlb.mayLeadTo(address, Rights.NONE);
            assertThat(beyond).as("%s", e.getMessage()).isGreaterThanOrEqualTo(guestBytes);
            return false;
        }
    }

    @Test
    void aHostThatMayNotChangeItsGuestsMemoryIsTold() {
        if (letsHostMoveMemory()) {
            return;
        }
        BareGuest guest = onlyGuest();
        guest.map(address(0), gpa(0), basePage());
        guest.store(address(0), 42);
        for (Runnable change : List.<Runnable>of(
                () -> guest.move(0), () -> guest.evict(0), () -> guest.protect(0), () -> guest.age(0))) {
            assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(change::run);
        }
        assertThat(guest.load(address(0))).isEqualTo(42);
    }

    @Test
    void memoryThatTheHostMovesIsFoundAtItsNewPlace() {
        if (!letsHostMoveMemory()) {
            return;
        }
        Seeds.rounds(3, random -> {
            BareGuest moved = filledGuest(bareHost());
            for (int step = 0; step < 200; step++) {
                long page = random.nextLong(PAGES);
                // Now and then a granule of the guest's tables, if it is in use.
                Long[] tables = moved.tableGranules();
                long gpa = random.nextInt(4) == 0 ? tables[random.nextInt(tables.length)] : gpa(page);
                if (moved.backing(gpa) >= 0) {
                    moved.move(gpa);
                }
                check(moved, page, page);
            }
        });
    }

    /** A guest in which each page holds its number. */
    private BareGuest filledGuest(BareHost host) {
        BareGuest guest = host.guest();
        for (int page = 0; page < PAGES; page++) {
            guest.map(address(page), gpa(page), basePage());
            guest.store(address(page), page);
        }
        return guest;
    }

    /** Checks that a page holds a value, lies where the host says, and that the strategy keeps its own laws. */
    private void check(BareGuest guest, long page, long value) {
        assertThat(guest.load(address(page))).isEqualTo(value);
        assertThat(guest.reach(address(page), Rights.USER_READ)).isEqualTo(guest.backing(gpa(page)));
        if (architectedTlb() == null) {
            // Else the guest's entry outlives the change, and nobody need have looked at the table since.
            assertThat(guest.ask(address(page)).outputAddress).isEqualTo(guest.backing(gpa(page)));
        }
        assertThat(guest.machine().audit()).isEmpty();
    }

    /** Two guests whose memory the host treats as it likes, besides what each must find in its pages. */
    private final class Treated {
        final List<BareGuest> guests;
        final List<long[]> values = new ArrayList<>();
        final SplittableRandom random;
        final int granule;

        Treated(SplittableRandom random) {
            this.random = random;
            BareHost host = bareHost();
            granule = host.granuleShift();
            guests = List.of(filledGuest(host), filledGuest(host));
            for (BareGuest guest : guests) {
                long[] held = new long[PAGES];
                for (int page = 0; page < PAGES; page++) {
                    // Few values, so that many pages hold the same.
                    held[page] = random.nextLong(2);
                    guest.store(address(page), held[page]);
                }
                values.add(held);
            }
        }

        void step() {
            int number = random.nextInt(2);
            BareGuest guest = guests.get(number);
            int page = random.nextInt(PAGES);
            Long[] tables = guest.tableGranules();
            long gpa = random.nextInt(5) == 0 ? tables[random.nextInt(tables.length)] : gpa(page);
            if (guest.backing(gpa) >= 0) {
                treat(guest, gpa);
            }
            if (random.nextInt(3) == 0) {
                values.get(number)[page] = random.nextLong(2);
                guest.store(address(page), values.get(number)[page]);
            }
            for (int any = 0; any < 2; any++) {
                int other = random.nextInt(PAGES);
                check(guests.get(any), other, values.get(any)[other]);
            }
        }

        private void treat(BareGuest guest, long gpa) {
            switch (random.nextInt(7)) {
                case 0 -> guest.move(gpa);
                case 1 -> guest.evict(gpa);
                case 2 -> guest.age(gpa);
                case 3 -> guest.protect(gpa);
                default -> {
                    BareGuest other = guests.get(random.nextInt(2));
                    long otherGpa = gpa(random.nextInt(PAGES));
                    if (other.backing(otherGpa) >= 0 && guest.share(gpa, other, otherGpa)) {
                        long between = guest.backing(gpa) ^ other.backing(otherGpa);
                        assertThat(between >>> granule).as("one frame").isZero();
                    }
                }
            }
        }
    }

    @Test
    void guestsFindTheirOwnInMemoryThatTheHostTakesMovesSharesAndProtects() {
        if (!letsHostMoveMemory()) {
            return;
        }
        Seeds.rounds(6, random -> {
            Treated treated = new Treated(random);
            for (int step = 0; step < 300; step++) {
                treated.step();
            }
        });
    }

    @Test
    void theFirstStoreToAProtectedGranuleIsNoticedAndNoLoadIs() {
        if (!letsHostMoveMemory()) {
            return;
        }
        BareGuest guest = filledGuest(bareHost());
        for (int round = 0; round < 3; round++) {
            guest.protect(gpa(3));
            check(guest, 3, 3 + round);
            assertThat(guest.isProtected(gpa(3))).as("after loads").isTrue();
            guest.store(address(3), 4 + round);
            assertThat(guest.isProtected(gpa(3))).as("after a store").isFalse();
            guest.store(address(3), 4 + round);
            check(guest, 3, 4 + round);
        }
    }

    @Test
    void theGuestCannotTellWhatTheHostDoes() {
        if (!letsHostMoveMemory()) {
            return;
        }
        Seeds.rounds(8, random -> {
            Machine machine = drawMachine(random, basePage()).boot();
            machine.watchTables();
            GuestScript guest = new GuestScript(machine, random, basePage(), formatForbidsExecution());
            HostScript host = new HostScript(machine.backing(), random.split());
            for (int step = 0; step < 300; step++) {
                guest.play(random.nextInt(5));
                host.act();
            }
            assertThat(machine.audit()).isEmpty();
            guest.checkWalks();
        });
    }

    @Test
    void aChangeIsRefusedOrCarriedOutForEveryReason() {
        BareGuest guest = filledGuest(bareHost());
        for (HostChange change : HostChange.values()) {
            if (letsHostMoveMemory()) {
                guest.machine().hostMappingChanged(0, bareHost().guestBytes(), change);
                check(guest, 1, 1);
            } else {
                assertThatExceptionOfType(UnsupportedOperationException.class)
                        .isThrownBy(() -> guest.machine().hostMappingChanged(0, bareHost().guestBytes(), change));
            }
        }
        assertThat(guest.reach(address(PAGES), Rights.USER_READ)).isEqualTo(Walk.NOWHERE);
    }
}

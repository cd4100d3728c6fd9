package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.vmm.shadow.ScriptedGuest.FREE;
import static org.memvirt.vmm.shadow.ScriptedGuest.PAGE;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.walk.Walk;

/** What becomes of shadow entries when the guest edits the tables that they were built from, by each policy. */
final class SynchronizationTest {
    private static final long VA = 1L << 39;
    private static final long ALIAS = VA + (1L << 30);
    private static final long GPA = FREE;
    private static final long OTHER = FREE + 16 * PAGE;
    private static final long ACCESSED = 1 << 5;
    private static final long DIRTY = 1 << 6;

    private ScriptedGuest guest = new ScriptedGuest(Map.of());

    private ScriptedGuest guest(SyncPolicy sync) {
        guest = new ScriptedGuest(Map.of("sync", sync.toString()));
        guest.map(VA, GPA);
        assertThat(guest.reach(VA, Rights.USER_WRITE)).isEqualTo(guest.host(GPA));
        return guest;
    }

    @AfterEach
    void allLawsHold() {
        assertThat(guest.machine.audit()).isEmpty();
    }

    private long leafTo(long gpa) {
        return guest.vcpu.access().load(guest.leafOf(VA)) & 0xfff | gpa;
    }

    /** Gives the user a view of the table that maps {@link #VA}. */
    private long viewOfTable() {
        long leaf = guest.leafOf(VA);
        guest.map(ALIAS, leaf & -PAGE);
        return ALIAS + (leaf & PAGE - 1);
    }

    @Test
    void aStoreToATableTrapsAndTakesEffectAtOnce() {
        guest(SyncPolicy.WRITE_PROTECT);
        long leaf = guest.leafOf(VA);
        long traps = guest.exits(ExitCause.TABLE_WRITE);
        guest.vcpu.access().store(leaf, leafTo(OTHER));
        assertThat(guest.exits(ExitCause.TABLE_WRITE)).isEqualTo(traps + 1);
        assertThat(guest.shadow().at(VA)).as("what was built from the entry").isNull();
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(OTHER));
    }

    @Test
    void whatIsStoredAgainChangesNothing() {
        guest(SyncPolicy.WRITE_PROTECT);
        long leaf = guest.leafOf(VA);
        guest.vcpu.access().store(leaf, guest.vcpu.access().load(leaf));
        assertThat(guest.shadow().at(VA)).isNotNull();
        assertThat(guest.vm.counts().entriesRemoved).isZero();
    }

    @Test
    void aTableIsProtectedThroughAnAliasThatIsMadeLater() {
        guest(SyncPolicy.WRITE_PROTECT);
        long view = viewOfTable();
        assertThat(guest.reach(view, Rights.USER_READ)).isEqualTo(guest.host(guest.leafOf(VA)));
        assertThat(guest.mayWrite(view)).isFalse();
        long traps = guest.exits(ExitCause.TABLE_WRITE);
        guest.vcpu.access().storeVirtual(view, leafTo(OTHER));
        assertThat(guest.exits(ExitCause.TABLE_WRITE)).isEqualTo(traps + 1);
        assertThat(guest.vm.counts().emulated).isPositive();
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(OTHER));
    }

    @ParameterizedTest
    @EnumSource(names = {"WRITE_PROTECT", "UNSYNC"})
    void aTableIsProtectedThroughAnAliasThatWasThereBefore(SyncPolicy sync) {
        guest(sync);
        // The page is written as data, and then becomes a table of leaves.
        guest.map(ALIAS, OTHER);
        assertThat(guest.reach(ALIAS, Rights.USER_WRITE)).isEqualTo(guest.host(OTHER));
        assertThat(guest.mayWrite(ALIAS)).isTrue();
        long second = VA + (1L << 21);
        guest.vcpu.access().store(OTHER, leafTo(GPA + PAGE));
        guest.map(second + PAGE, GPA);
        guest.reach(second + PAGE, Rights.USER_READ);
        long directory = directoryOf(second);
        guest.vcpu.access().store(directory, guest.vcpu.access().load(directory) & 0xfff | OTHER);
        guest.vcpu.invalidate(Invalidation.tables(second, 1L << 21), guest.vcpu.asid());
        assertThat(guest.reach(second, Rights.USER_READ)).isEqualTo(guest.host(GPA + PAGE));
        assertThat(guest.mayWrite(ALIAS)).as("the page is a table now").isFalse();
        assertThat(guest.reach(ALIAS, Rights.USER_READ)).as("and can be read").isEqualTo(guest.host(OTHER));
    }

    /** The word of the entry that leads to the table with the leaf of an address. */
    private long directoryOf(long address) {
        long table = guest.leafOf(address + PAGE) & -PAGE;
        for (GuestTable each : guest.vm.tables().guestTables().all()) {
            for (GuestEntry entry : each.entries()) {
                if (entry.leadsOn() && (guest.vcpu.access().load(entry.address) & 0xf_ffff_f000L) == table) {
                    return entry.address;
                }
            }
        }
        throw new AssertionError("no entry leads to the table at %#x".formatted(table));
    }

    @Test
    void aTableOfLeavesTrapsOnceAndIsBroughtInStepByInvalidation() {
        guest(SyncPolicy.UNSYNC);
        long leaf = guest.leafOf(VA);
        long traps = guest.exits(ExitCause.TABLE_WRITE);
        guest.vcpu.access().store(leaf, leafTo(OTHER));
        guest.vcpu.access().store(leaf + 8, leafTo(OTHER + PAGE));
        guest.vcpu.access().store(leaf + 16, leafTo(OTHER + 2 * PAGE));
        assertThat(guest.exits(ExitCause.TABLE_WRITE)).isEqualTo(traps + 1);
        assertThat(guest.vm.counts().unsync).isEqualTo(1);
        assertThat(guest.reach(VA, Rights.USER_READ)).as("as a TLB may have it").isEqualTo(guest.host(GPA));
        guest.vcpu.invalidate(Invalidation.page(VA, 12), guest.vcpu.asid());
        assertThat(guest.vm.counts().synced).isEqualTo(1);
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(OTHER));
        assertThat(guest.reach(VA + PAGE, Rights.USER_READ)).isEqualTo(guest.host(OTHER + PAGE));
    }

    @Test
    void aRootLoadBringsAllTablesInStepAndProtectsThem() {
        guest(SyncPolicy.UNSYNC);
        long leaf = guest.leafOf(VA);
        guest.vcpu.access().store(leaf, leafTo(OTHER));
        guest.vcpu.loadRoot(guest.shadow().role.guestTable(), guest.vcpu.asid(), true);
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(OTHER));
        long traps = guest.exits(ExitCause.TABLE_WRITE);
        guest.vcpu.access().store(leaf, leafTo(GPA));
        assertThat(guest.exits(ExitCause.TABLE_WRITE)).as("it is protected again").isEqualTo(traps + 1);
        guest.vcpu.invalidateSpaces();
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA));
    }

    @Test
    void tablesAboveStayProtected() {
        guest(SyncPolicy.UNSYNC);
        long directory = directoryOf(VA - PAGE);
        long traps = guest.exits(ExitCause.TABLE_WRITE);
        long word = guest.vcpu.access().load(directory);
        guest.vcpu.access().store(directory, 0);
        guest.vcpu.access().store(directory, word);
        assertThat(guest.exits(ExitCause.TABLE_WRITE) - traps).isPositive();
        assertThat(guest.shadow().at(VA)).as("all that was built through the entry").isNull();
        assertThat(guest.vm.counts().unsync).isZero();
    }

    @Test
    void aVirtualTlbProtectsNothingAndKeepsWhatATlbMayKeep() {
        guest(SyncPolicy.VIRTUAL_TLB);
        long leaf = leafWord();
        guest.vcpu.access().store(leaf, guest.vcpu.access().load(leaf) & 0xfff | OTHER);
        assertThat(guest.exits(ExitCause.TABLE_WRITE)).isZero();
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA));
        guest.vcpu.invalidate(Invalidation.page(VA, 12), guest.vcpu.asid());
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(OTHER));
        guest.vcpu.access().store(leaf, guest.vcpu.access().load(leaf) & 0xfff | GPA);
        guest.vcpu.loadRoot(guest.shadow().role.guestTable(), guest.vcpu.asid(), true);
        assertThat(guest.shadow().isEmpty()).isTrue();
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA));
    }

    /** The word with the leaf of {@link #VA}, found by looking. */
    private long leafWord() {
        for (long word = ScriptedGuest.BYTES - 8; word > FREE + (1 << 20); word -= 8) {
            if ((guest.vcpu.access().load(word) & 0xf_ffff_f000L) == GPA) {
                return word;
            }
        }
        throw new AssertionError("no entry leads to %#x".formatted(GPA));
    }

    // Accessed and dirty bits.

    @ParameterizedTest
    @EnumSource
    void theGuestSeesItsAccessedAndDirtyBitsSet(SyncPolicy sync) {
        guest(sync);
        long leaf = leafWord();
        for (int round = 0; round < 3; round++) {
            guest.vcpu.access().store(leaf, guest.vcpu.access().load(leaf) & ~(ACCESSED | DIRTY));
            guest.vcpu.invalidate(Invalidation.page(VA, 12), guest.vcpu.asid());
            guest.reach(VA, Rights.USER_READ);
            assertThat(guest.vcpu.access().load(leaf) & (ACCESSED | DIRTY)).isEqualTo(ACCESSED);
            assertThat(guest.mayWrite(VA)).as("while the page is clean").isFalse();
            guest.reach(VA, Rights.USER_WRITE);
            assertThat(guest.vcpu.access().load(leaf) & (ACCESSED | DIRTY)).isEqualTo(ACCESSED | DIRTY);
            assertThat(guest.mayWrite(VA)).isTrue();
        }
    }

    // Stores that cannot be emulated, or come too often.

    @ParameterizedTest
    @EnumSource(names = {"WRITE_PROTECT", "UNSYNC"})
    void aStoreWhoseValueNobodyKnowsLeavesTheTableOutOfStepUntilTheGuestInvalidates(SyncPolicy sync) {
        guest(sync);
        long view = viewOfTable();
        assertThat(guest.machine.store(view, leafTo(OTHER))).isTrue();
        assertThat(guest.exits(ExitCause.TABLE_WRITE)).isPositive();
        guest.vcpu.invalidate(Invalidation.page(VA, 12), guest.vcpu.asid());
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(OTHER));
        guest.vcpu.loadRoot(guest.shadow().role.guestTable(), guest.vcpu.asid(), true);
        guest.reach(VA, Rights.USER_READ);
        assertThat(guest.mayWrite(view)).as("protected again").isFalse();
    }

    @Test
    void aTableThatIsWrittenTooOftenIsGivenUp() {
        guest(SyncPolicy.WRITE_PROTECT);
        long leaf = guest.leafOf(VA);
        long traps = guest.exits(ExitCause.TABLE_WRITE);
        for (int i = 1; i <= 20; i++) {
            guest.vcpu.access().store(leaf + 8 * i, 0x1000L * i);
        }
        assertThat(guest.exits(ExitCause.TABLE_WRITE) - traps).isEqualTo(GuestTables.FLOODED);
        assertThat(guest.vm.counts().flooded).isEqualTo(1);
        assertThat(guest.shadow().at(VA)).isNull();
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA));
    }

    @Test
    void aTableThatIsWrittenAsDataAndWalkedInTurnIsNotTornDownForEver() {
        guest(SyncPolicy.WRITE_PROTECT);
        long leaf = guest.leafOf(VA);
        int stores = 0;
        for (int round = 0; round < 400; round++) {
            for (int i = 1; i <= 30; i++) {
                guest.vcpu.access().store(leaf + 8 * i, stores++);
            }
            assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA));
        }
        // After 3, 6, 12 ... stores, and then no more until the end of the round: the twelfth time would take 6,144.
        assertThat(guest.vm.counts().flooded).as("of %d stores", stores).isEqualTo(11);
    }

    @Test
    void aPageThatIsNoTableAnyMoreMayBeWritten() {
        guest(SyncPolicy.WRITE_PROTECT);
        long view = viewOfTable();
        long leaf = guest.leafOf(VA);
        guest.reach(view, Rights.USER_READ);
        guest.vcpu.access().store(leaf, 0);
        assertThat(guest.vm.tables().guestTables().at(leaf)).as("nothing is built from it").isNull();
        long traps = guest.exits(ExitCause.TABLE_WRITE);
        assertThat(guest.reach(view, Rights.USER_WRITE)).isNotEqualTo(Walk.NOWHERE);
        assertThat(guest.mayWrite(view)).isTrue();
        assertThat(guest.exits(ExitCause.TABLE_WRITE)).isEqualTo(traps);
    }

    // Pages of two sizes.

    @ParameterizedTest
    @EnumSource
    void aLargePageOfTheGuestsIsSplinteredAndZappedWhole(SyncPolicy sync) {
        guest = new ScriptedGuest(Map.of("sync", sync.toString()));
        long large = 1L << 40;
        guest.table.map(large, GPA, 21, Rights.ALL, 0);
        for (int page = 0; page < 512; page += 3) {
            assertThat(guest.reach(large + page * PAGE, Rights.USER_READ)).isEqualTo(guest.host(GPA + page * PAGE));
        }
        assertThat(guest.shadow().size()).isEqualTo(171);
        guest.table.unmap(large);
        // As the guest sees it, one page is mapped here, wherever it is touched.
        guest.vcpu.invalidate(Invalidation.page(large + 7 * PAGE, 12), guest.vcpu.asid());
        assertThat(guest.shadow().size()).isZero();
        guest.table.map(large, GPA + (1 << 21), 21, Rights.ALL, 0);
        assertThat(guest.reach(large, Rights.USER_READ)).isEqualTo(guest.host(GPA + (1 << 21)));
    }
}

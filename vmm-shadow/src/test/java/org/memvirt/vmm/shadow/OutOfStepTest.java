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
import org.memvirt.testkit.machine.AssembledMachine;

/** Stores to tables in odd places: above the leaves, through the table itself, two entries at once. */
final class OutOfStepTest {
    private static final long VA = 1L << 39;
    private static final long ALIAS = VA + (1L << 30);
    private static final long SECOND = VA + (1L << 31);
    private static final long GPA = FREE;
    private static final long OTHER = FREE + 16 * PAGE;

    private ScriptedGuest guest = new ScriptedGuest(Map.of());

    private void start(SyncPolicy sync) {
        guest = new ScriptedGuest(Map.of("sync", sync.toString()));
        guest.map(VA, GPA);
        guest.reach(VA, Rights.USER_WRITE);
    }

    @AfterEach
    void allLawsHold() {
        assertThat(guest.machine.audit()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"WRITE_PROTECT", "UNSYNC"})
    void aTableAboveTheLeavesIsBroughtBackByAnyInvalidation(SyncPolicy sync) {
        start(sync);
        long directory = guest.entryOf(VA, 2);
        guest.map(ALIAS, directory & -PAGE);
        guest.reach(ALIAS, Rights.USER_READ);
        assertThat(guest.machine.store(ALIAS + (directory & PAGE - 1), 0)).as("nobody knows of what").isTrue();
        assertThat(guest.vm.tables().guestTables().outOfStep()).isEqualTo(1);
        guest.vcpu.invalidate(Invalidation.page(SECOND, 12), guest.vcpu.asid());
        assertThat(guest.shadow().at(VA)).as("which may lie anywhere below it").isNull();
        assertThat(guest.vcpu.probe(VA, Rights.USER_READ, Walk.outer())).isFalse();
        assertThat(guest.vm.counts().synced).isEqualTo(1);
    }

    @Test
    void whatTheGuestInvalidatesGoesIfItHasChangedAndStaysIfNot() {
        start(SyncPolicy.UNSYNC);
        guest.map(VA + PAGE, GPA + PAGE);
        guest.reach(VA + PAGE, Rights.USER_WRITE);
        long leaf = guest.leafOf(VA);
        guest.vcpu.access().store(leaf, guest.vcpu.access().load(leaf) & 0xfff | OTHER);
        guest.vcpu.invalidate(Invalidation.page(VA + PAGE, 12), guest.vcpu.asid());
        assertThat(guest.shadow().at(VA + PAGE)).as("it is as it was").isNotNull();
        assertThat(guest.shadow().at(VA)).as("the guest has not invalidated it").isNotNull();
        guest.vcpu.invalidate(Invalidation.page(VA, 12), guest.vcpu.asid() + 1);
        assertThat(guest.shadow().at(VA)).as("nor has it in this address space").isNotNull();
        guest.vcpu.invalidate(Invalidation.page(VA, 12), guest.vcpu.asid());
        assertThat(guest.shadow().at(VA)).isNull();
        assertThat(guest.vcpu.probe(VA, Rights.USER_READ, Walk.outer())).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void allThatChangedInAnAddressSpaceGoesWithTheSpace(SyncPolicy sync) {
        start(sync);
        long leaf = guest.entryOf(VA, 1);
        guest.vcpu.access().store(leaf, guest.vcpu.access().load(leaf) & 0xfff | OTHER);
        if (sync == SyncPolicy.VIRTUAL_TLB) {
            guest.vcpu.invalidateSpace(guest.vcpu.asid() + 1);
            assertThat(guest.shadow().at(VA)).as("another space").isNotNull();
        }
        guest.vcpu.invalidateSpace(guest.vcpu.asid());
        assertThat(guest.shadow().at(VA)).isNull();
        assertThat(guest.vcpu.probe(VA, Rights.USER_READ, Walk.outer())).isFalse();
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(OTHER));
        assertThat(guest.vm.tables().guestTables().outOfStep()).isZero();
    }

    // A table that maps itself.

    private long selfMapped(SyncPolicy sync) {
        start(sync);
        guest.map(SECOND, GPA + PAGE);
        long table = guest.entryOf(SECOND, 1) & -PAGE;
        guest.map(SECOND + PAGE, table);
        assertThat(guest.vm.tables().guestTables().at(table)).as("no walk has read it").isNull();
        return table;
    }

    @Test
    void aFirstStoreThroughTheTableItWritesTraps() {
        long table = selfMapped(SyncPolicy.WRITE_PROTECT);
        long traps = guest.exits(ExitCause.TABLE_WRITE);
        long emulated = guest.vm.counts().emulated;
        long word = guest.vcpu.access().load(table) & 0xfff | OTHER;
        guest.vcpu.access().storeVirtual(SECOND + PAGE + 2 * Long.BYTES, word);
        assertThat(guest.exits(ExitCause.TABLE_WRITE)).isEqualTo(traps + 1);
        assertThat(guest.vm.counts().emulated).isEqualTo(emulated + 1);
        assertThat(guest.vcpu.access().load(table + 2 * Long.BYTES)).isEqualTo(word);
        assertThat(guest.reach(SECOND + 2 * PAGE, Rights.USER_READ)).isEqualTo(guest.host(OTHER));
        assertThat(guest.mayWrite(SECOND + PAGE)).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"WRITE_PROTECT", "UNSYNC"})
    void aFirstStoreOfAnUnknownValueThroughTheTableItWritesLeavesItOutOfStep(SyncPolicy sync) {
        long table = selfMapped(sync);
        long word = guest.vcpu.access().load(table) & 0xfff | OTHER;
        assertThat(guest.machine.store(SECOND + PAGE + 2 * Long.BYTES, word)).isTrue();
        assertThat(guest.vm.tables().guestTables().outOfStep()).isEqualTo(1);
        assertThat(guest.mayWrite(SECOND + PAGE)).isTrue();
        assertThat(guest.reach(SECOND + 2 * PAGE, Rights.USER_READ)).isEqualTo(guest.host(OTHER));
        guest.vcpu.loadRoot(guest.table.root(), guest.vcpu.asid(), true);
        assertThat(guest.mayWrite(SECOND + PAGE)).as("protected again").isFalse();
    }

    // Entries of two sizes.

    @Test
    void aWordThatHoldsTwoEntriesZapsWhatWasBuiltFromBoth() {
        guest = new ScriptedGuest(
                new AssembledMachine(X86.format("ia32"), new Shadowing(Map.of())).guestMemory(ScriptedGuest.BYTES));
        long address = 1L << 30;
        for (int page = 0; page < 4; page++) {
            guest.map(address + page * PAGE, GPA + page * PAGE);
            guest.reach(address + page * PAGE, Rights.USER_WRITE);
        }
        long leaf = guest.leafOf(address);
        assertThat(guest.leafOf(address + PAGE)).isEqualTo(leaf + 4);
        long word = guest.vcpu.access().load(leaf);
        guest.vcpu.access().store(leaf, word);
        assertThat(guest.vm.counts().entriesRemoved).as("the same again").isZero();
        guest.vcpu.access().store(leaf, word & 0xffff_ffffL);
        assertThat(guest.shadow().at(address)).as("its half is as it was").isNotNull();
        assertThat(guest.shadow().at(address + PAGE)).isNull();
        assertThat(guest.vm.counts().zapped).isEqualTo(1);
        guest.vcpu.access().store(leaf + 8, 0);
        assertThat(guest.shadow().at(address + 2 * PAGE)).isNull();
        assertThat(guest.shadow().at(address + 3 * PAGE)).isNull();
        assertThat(guest.vm.counts().entriesRemoved).isEqualTo(3);
    }

    // Marks.

    @Test
    void aBitThatTheVmmSetsForHardwareMakesNothingUntrue() {
        guest.map(VA, GPA);
        guest.reach(VA, Rights.USER_READ);
        long filled = guest.vm.counts().filled;
        guest.reach(VA, Rights.USER_WRITE);
        assertThat(guest.vm.counts().synced).isZero();
        assertThat(guest.vm.counts().zapped).isZero();
        assertThat(guest.vm.counts().filled).as("the entry got the right to write").isEqualTo(filled);
        assertThat(guest.vm.counts().spuriousFaults).isZero();
        long leaf = guest.leafOf(VA);
        guest.vcpu.access().store(leaf, guest.vcpu.access().load(leaf));
        assertThat(guest.vm.counts().entriesRemoved).isZero();
    }
}

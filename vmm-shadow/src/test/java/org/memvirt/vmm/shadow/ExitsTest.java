package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.vmm.shadow.ScriptedGuest.FREE;
import static org.memvirt.vmm.shadow.ScriptedGuest.PAGE;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.walk.Walk;

/** What faults, stores to tables and paging cost a guest, and what they leave. */
final class ExitsTest {
    private static final long VA = 1L << 39;
    private static final long ALIAS = VA + (1L << 30);
    private static final long GPA = FREE;

    private ScriptedGuest guest = new ScriptedGuest(Map.of());

    @AfterEach
    void allLawsHold() {
        assertThat(guest.machine.audit()).isEmpty();
    }

    @Test
    void aFaultOfTheGuestsOwnIsOneExit() {
        guest.map(VA, GPA);
        guest.reach(VA, Rights.USER_READ);
        long exits = guest.exits(ExitCause.PAGE_FAULT);
        long faults = guest.vm.counts().trueFaults;
        assertThat(guest.reach(VA + PAGE, Rights.USER_READ)).as("the guest's kernel maps it")
                .isNotEqualTo(Walk.NOWHERE);
        assertThat(guest.exits(ExitCause.PAGE_FAULT) - exits).isEqualTo(1);
        assertThat(guest.vm.counts().trueFaults - faults).isEqualTo(1);
    }

    @Test
    void pagingIsTurnedOnByOneExitAndFromThenOnItsTableHolds() {
        guest.map(VA, GPA);
        PageTable second = guest.another();
        second.map(VA, GPA + PAGE, 12, Rights.ALL, 0);
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA));
        long exits = guest.exits(ExitCause.PAGING_MODE);
        guest.vcpu.pagingOn(guest.machine.config().format(), guest.vcpu.asid(), second.root());
        assertThat(guest.exits(ExitCause.PAGING_MODE) - exits).isEqualTo(1);
        assertThat(guest.shadow().role.guestTable()).isEqualTo(second.root());
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA + PAGE));
    }

    /** The table of physical memory that a guest begins with has its tag, as have those that it loads. */
    @Test
    void aGuestWithoutPagingRunsUnderATagOfItsOwn() {
        guest = new ScriptedGuest(Map.of("tags", "4"));
        assertThat(guest.vm.counts().rootsMade).isEqualTo(guest.vm.counts().tagsGiven).isGreaterThan(1);
    }

    /** Nobody knows what a store writes that only the TLB's fault tells of: its table is out of step from then on. */
    @Test
    void aStoreThatCannotBeEmulatedLeavesItsTableOutOfStep() {
        guest.map(VA, GPA);
        guest.reach(VA, Rights.USER_WRITE);
        long leaf = guest.leafOf(VA);
        guest.map(ALIAS, leaf & -PAGE);
        guest.reach(ALIAS, Rights.USER_READ);
        long writes = guest.vm.counts().tableWrites;
        long exits = guest.exits(ExitCause.TABLE_WRITE);
        assertThat(guest.reach(ALIAS, Rights.USER_WRITE)).isEqualTo(guest.host(leaf & -PAGE));
        GuestTable table = guest.vm.tables().guestTables().at(leaf);
        assertThat(table != null && table.outOfStep).isTrue();
        assertThat(guest.vm.tables().guestTables().isProtected(leaf)).isFalse();
        assertThat(guest.vm.counts().tableWrites - writes).isEqualTo(1);
        assertThat(guest.exits(ExitCause.TABLE_WRITE) - exits).isEqualTo(1);
    }
}

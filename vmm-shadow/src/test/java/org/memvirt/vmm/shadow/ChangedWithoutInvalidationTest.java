package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.vmm.shadow.ScriptedGuest.FREE;
import static org.memvirt.vmm.shadow.ScriptedGuest.PAGE;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.PageTable;

/**
 * A guest changes an entry and invalidates nothing. A TLB may go on with the old one as long as that answers; a fault has the
 * table walked, and from then on the new one holds.
 */
final class ChangedWithoutInvalidationTest {
    private static final long VA = 1L << 39;
    private static final long ALIAS = VA + (1L << 30);
    private static final long GPA = FREE;
    private static final long LARGE = 1L << 21;

    private ScriptedGuest guest = new ScriptedGuest(Map.of());

    @AfterEach
    void allLawsHold() {
        assertThat(guest.machine.audit()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aFaultThereFindsTheNewPage(SyncPolicy sync) {
        guest = new ScriptedGuest(Map.of("sync", sync.toString()));
        guest.table.map(VA, GPA, 12, Rights.READ, 0);
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA));
        guest.table.unmap(VA);
        guest.map(VA, GPA + PAGE);
        assertThat(guest.reach(VA, Rights.USER_WRITE)).isEqualTo(guest.host(GPA + PAGE));
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA + PAGE));
    }

    /** Of a large page over small ones of the host's, each part that was touched is shadowed by itself. */
    @ParameterizedTest
    @EnumSource
    void whatItsOldPageWasSplinteredIntoGoesWithAnInvalidation(SyncPolicy sync) {
        guest = new ScriptedGuest(Map.of("sync", sync.toString()));
        guest.table.map(VA, GPA, 21, Rights.ALL, 0);
        guest.reach(VA, Rights.USER_READ);
        guest.reach(VA + PAGE, Rights.USER_READ);
        guest.table.unmap(VA);
        guest.table.map(VA, GPA + LARGE, 21, Rights.ALL, 0);
        assertThat(guest.reach(VA + 2 * PAGE, Rights.USER_READ)).isEqualTo(guest.host(GPA + LARGE + 2 * PAGE));
        guest.vcpu.invalidate(Invalidation.page(VA, 21), guest.vcpu.asid());
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA + LARGE));
        assertThat(guest.reach(VA + PAGE, Rights.USER_READ)).isEqualTo(guest.host(GPA + LARGE + PAGE));
    }

    /** Shadow pages are linked by their tables: the guest has an entry of an upper table, out of step, lead to another. */
    @ParameterizedTest
    @EnumSource(names = {"WRITE_PROTECT", "UNSYNC"})
    void aFaultBelowAnUpperEntryFindsTheNewTable(SyncPolicy sync) {
        guest = new ScriptedGuest(Map.of("sync", sync.toString(), "sharing", "on"));
        PageTable first = guest.part(1);
        PageTable second = guest.part(1);
        first.map(VA, GPA, 12, Rights.ALL, 0);
        second.map(VA + PAGE, GPA + PAGE, 12, Rights.ALL, 0);
        guest.table.link(VA, first);
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA));
        guest.map(ALIAS, guest.entryOf(VA, 2) & -PAGE);
        guest.reach(ALIAS, Rights.USER_WRITE);
        assertThat(guest.vm.tables().guestTables().isProtected(guest.entryOf(VA, 2))).isFalse();
        guest.table.unlink(VA, first);
        guest.table.link(VA, second);
        assertThat(guest.reach(VA + PAGE, Rights.USER_READ)).isEqualTo(guest.host(GPA + PAGE));
    }
}

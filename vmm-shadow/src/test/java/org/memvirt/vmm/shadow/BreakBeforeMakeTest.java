package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.vmm.shadow.ScriptedGuest.BYTES;
import static org.memvirt.vmm.shadow.ScriptedGuest.FREE;
import static org.memvirt.vmm.shadow.ScriptedGuest.PAGE;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.testkit.machine.AssembledMachine;

/**
 * Where the architecture asks for it (Arm's break-before-make), a shadow entry that is replaced is made invalid and invalidated before
 * the new one is made: also when one exit does both. The machine watches every store.
 */
final class BreakBeforeMakeTest {
    private static final long VA = 1L << 38;
    private static final long GPA = FREE;
    private static final int LARGE = 21;

    private ScriptedGuest guest;

    private void boot(Map<String, String> options, int hostShift) {
        guest = new ScriptedGuest(new AssembledMachine(Arm.format("aarch64-4k"), new Shadowing(options))
                .rulesOf(Arm.MMU)
                .hostPages(hostShift)
                .guestMemory(BYTES));
        guest.machine.watchTables();
    }

    @AfterEach
    void everyStoreKeptTheRule() {
        assertThat(guest.machine.audit()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aPageThatLiesElsewhereWhenAFaultLooks(SyncPolicy sync) {
        boot(Map.of("sync", sync.toString()), 12);
        guest.table.map(VA, GPA, 12, Rights.READ, 0);
        guest.reach(VA, Rights.USER_READ);
        guest.table.unmap(VA);
        guest.map(VA, GPA + PAGE);
        assertThat(guest.reach(VA, Rights.USER_WRITE)).isEqualTo(guest.host(GPA + PAGE));
    }

    /** The link of the shadow page that stood for the first table is cut, and one to the second's takes its place. */
    @Test
    void aTableThatIsAnotherWhenAFaultLooks() {
        boot(Map.of("sync", "unsync", "sharing", "on"), 12);
        PageTable first = guest.part(1);
        PageTable second = guest.part(1);
        first.map(VA, GPA, 12, Rights.ALL, 0);
        second.map(VA + PAGE, GPA + PAGE, 12, Rights.ALL, 0);
        PageTable other = guest.another();
        for (PageTable table : List.of(other, guest.table)) {
            // The other keeps the shadow page of the first table, so that its memory does not serve the second.
            table.link(VA, first);
            guest.load(table);
            guest.reach(VA, Rights.USER_READ);
        }
        // This keeps the shadow page in which the link is.
        guest.map(VA + (1L << LARGE), GPA);
        guest.reach(VA + (1L << LARGE), Rights.USER_READ);
        long alias = VA + (1L << 30);
        guest.map(alias, guest.entryOf(VA, 2) & -PAGE);
        guest.reach(alias, Rights.USER_WRITE);
        guest.table.unlink(VA, first);
        guest.table.link(VA, second);
        assertThat(guest.reach(VA + PAGE, Rights.USER_READ)).isEqualTo(guest.host(GPA + PAGE));
    }

    /** What is left of the small ones is a table without entries, which walk caches may know. */
    @Test
    void aLargePageInThePlaceOfSmallOnes() {
        boot(Map.of("sharing", "off"), LARGE);
        guest.map(VA, GPA);
        guest.reach(VA, Rights.USER_READ);
        long bytes = guest.vm.tableBytes();
        guest.vcpu.invalidate(guest.table.unmap(VA), guest.vcpu.asid());
        guest.vcpu.invalidate(guest.table.map(VA, GPA, LARGE, Rights.ALL, 0), guest.vcpu.asid());
        assertThat(guest.reach(VA + PAGE, Rights.USER_READ)).isEqualTo(guest.host(GPA + PAGE));
        assertThat(guest.shadow().at(VA).shift).isEqualTo(LARGE);
        assertThat(guest.vm.tableBytes()).isEqualTo(bytes - PAGE);
    }
}

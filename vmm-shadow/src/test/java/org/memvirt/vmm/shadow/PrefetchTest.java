package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.vmm.shadow.ScriptedGuest.BYTES;
import static org.memvirt.vmm.shadow.ScriptedGuest.FREE;
import static org.memvirt.vmm.shadow.ScriptedGuest.PAGE;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.vmm.HostChange;

/** What a fault fills beside the page that it is for. */
final class PrefetchTest {
    private static final long VA = 1L << 39;
    private static final long GPA = FREE;
    private static final int PAGES = 24;
    private static final long ACCESSED = 1 << 5;
    private static final long DIRTY = 1 << 6;

    private ScriptedGuest guest = new ScriptedGuest(Map.of());

    @BeforeEach
    void aGuestThatHasUsedItsPages() {
        start("write-protect");
    }

    private void start(String sync) {
        guest = new ScriptedGuest(Map.of("prefetch", "8", "sync", sync));
        for (int page = 0; page < PAGES; page++) {
            guest.map(VA + page * PAGE, GPA + page * PAGE);
            guest.reach(VA + page * PAGE, Rights.USER_WRITE);
        }
        guest.vm.hostMappingChanged(GPA, PAGES * PAGE, HostChange.REMAP);
        assertThat(guest.shadow().size()).isZero();
        guest.vm.counts().prefetched = 0;
    }

    @AfterEach
    void allLawsHold() {
        assertThat(guest.machine.audit()).isEmpty();
    }

    private String filled() {
        StringBuilder all = new StringBuilder();
        for (int page = 0; page < PAGES; page++) {
            all.append(guest.shadow().at(VA + page * PAGE) == null ? '.' : 'x');
        }
        return all.toString();
    }

    private void leaf(int page, long clear, long set) {
        long leaf = guest.entryOf(VA + page * PAGE, 1);
        guest.vcpu.access().store(leaf, guest.vcpu.access().load(leaf) & ~clear | set);
    }

    /** Its entry was read in vain, and the table remembers nothing of it. */
    @Test
    void aPageThatNobodyMayUseWhoTheTableIsForIsLeftOut() {
        guest = new ScriptedGuest(Map.of("prefetch", "8", "separation", "rewrite"));
        guest.map(VA, GPA);
        guest.table.map(VA + PAGE, GPA + PAGE, 12, Rights.SUPERVISOR, PageTable.ACCESSED | PageTable.DIRTY);
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA));
        guest.vcpu.enterKernel();
        assertThat(guest.reach(VA + PAGE, Rights.SUPERVISOR_READ)).isEqualTo(guest.host(GPA + PAGE));
        guest.vcpu.leaveKernel();
        guest.vm.hostMappingChanged(GPA, PAGES * PAGE, HostChange.REMAP);
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA));
        assertThat(guest.vm.counts().prefetched).isZero();
        assertThat(guest.vm.audit()).isEmpty();
    }

    @Test
    void theAlignedGroupIsFilledAndNoMore() {
        guest.reach(VA + 11 * PAGE, Rights.USER_READ);
        assertThat(filled()).isEqualTo("........xxxxxxxx........");
        assertThat(guest.vm.counts().prefetched).isEqualTo(7);
        long exits = guest.machine.counters().exits.total();
        for (int page = 8; page < 16; page++) {
            assertThat(guest.reach(VA + page * PAGE, Rights.USER_WRITE)).isEqualTo(guest.host(GPA + page * PAGE));
        }
        assertThat(guest.machine.counters().exits.total()).as("none of them faults").isEqualTo(exits);
    }

    @Test
    void aVirtualTlbPrefetchesTheSame() {
        start("virtual-tlb");
        guest.reach(VA, Rights.USER_READ);
        assertThat(filled()).isEqualTo("xxxxxxxx................");
    }

    @Test
    void whatTheGuestHasNotUsedIsLeftToItsOwnFault() {
        leaf(1, ACCESSED, 0);
        leaf(2, 1, 0);
        leaf(3, DIRTY, 0);
        guest.reach(VA, Rights.USER_READ);
        assertThat(filled()).isEqualTo("x..xxxxx................");
        assertThat(guest.vcpu.access().load(guest.entryOf(VA + PAGE, 1)) & ACCESSED).as("nobody sets it").isZero();
        assertThat(guest.mayWrite(VA + 3 * PAGE)).as("while it is clean").isFalse();
        assertThat(guest.mayWrite(VA + 4 * PAGE)).isTrue();
        assertThat(guest.vm.counts().prefetched).isEqualTo(5);
    }

    @Test
    void whatTheHostHasNotOrTheGuestMayNotHaveIsLeftAlone() {
        long frame = 0xf_ffff_f000L;
        leaf(1, frame, BYTES);
        leaf(2, frame, BYTES - 64 * PAGE);
        leaf(3, frame, 0);
        guest.vcpu.access().load(0);
        assertThat(guest.host(BYTES - 64 * PAGE)).isEqualTo(-1);
        guest.reach(VA, Rights.USER_READ);
        assertThat(filled()).isEqualTo("x..xxxxx................");
        assertThat(guest.host(BYTES - 64 * PAGE)).as("no memory was got").isEqualTo(-1);
    }

    @Test
    void whatIsMappedStaysAsItIs() {
        guest.reach(VA, Rights.USER_READ);
        ShadowEntry kept = guest.shadow().at(VA + PAGE);
        guest.vm.hostMappingChanged(GPA, PAGE, HostChange.REMAP);
        guest.vm.counts().prefetched = 0;
        guest.reach(VA, Rights.USER_READ);
        assertThat(guest.shadow().at(VA + PAGE)).isSameAs(kept);
        assertThat(guest.vm.counts().prefetched).isZero();
    }

    @Test
    void whatWasPrefetchedGoesWithItsOwnEntryOfTheGuests() {
        guest.reach(VA, Rights.USER_READ);
        long table = guest.entryOf(VA, 1);
        leaf(5, 1, 0);
        assertThat(filled()).isEqualTo("xxxxx.xx................");
        for (int page = 0; page < 8; page++) {
            leaf(page, 1, 0);
        }
        assertThat(filled()).isEqualTo("........................");
        assertThat(guest.vm.tables().guestTables().at(table)).as("nothing is built from it").isNull();
    }

    @Test
    void aTableIsFilledWithoutTheRightToWriteIt() {
        long table = guest.entryOf(VA, 1) & -PAGE;
        leaf(1, 0xf_ffff_f000L, table);
        guest.reach(VA, Rights.USER_READ);
        assertThat(guest.shadow().at(VA + PAGE)).isNotNull();
        assertThat(guest.mayWrite(VA + PAGE)).isFalse();
    }
}

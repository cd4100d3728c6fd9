package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.memvirt.vmm.shadow.ScriptedGuest.FREE;
import static org.memvirt.vmm.shadow.ScriptedGuest.PAGE;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.api.walk.Walk;

/** Two page tables of a guest that link the same table of leaves, and the shadow page that stands for it. */
final class SharingTest {
    private static final long VA = 1L << 39;
    private static final long LARGE = 1L << 21;
    private static final long OTHER_VA = VA + LARGE;
    private static final long ABOVE = VA + (1L << 30);
    private static final long GPA = FREE;
    private static final long ELSEWHERE = FREE + 16 * PAGE;
    private static final long WRITABLE = 1 << 1;
    private static final long FRAME = 0xf_ffff_f000L;

    private ScriptedGuest guest;
    private PageTable leaves;
    private PageTable second;
    private PageTable directory;

    @BeforeEach
    void twoTablesWithOneTableOfLeaves() {
        share(SyncPolicy.WRITE_PROTECT, "on");
    }

    private void share(SyncPolicy sync, String sharing) {
        guest = new ScriptedGuest(Map.of("sync", sync.toString(), "sharing", sharing));
        leaves = guest.part(1);
        guest.table.link(VA, leaves);
        second = guest.another();
        second.link(VA, leaves);
        directory = guest.part(2);
        for (int page = 0; page < 4; page++) {
            leaves.map(VA + page * PAGE, GPA + page * PAGE, 12, Rights.ALL, 0);
        }
        touchAll();
    }

    private void touchAll() {
        for (int page = 0; page < 4; page++) {
            assertThat(guest.reach(VA + page * PAGE, Rights.USER_WRITE)).isEqualTo(guest.host(GPA + page * PAGE));
        }
    }

    @AfterEach
    void allLawsHold() {
        assertThat(guest.machine.audit()).isEmpty();
    }

    private List<ShadowTable> leafPages() {
        return guest.vm.tables().all().stream()
                .filter(page -> page.role.level() == 1)
                .toList();
    }

    /** Faults that it takes to reach all pages. */
    private long faultsToTouchAll() {
        long before = guest.exits(ExitCause.HIDDEN_FAULT);
        touchAll();
        return guest.exits(ExitCause.HIDDEN_FAULT) - before;
    }

    @Test
    void theSecondTableFindsThePageThatTheFirstHasFilled() {
        guest.load(second);
        assertThat(faultsToTouchAll()).as("one links the page, and with it all that is in it").isEqualTo(1);
        assertThat(leafPages()).hasSize(1);
        assertThat(leafPages().getFirst().parents()).hasSize(2);
        assertThat(guest.vm.counts().shared).isEqualTo(1);
        assertThat(guest.vm.counts().spuriousFaults).isZero();
    }

    @Test
    void withoutSharingEachHasItsOwn() {
        share(SyncPolicy.WRITE_PROTECT, "off");
        long filled = guest.vm.counts().filled;
        long bytes = guest.vm.tableBytes();
        guest.load(second);
        assertThat(faultsToTouchAll()).isEqualTo(4);
        assertThat(guest.vm.counts().filled - filled).isEqualTo(4);
        assertThat(guest.vm.tableBytes() - bytes).isEqualTo(4 * PAGE);
        assertThat(guest.vm.counts().shared).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"WRITE_PROTECT", "UNSYNC"})
    void whatChangesInTheTableChangesForBoth(SyncPolicy sync) {
        share(sync, "on");
        guest.load(second);
        touchAll();
        leaves.unmap(VA);
        leaves.map(VA, ELSEWHERE, 12, Rights.ALL, 0);
        for (PageTable table : List.of(guest.table, second)) {
            guest.load(table);
            assertThat(guest.reach(VA, Rights.USER_WRITE)).isEqualTo(guest.host(ELSEWHERE));
            assertThat(guest.reach(VA + PAGE, Rights.USER_READ)).isEqualTo(guest.host(GPA + PAGE));
        }
    }

    /** No space that links the table from now on has anything cached of it, so no guest invalidates what has changed before. */
    @Test
    void aPageThatIsOutOfStepIsBroughtInStepWhereItIsLinked() {
        share(SyncPolicy.UNSYNC, "on");
        PageTable third = guest.another();
        guest.load(third);
        leaves.unmap(VA);
        leaves.unmap(VA + PAGE);
        leaves.map(VA + PAGE, ELSEWHERE, 12, Rights.ALL, 0);
        assertThat(guest.vm.tables().guestTables().isAnyOutOfStep()).isTrue();
        third.link(VA, leaves);
        assertThat(guest.reach(VA + 2 * PAGE, Rights.USER_READ)).isEqualTo(guest.host(GPA + 2 * PAGE));
        assertThat(guest.vm.counts().shared).isEqualTo(1);
        assertThat(guest.vm.counts().synced).isEqualTo(2);
        assertThat(guest.reach(VA, Rights.USER_READ)).isNotEqualTo(guest.host(GPA));
        assertThat(guest.reach(VA + PAGE, Rights.USER_READ)).isEqualTo(guest.host(ELSEWHERE));
    }

    @Test
    void soIsOneBelowThatPage() {
        PageTable third = besideASharedDirectory();
        leaves.unmap(ABOVE);
        linkDirectory(third);
        assertThat(leafPages()).as("those of the directory, and the one at VA").hasSize(3);
        assertThat(guest.reach(ABOVE, Rights.USER_READ)).isNotEqualTo(guest.host(GPA));
    }

    @Test
    void soIsALinkBelowThatPage() {
        PageTable third = besideASharedDirectory();
        third.map(VA, directory.root(), 12, Rights.ALL, 0);
        guest.reach(VA, Rights.USER_WRITE);
        assertThat(guest.vm.tables().guestTables().isProtected(directory.root())).isFalse();
        directory.unlink(ABOVE, leaves);
        linkDirectory(third);
        assertThat(guest.reach(ABOVE, Rights.USER_READ)).isNotEqualTo(guest.host(GPA));
    }

    /** Another page table runs than the one that links a directory, with the table of leaves and another page, and was used. */
    private PageTable besideASharedDirectory() {
        share(SyncPolicy.UNSYNC, "on");
        directory.link(ABOVE, leaves);
        directory.map(ABOVE + LARGE, ELSEWHERE, 12, Rights.ALL, 0);
        guest.table.link(ABOVE, directory);
        assertThat(guest.reach(ABOVE + LARGE, Rights.USER_READ)).isEqualTo(guest.host(ELSEWHERE));
        assertThat(guest.reach(ABOVE, Rights.USER_READ)).isEqualTo(guest.host(GPA));
        assertThat(guest.reach(ABOVE + PAGE, Rights.USER_READ)).isEqualTo(guest.host(GPA + PAGE));
        PageTable third = guest.another();
        guest.load(third);
        return third;
    }

    /** Links that directory, and has the shadow link its page. */
    private void linkDirectory(PageTable table) {
        table.link(ABOVE, directory);
        assertThat(guest.reach(ABOVE + LARGE, Rights.USER_READ)).isEqualTo(guest.host(ELSEWHERE));
        assertThat(guest.vm.counts().shared).isEqualTo(1);
    }

    @Test
    void whatIsZappedGoesFromTheCachesUnderBothTables() {
        guest.load(second);
        touchAll();
        guest.vm.hostMappingChanged(GPA, PAGE, HostChange.UNMAP);
        assertThat(guest.vcpu.probe(VA, Rights.USER_READ, Walk.outer())).isFalse();
        assertThat(guest.shadow().at(VA)).isNull();
        guest.load(guest.table);
        assertThat(guest.shadow().at(VA)).isNull();
        assertThat(guest.shadow().at(VA + PAGE)).isNotNull();
    }

    @Test
    void aTableThatLeadsThereNoMoreLosesThePageAndTheOtherKeepsIt() {
        guest.load(second);
        touchAll();
        ShadowTable page = leafPages().getFirst();
        second.unlink(VA, leaves);
        assertThat(guest.shadow().at(VA)).isNull();
        assertThat(guest.vcpu.probe(VA, Rights.USER_READ, Walk.outer())).isFalse();
        assertThat(page.parents()).hasSize(1);
        assertThat(guest.vm.counts().unlinked).isPositive();
        guest.load(guest.table);
        assertThat(faultsToTouchAll()).isZero();
        assertThat(leafPages()).containsExactly(page);
    }

    @Test
    void whatWasReachedThroughALinkGoesFromTheCachesWithIt() {
        guest.load(second);
        second.map(OTHER_VA, ELSEWHERE, 12, Rights.ALL, 0);
        guest.reach(OTHER_VA, Rights.USER_READ);
        touchAll();
        second.unlink(VA, leaves);
        assertThat(guest.vcpu.probe(VA, Rights.USER_READ, Walk.outer())).isFalse();
        assertThat(guest.vcpu.probe(OTHER_VA, Rights.USER_READ, Walk.outer())).as("beside it").isTrue();
    }

    @Test
    void anEmptyPageGoesWithTheLinksThatLeadToIt() {
        guest.load(second);
        touchAll();
        for (int page = 0; page < 4; page++) {
            leaves.unmap(VA + page * PAGE);
        }
        assertThat(leafPages()).isEmpty();
        assertThat(guest.vm.tables().roots()).as("the one that is loaded").hasSize(1);
        assertThat(guest.vm.tables().all()).hasSize(1);
        assertThat(guest.vm.tables().guestTables().size()).isZero();
        assertThat(guest.vm.tableBytes()).isEqualTo(PAGE);
    }

    @Test
    void atTwoAddressesATableHasTwoRoles() {
        guest.table.link(OTHER_VA, leaves);
        assertThat(guest.reach(OTHER_VA, Rights.USER_WRITE)).isEqualTo(guest.host(GPA));
        assertThat(leafPages()).extracting(page -> page.role.base()).containsExactlyInAnyOrder(VA, OTHER_VA);
    }

    @Test
    void belowEntriesThatAllowLessATableHasAnotherRole() {
        guest.load(second);
        touchAll();
        long directory = directoryOf(second);
        guest.vcpu.access().store(directory, guest.vcpu.access().load(directory) & ~WRITABLE);
        guest.load(second);
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA));
        assertThat(guest.mayWrite(VA)).as("by the second table").isFalse();
        assertThat(leafPages()).hasSize(2);
        guest.load(guest.table);
        assertThat(guest.reach(VA, Rights.USER_WRITE)).as("by the first").isEqualTo(guest.host(GPA));
    }

    /** The word of the entry of a page table that leads to the table of leaves. */
    private long directoryOf(PageTable table) {
        long at = table.root();
        for (int level = 4; level > 2; level--) {
            at = guest.vcpu.access().load(at + (VA >>> 3 + 9 * level & 0x1ff) * 8) & FRAME;
        }
        return at + (VA >>> 21 & 0x1ff) * 8;
    }

    @Test
    void aPageThatWasRewrittenForTheKernelIsForProgramsAgainWhereTheyFindIt() {
        guest = new ScriptedGuest(Map.of("sharing", "on", "separation", "rewrite"));
        leaves = guest.part(1);
        guest.table.link(VA, leaves);
        second = guest.another();
        second.link(VA, leaves);
        leaves.map(VA, GPA, 12, Rights.ALL, 0);
        leaves.map(VA + PAGE, ELSEWHERE, 12, Rights.SUPERVISOR, 0);
        guest.reach(VA, Rights.USER_READ);
        guest.vcpu.enterKernel();
        guest.reach(VA + PAGE, Rights.SUPERVISOR_READ);
        guest.load(second);
        guest.vcpu.leaveKernel();
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA));
        assertThat(leafPages()).hasSize(1);
        assertThat(guest.vcpu.ask(VA + PAGE, Rights.USER_READ, null).succeeded()).isFalse();
    }

    @Test
    void oneThatIsRecycledLeavesTheOtherItsPages() {
        share(SyncPolicy.WRITE_PROTECT, "on");
        guest.load(second);
        touchAll();
        ShadowTable page = leafPages().getFirst();
        guest.vm.tables().roots().stream()
                .filter(root -> root.users == 0)
                .toList()
                .forEach(root -> guest.vm.tables().empty(root));
        assertThat(page.parents()).hasSize(1);
        assertThat(faultsToTouchAll()).isZero();
        assertThat(guest.vm.tables().roots()).hasSize(1);
    }

    @Test
    void aVirtualTlbSharesNothing() {
        assertThatExceptionOfType(VmRefused.class)
                .isThrownBy(() -> new ScriptedGuest(Map.of("sync", "virtual-tlb", "sharing", "on")))
                .withMessageContaining("sync=write-protect");
    }
}

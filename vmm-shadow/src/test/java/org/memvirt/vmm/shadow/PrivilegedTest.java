package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.vmm.shadow.ScriptedGuest.FREE;
import static org.memvirt.vmm.shadow.ScriptedGuest.PAGE;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkObserver;

/** The guest's privileged operations: what each costs, what the VMM says, and what it takes from caches that the guest leaves. */
final class PrivilegedTest {
    private static final long VA = 1L << 39;
    private static final long ALIAS = VA + (1L << 30);
    private static final long KERNEL = -1L << 46;
    private static final long GPA = FREE;
    private static final int KERNEL_RIGHTS = Rights.SUPERVISOR_READ | Rights.SUPERVISOR_WRITE;

    private ScriptedGuest guest = new ScriptedGuest(Map.of());

    @AfterEach
    void allLawsHold() {
        assertThat(guest.machine.audit()).isEmpty();
    }

    private boolean isCached(long address, int needed) {
        return guest.vcpu.probe(address, needed, Walk.outer());
    }

    @ParameterizedTest
    @EnumSource
    void eachIsOneExit(SyncPolicy sync) {
        guest = new ScriptedGuest(Map.of("sync", sync.toString()));
        int asid = guest.vcpu.asid();
        long loads = guest.exits(ExitCause.ROOT_LOAD);
        long invalidations = guest.exits(ExitCause.INVALIDATE);
        guest.vcpu.loadRoot(guest.table.root(), asid, true);
        assertThat(guest.exits(ExitCause.ROOT_LOAD) - loads).isEqualTo(1);
        guest.vcpu.invalidate(Invalidation.page(VA, 12), asid);
        assertThat(guest.exits(ExitCause.INVALIDATE) - invalidations).isEqualTo(1);
        guest.vcpu.invalidateSpace(asid);
        assertThat(guest.exits(ExitCause.INVALIDATE) - invalidations).isEqualTo(2);
        guest.vcpu.invalidateSpaces();
        assertThat(guest.exits(ExitCause.INVALIDATE) - invalidations).isEqualTo(3);
    }

    /** A table of leaves that is out of step, by a store through a global page of the user's, which lets it be written. */
    private void outOfStepThroughAGlobalPage() {
        guest = new ScriptedGuest(Map.of("sync", "unsync"));
        guest.map(VA, GPA);
        guest.reach(VA, Rights.USER_WRITE);
        long leaf = guest.leafOf(VA);
        guest.table.map(ALIAS, leaf & -PAGE, 12, Rights.ALL, PageTable.GLOBAL);
        assertThat(guest.machine.store(ALIAS + (leaf & PAGE - 1) + 64, 0)).isTrue();
        assertThat(isCached(ALIAS, Rights.USER_WRITE)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aTableThatIsProtectedAgainMayNotBeWrittenThroughWhatTheGuestLeavesInTheTlb(boolean all) {
        outOfStepThroughAGlobalPage();
        if (all) {
            guest.vcpu.invalidateSpaces();
        } else {
            guest.vcpu.invalidateSpace(guest.vcpu.asid());
        }
        assertThat(isCached(ALIAS, Rights.USER_WRITE)).as("global entries are not the guest's operation's").isFalse();
        assertThat(guest.mayWrite(ALIAS)).isFalse();
    }

    @Test
    void withoutTagsOfItsOwnAShadowIsCachedUnderTheGuests() {
        guest.map(VA, GPA);
        guest.vcpu.loadRoot(guest.table.root(), 1, false);
        guest.reach(VA, Rights.USER_READ);
        PageTable second = guest.another();
        second.map(VA, GPA + PAGE, 12, Rights.ALL, 0);
        guest.vcpu.loadRoot(second.root(), 2, false);
        assertThat(isCached(VA, Rights.USER_READ)).as("that is the other's").isFalse();
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA + PAGE));
        guest.vcpu.loadRoot(guest.table.root(), 1, false);
        assertThat(isCached(VA, Rights.USER_READ)).as("still there").isTrue();
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA));
    }

    // One table that is rewritten.

    private PageTable withKernelPage(PageTable table) {
        table.map(KERNEL, GPA + 8 * PAGE, 12, KERNEL_RIGHTS, 0);
        table.map(VA, GPA, 12, Rights.USER | KERNEL_RIGHTS, 0);
        return table;
    }

    @Test
    void aTableThatWasLeftInTheKernelIsForProgramsWhereTheyLoadIt() {
        guest = new ScriptedGuest(Map.of("separation", "rewrite", "tags", "4"));
        PageTable first = withKernelPage(guest.another());
        PageTable second = withKernelPage(guest.another());
        guest.load(first);
        guest.vcpu.enterKernel();
        guest.reach(KERNEL, Rights.SUPERVISOR_WRITE);
        guest.load(second);
        guest.vcpu.leaveKernel();
        guest.load(first);
        assertThat(guest.vcpu.ask(KERNEL, Rights.USER_READ, null).succeeded()).as("the kernel's page").isFalse();
        assertThat(guest.shadow().view()).isEqualTo(View.PROGRAM);
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(GPA));
        guest.vcpu.enterKernel();
        guest.load(second);
        assertThat(guest.shadow().view()).isEqualTo(View.KERNEL);
        assertThat(guest.reach(KERNEL, Rights.SUPERVISOR_WRITE)).isEqualTo(guest.host(GPA + 8 * PAGE));
        guest.vcpu.leaveKernel();
    }

    @Test
    void twoTablesAreForOneEachWhoeverLoadsThem() {
        guest = new ScriptedGuest(Map.of("separation", "two-tables"));
        guest.vcpu.enterKernel();
        guest.load(guest.another());
        assertThat(guest.vm.cpus().getFirst().shadows()).extracting(ShadowTable::view)
                .containsExactly(View.PROGRAM, View.KERNEL);
        guest.vcpu.leaveKernel();
        guest.load(guest.another());
        assertThat(guest.vm.cpus().getFirst().shadows()).extracting(ShadowTable::view)
                .containsExactly(View.PROGRAM, View.KERNEL);
    }

    @Test
    void whereOneTableIsRewrittenASwitchFlushesNoMoreThanThat() {
        guest = new ScriptedGuest(Map.of("separation", "rewrite"));
        withKernelPage(guest.table);
        guest.reach(VA, Rights.USER_WRITE);
        long flushes = guest.vm.counts().fullFlushes;
        guest.vcpu.enterKernel();
        guest.reach(KERNEL, Rights.SUPERVISOR_WRITE);
        guest.vcpu.leaveKernel();
        guest.vcpu.enterKernel();
        guest.vcpu.leaveKernel();
        assertThat(guest.vm.counts().fullFlushes).isEqualTo(flushes);
    }

    // What it says.

    private static final class Story implements WalkObserver {
        private final List<String> steps = new ArrayList<>();

        @Override
        public void reference(int guestLevel, int hostLevel, long address, long entry) {
            // The steps are told between the walks.
        }

        @Override
        public void step(String what) {
            steps.add(what);
        }
    }

    private List<String> told(Runnable what) {
        Story story = new Story();
        guest.machine.observe(story);
        what.run();
        guest.machine.observe(null);
        return story.steps;
    }

    @Test
    void theVmmTellsWhatItDoes() {
        guest.map(VA, GPA);
        assertThat(told(() -> guest.reach(VA, Rights.USER_READ))).containsExactly(
                "gPA %#x lies at hPA %#x".formatted(GPA, guest.host(GPA)),
                "the shadow table maps 4K at %#x, allowing r-xr-x; the access is made again".formatted(VA));
        assertThat(told(() -> guest.reach(ALIAS, Rights.USER_READ)))
                .contains("the fault is the guest's own, and is delivered to it");
        long leaf = guest.leafOf(VA);
        assertThat(told(() -> guest.vcpu.access().store(leaf, 0x1000)))
                .containsExactly("the VMM stores 0x1000 at gPA %#x in the guest's place".formatted(leaf));
    }
}

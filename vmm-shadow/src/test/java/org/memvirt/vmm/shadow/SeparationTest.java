package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.memvirt.vmm.shadow.ScriptedGuest.FREE;
import static org.memvirt.vmm.shadow.ScriptedGuest.PAGE;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.api.walk.Walk;
import org.memvirt.testkit.machine.AssembledMachine;

/** A guest whose kernel runs as its programs do: what keeps it apart from them, and what that costs. */
final class SeparationTest {
    private static final long PROGRAM = 1L << 39;
    private static final long KERNEL = -1L << 46;
    private static final long GPA = FREE;
    private static final int PAGES = 4;
    private static final int KERNEL_RIGHTS = Rights.SUPERVISOR_READ | Rights.SUPERVISOR_WRITE;

    private ScriptedGuest guest;

    /** A program and a kernel with four pages each, all of which they have written. */
    private ScriptedGuest start(Separation separation, Map<String, String> more) {
        Map<String, String> options = new HashMap<>(more);
        options.put("separation", separation.toString());
        guest = new ScriptedGuest(options);
        for (int page = 0; page < PAGES; page++) {
            guest.table.map(PROGRAM + page * PAGE, GPA + page * PAGE, 12, Rights.USER | KERNEL_RIGHTS, 0);
            guest.table.map(KERNEL + page * PAGE, GPA + (PAGES + page) * PAGE, 12, KERNEL_RIGHTS, 0);
        }
        touch();
        return guest;
    }

    private void touch() {
        for (int page = 0; page < PAGES; page++) {
            assertThat(guest.reach(PROGRAM + page * PAGE, Rights.USER_WRITE)).isEqualTo(guest.host(GPA + page * PAGE));
        }
        guest.vcpu.enterKernel();
        for (int page = 0; page < PAGES; page++) {
            assertThat(guest.reach(KERNEL + page * PAGE, Rights.SUPERVISOR_WRITE))
                    .isEqualTo(guest.host(GPA + (PAGES + page) * PAGE));
        }
        guest.vcpu.leaveKernel();
    }

    @AfterEach
    void allLawsHold() {
        if (guest != null) {
            assertThat(guest.machine.audit()).isEmpty();
        }
    }

    /** Whether hardware lets anybody do that now, by the TLB or by the table that it walks. */
    private boolean may(long address, int needed) {
        return guest.vcpu.probe(address, needed, Walk.outer()) || guest.vcpu.ask(address, needed, null).succeeded();
    }

    /** Without CR0.WP a kernel writes where its programs may only read; its store gives the entry a right more. */
    @ParameterizedTest
    @EnumSource
    void whatAKernelWritesItsProgramsStillMayNot(Separation separation) {
        guest = new ScriptedGuest(new AssembledMachine(
                X86.format("x86-64").with(Map.of("wp", "off")),
                new Shadowing(Map.of("separation", separation.toString())))
                        .guestMemory(ScriptedGuest.BYTES));
        guest.table.map(PROGRAM, GPA, 12, Rights.READ, 0);
        assertThat(guest.reach(PROGRAM, Rights.USER_READ)).isEqualTo(guest.host(GPA));
        guest.vcpu.enterKernel();
        assertThat(guest.reach(PROGRAM, Rights.SUPERVISOR_WRITE)).isEqualTo(guest.host(GPA));
        guest.vcpu.leaveKernel();
        assertThat(may(PROGRAM, Rights.USER_WRITE)).isFalse();
        assertThat(guest.reach(PROGRAM, Rights.USER_READ)).isEqualTo(guest.host(GPA));
    }

    @ParameterizedTest
    @EnumSource(names = {"TWO_TABLES", "REWRITE"})
    void hardwareDoesNotTellThemApartAndTheTablesDo(Separation separation) {
        start(separation, Map.of());
        assertThat(may(PROGRAM, Rights.USER_WRITE)).isTrue();
        assertThat(may(PROGRAM, Rights.SUPERVISOR_WRITE)).as("as hardware sees it they are the same").isTrue();
        assertThat(may(KERNEL, Rights.USER_READ)).isFalse();
        assertThat(may(KERNEL, Rights.SUPERVISOR_READ)).as("not even there").isFalse();
        guest.vcpu.enterKernel();
        assertThat(may(KERNEL, Rights.SUPERVISOR_WRITE)).isTrue();
        assertThat(may(KERNEL, Rights.USER_WRITE)).isTrue();
        guest.vcpu.leaveKernel();
        assertThat(may(KERNEL, Rights.USER_READ)).as("again").isFalse();
    }

    @Test
    void hardwareThatTellsThemApartNeedsNoExit() {
        start(Separation.HARDWARE, Map.of());
        assertThat(may(KERNEL, Rights.SUPERVISOR_WRITE)).isTrue();
        assertThat(may(KERNEL, Rights.USER_READ)).isFalse();
        assertThat(guest.exits(ExitCause.MODE_SWITCH)).isZero();
        assertThat(guest.vm.counts().modeSwitches).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aSwitchCostsAnExitEachWay(Separation separation) {
        start(separation, Map.of());
        long exits = guest.exits(ExitCause.MODE_SWITCH);
        long hidden = guest.exits(ExitCause.HIDDEN_FAULT);
        long rewritten = guest.vm.counts().rewritten;
        touch();
        assertThat(guest.exits(ExitCause.MODE_SWITCH) - exits).isEqualTo(separation == Separation.HARDWARE ? 0 : 2);
        assertThat(guest.exits(ExitCause.HIDDEN_FAULT)).as("both are still there").isEqualTo(hidden);
        assertThat(guest.vm.counts().rewritten - rewritten)
                .as("the kernel's pages come and go")
                .isEqualTo(separation == Separation.REWRITE ? 2 * PAGES : 0);
    }

    @Test
    void twoTablesTakeMoreMemory() {
        // Four levels: for the program's pages and the kernel's, a root and three tables each below it.
        assertThat(start(Separation.HARDWARE, Map.of()).vm.tableBytes()).isEqualTo(7 * PAGE);
        assertThat(start(Separation.REWRITE, Map.of()).vm.tableBytes()).isEqualTo(7 * PAGE);
        assertThat(start(Separation.TWO_TABLES, Map.of()).vm.tableBytes()).isEqualTo(8 * PAGE);
    }

    @Test
    void theExitOfAFaultThatIsDeliveredEntersTheKernelToo() {
        start(Separation.TWO_TABLES, Map.of());
        long switches = guest.vm.counts().modeSwitches;
        long exits = guest.exits(ExitCause.MODE_SWITCH);
        guest.reach(PROGRAM + (1L << 38), Rights.USER_READ);
        assertThat(guest.vm.counts().modeSwitches - switches).isEqualTo(2);
        assertThat(guest.exits(ExitCause.MODE_SWITCH) - exits).as("on the way back").isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void whatTheKernelInvalidatesGoesFromTheProgramsTable(Separation separation) {
        for (SyncPolicy sync : SyncPolicy.values()) {
            start(separation, Map.of("sync", sync.toString()));
            guest.vcpu.enterKernel();
            guest.table.unmap(PROGRAM);
            guest.vcpu.invalidate(Invalidation.page(PROGRAM, 12), guest.vcpu.asid());
            guest.vcpu.leaveKernel();
            assertThat(may(PROGRAM, Rights.USER_READ)).as("%s", sync).isFalse();
            assertThat(may(PROGRAM + PAGE, Rights.USER_READ)).as("%s", sync).isTrue();
        }
    }

    @Test
    void whatTheHostForbidsIsForbiddenAfterTheNextSwitch() {
        start(Separation.REWRITE, Map.of());
        guest.vm.hostMappingChanged(GPA + PAGES * PAGE, PAGE, HostChange.PROTECT);
        assertThat(guest.vm.counts().protectedEntries).isPositive();
        guest.vcpu.enterKernel();
        assertThat(may(KERNEL, Rights.SUPERVISOR_READ)).isTrue();
        assertThat(may(KERNEL, Rights.SUPERVISOR_WRITE)).isFalse();
        guest.vcpu.leaveKernel();
    }

    // Tags.

    @Test
    void withoutTagsEachSwitchBetweenTwoTablesFlushes() {
        start(Separation.TWO_TABLES, Map.of());
        long flushes = guest.vm.counts().fullFlushes;
        touch();
        assertThat(guest.vm.counts().fullFlushes - flushes).isEqualTo(2);
        start(Separation.TWO_TABLES, Map.of("tags", "4"));
        flushes = guest.vm.counts().fullFlushes;
        long walks = guest.machine.counters().walks.walks;
        touch();
        assertThat(guest.vm.counts().fullFlushes).isEqualTo(flushes);
        assertThat(guest.machine.counters().walks.walks).as("the TLB keeps the program's").isEqualTo(walks);
    }

    @Test
    void eachTableHasItsOwnTagUntilTheyRunOut() {
        guest = new ScriptedGuest(Map.of("tags", "2"));
        long given = guest.vm.counts().tagsGiven;
        long before = guest.vm.counts().tagRollovers;
        long flushes = guest.vm.counts().fullFlushes;
        for (int number = 0; number < 6; number++) {
            PageTable table = guest.another();
            table.map(PROGRAM, GPA + number * PAGE, 12, Rights.ALL, 0);
            guest.load(table);
            assertThat(guest.reach(PROGRAM, Rights.USER_READ))
                    .as("no other's under the same tag")
                    .isEqualTo(guest.host(GPA + number * PAGE));
            assertThat(guest.machine.audit()).isEmpty();
        }
        assertThat(guest.vm.counts().tagsGiven - given).isEqualTo(6);
        assertThat(guest.vm.counts().tagRollovers - before).as("of three tags").isBetween(2L, 3L);
        assertThat(guest.vm.counts().fullFlushes - flushes).isPositive();
    }

    @Test
    void whatIsCachedUnderATagOutlivesTheLoadOfAnotherRoot() {
        start(Separation.HARDWARE, Map.of("tags", "8"));
        PageTable second = guest.another();
        second.map(PROGRAM, GPA + PAGE, 12, Rights.ALL, 0);
        guest.load(second);
        assertThat(guest.vcpu.probe(PROGRAM, Rights.USER_READ, Walk.outer())).as("under its own tag").isFalse();
        assertThat(guest.reach(PROGRAM, Rights.USER_READ)).isEqualTo(guest.host(GPA + PAGE));
        guest.load(guest.table);
        assertThat(guest.vcpu.probe(PROGRAM, Rights.USER_READ, Walk.outer())).as("still there").isTrue();
        start(Separation.HARDWARE, Map.of());
        guest.load(guest.another());
        guest.load(guest.table);
        assertThat(guest.vcpu.probe(PROGRAM, Rights.USER_READ, Walk.outer())).as("the guest's load flushed it")
                .isFalse();
    }

    @Test
    void whatWasCachedOfATableThatIsGivenUpIsGone() {
        guest = new ScriptedGuest(Map.of("spt-memory", "4K"));
        guest.map(PROGRAM, GPA);
        guest.vcpu.loadRoot(guest.table.root(), 1, false);
        guest.reach(PROGRAM, Rights.USER_READ);
        guest.vcpu.loadRoot(guest.another().root(), 2, false);
        assertThat(guest.vm.counts().recycled).isPositive();
        guest.vcpu.loadRoot(guest.table.root(), 1, false);
        assertThat(guest.vcpu.probe(PROGRAM, Rights.USER_READ, Walk.outer())).isFalse();
    }

    // Refusals.

    @Test
    void moreTablesThanTagsAreRefused() {
        assertThatExceptionOfType(VmRefused.class)
                .isThrownBy(() -> new ScriptedGuest(Map.of("tags", "1", "separation", "two-tables")))
                .withMessageContaining("tags=1 has 1 tags");
        guest = new ScriptedGuest(Map.of("tags", "1"));
    }

    @Test
    void aKernelThatExecutesWhatItMayNotReadIsRefused() {
        AssembledMachine assembled = new AssembledMachine(
                X86.format("x86-64").with(Map.of("smap", "on", "smep", "off")),
                new Shadowing(Map.of("separation", "two-tables")));
        assertThatExceptionOfType(VmRefused.class).isThrownBy(assembled::boot).withMessageContaining("two-tables");
    }

    @Test
    void optionsThatAreNoneAreRefused() {
        assertThatExceptionOfType(VmRefused.class)
                .isThrownBy(() -> new ScriptedGuest(Map.of("separation", "none")))
                .withMessageContaining("hardware, two-tables, rewrite");
        assertThatExceptionOfType(VmRefused.class)
                .isThrownBy(() -> new ScriptedGuest(Map.of("tags", "17")))
                .withMessageContaining("tags=17");
    }
}

package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.vmm.shadow.ScriptedGuest.FREE;
import static org.memvirt.vmm.shadow.ScriptedGuest.PAGE;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.api.walk.Walk;
import org.memvirt.testkit.machine.AssembledMachine;

/** What the VMM takes from its tables, and from what is cached of them, when its host changes the guest's memory. */
final class HostChangesTest {
    private static final long VA = 1L << 39;
    private static final long ALIAS = VA + (1L << 30);
    private static final long LARGE = VA + (1L << 31);
    private static final long GPA = FREE;
    private static final long LARGE_GPA = FREE + (1L << 21);
    private static final int READ_ONLY = Rights.READ | Rights.EXECUTE;

    private ScriptedGuest guest = new ScriptedGuest(Map.of());

    /** A page, an alias of it, and the page beside it, all written; on hosts of large pages a large page, too. */
    private void start(SyncPolicy sync, int hostShift) {
        guest = new ScriptedGuest(new AssembledMachine(
                X86.format("x86-64"), new Shadowing(Map.of("sync", sync.toString())))
                        .guestMemory(ScriptedGuest.BYTES)
                        .hostPages(hostShift));
        guest.map(VA, GPA);
        guest.map(ALIAS, GPA);
        guest.map(VA + PAGE, GPA + PAGE);
        guest.reach(VA, Rights.USER_WRITE);
        guest.reach(ALIAS, Rights.USER_WRITE);
        guest.reach(VA + PAGE, Rights.USER_WRITE);
        if (hostShift > 12) {
            guest.table.map(LARGE, LARGE_GPA, 21, Rights.ALL, 0);
            guest.reach(LARGE, Rights.USER_WRITE);
            assertThat(guest.shadow().at(LARGE)).extracting(entry -> entry.shift).isEqualTo(21);
        }
    }

    private boolean isCached(long address, int needed) {
        return guest.vcpu.probe(address, needed, Walk.outer());
    }

    @ParameterizedTest
    @EnumSource(names = {"UNMAP", "REMAP", "AGE", "CLEAN"})
    void memoryThatGoesOrIsWatchedGoesFromEveryAliasAndFromTheCaches(HostChange change) {
        for (SyncPolicy sync : SyncPolicy.values()) {
            start(sync, 12);
            guest.vm.hostMappingChanged(GPA, PAGE, change);
            for (long address : new long[] {VA, ALIAS}) {
                assertThat(guest.shadow().at(address)).as("%s %#x", sync, address).isNull();
                assertThat(isCached(address, Rights.USER_READ)).as("%s %#x", sync, address).isFalse();
            }
            assertThat(isCached(VA + PAGE, Rights.USER_WRITE)).as("the page beside it").isTrue();
            assertThat(guest.vm.counts().zapped).isEqualTo(2);
            assertThat(guest.vm.audit()).isEmpty();
        }
    }

    @Test
    void memoryThatIsProtectedMayBeReadThroughEveryAliasAndNotWritten() {
        start(SyncPolicy.WRITE_PROTECT, 12);
        long flushed = guest.vm.counts().rangeFlushes;
        guest.vm.hostMappingChanged(GPA, PAGE, HostChange.PROTECT);
        for (long address : new long[] {VA, ALIAS}) {
            assertThat(isCached(address, Rights.USER_WRITE)).isFalse();
            assertThat(guest.vcpu.ask(address, Rights.USER_WRITE, null).succeeded()).isFalse();
            assertThat(guest.vcpu.ask(address, Rights.USER_READ, null).succeeded()).isTrue();
            assertThat(guest.shadow().at(address)).extracting(entry -> entry.granted()).isEqualTo(READ_ONLY);
            assertThat(guest.shadow().at(address)).extracting(entry -> entry.allowed).isEqualTo(READ_ONLY);
        }
        assertThat(guest.vm.counts().protectedEntries).isEqualTo(2);
        assertThat(guest.vm.counts().rangeFlushes - flushed).isEqualTo(2);
        assertThat(isCached(VA + PAGE, Rights.USER_WRITE)).as("the page beside it").isTrue();
        guest.vm.hostMappingChanged(GPA, PAGE, HostChange.PROTECT);
        assertThat(guest.vm.counts().protectedEntries).as("there is nothing left to take away").isEqualTo(2);
    }

    @Test
    void ofAPageThatIsProtectedInPartNothingStays() {
        start(SyncPolicy.WRITE_PROTECT, 21);
        guest.vm.hostMappingChanged(LARGE_GPA + PAGE, PAGE, HostChange.PROTECT);
        assertThat(guest.shadow().at(LARGE)).isNull();
        assertThat(isCached(LARGE, Rights.USER_READ)).isFalse();
        assertThat(guest.vm.counts().protectedEntries).isZero();
        start(SyncPolicy.WRITE_PROTECT, 21);
        guest.vm.hostMappingChanged(LARGE_GPA, 1L << 21, HostChange.PROTECT);
        assertThat(guest.shadow().at(LARGE)).as("protected as a whole").isNotNull();
        assertThat(guest.mayWrite(LARGE)).isFalse();
        start(SyncPolicy.WRITE_PROTECT, 21);
        guest.vm.hostMappingChanged(LARGE_GPA - PAGE, (1L << 21) + PAGE, HostChange.PROTECT);
        assertThat(guest.shadow().at(LARGE)).isNotNull();
        guest.vm.hostMappingChanged(LARGE_GPA, (1L << 21) + PAGE, HostChange.PROTECT);
        assertThat(guest.shadow().at(LARGE)).isNotNull();
    }

    @Test
    void oneWordThatIsProtectedIsAPartOfItsPage() {
        start(SyncPolicy.WRITE_PROTECT, 21);
        guest.vm.hostMappingChanged(LARGE_GPA, (1L << 21) - PAGE, HostChange.PROTECT);
        assertThat(guest.shadow().at(LARGE)).as("all but its end").isNull();
        start(SyncPolicy.WRITE_PROTECT, 21);
        guest.vm.hostMappingChanged(LARGE_GPA + PAGE, (1L << 21) - PAGE, HostChange.PROTECT);
        assertThat(guest.shadow().at(LARGE)).as("all but its beginning").isNull();
    }

    @Test
    void wherePagesAreSplitThoseOfOneGranuleStay() {
        start(SyncPolicy.WRITE_PROTECT, 21);
        guest.vm.hostMappingChanged(0, ScriptedGuest.BYTES, HostChange.SPLIT);
        assertThat(guest.shadow().at(LARGE)).isNull();
        assertThat(isCached(LARGE, Rights.USER_READ)).isFalse();
        assertThat(guest.shadow().at(VA)).isNotNull();
        assertThat(isCached(VA, Rights.USER_WRITE)).isTrue();
    }

    @Test
    void theHostIsToldWhatTheGuestReaches() {
        start(SyncPolicy.WRITE_PROTECT, 21);
        List<Long> reached = new ArrayList<>();
        guest.vm.forEachMapped(GPA, 1L << 22, (gpa, shift, accessed, dirty) -> {
            assertThat(accessed && dirty).isTrue();
            assertThat(shift).isEqualTo(gpa == LARGE_GPA ? 21 : 12);
            reached.add(gpa);
        });
        assertThat(reached).containsExactlyInAnyOrder(GPA, GPA, GPA + PAGE, LARGE_GPA);
        guest.vm.hostMappingChanged(GPA, 1L << 22, HostChange.UNMAP);
        guest.vm.forEachMapped(GPA, 1L << 22, (gpa, shift, accessed, dirty) -> {
            throw new AssertionError("%#x is still reached".formatted(gpa));
        });
    }

    @Test
    void storesToTablesTrapAndOthersDoNot() {
        start(SyncPolicy.UNSYNC, 12);
        long leaf = guest.leafOf(VA);
        assertThat(guest.vm.trapsStore(leaf)).isTrue();
        assertThat(guest.vm.trapsStore(leaf & -PAGE)).isTrue();
        assertThat(guest.vm.trapsStore(GPA)).isFalse();
        guest.vcpu.access().store(leaf + 64, 0);
        assertThat(guest.vm.trapsStore(leaf)).as("it may be written freely now").isFalse();
    }

    @Test
    void aVmThatEndsGivesAllItsTablesBack() {
        for (String sharing : List.of("off", "on")) {
            guest = new ScriptedGuest(Map.of("sharing", sharing));
            guest.map(VA, GPA);
            guest.reach(VA, Rights.USER_READ);
            guest.load(guest.another());
            assertThat(guest.vm.tableBytes()).isGreaterThan(PAGE);
            guest.vm.destroy();
            assertThat(guest.vm.tableBytes()).isZero();
            assertThat(guest.vm.counts().pages).isZero();
            assertThat(guest.vm.tables().all()).isEmpty();
            assertThat(guest.vm.tables().reverseMap().size()).isZero();
            assertThat(guest.vm.tables().guestTables().size()).isZero();
        }
    }
}

package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.memvirt.vmm.shadow.ScriptedGuest.BYTES;
import static org.memvirt.vmm.shadow.ScriptedGuest.FREE;
import static org.memvirt.vmm.shadow.ScriptedGuest.PAGE;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.vmm.ExitCause;
import org.memvirt.api.vmm.GuestBacking;
import org.memvirt.api.vmm.VmStopped;
import org.memvirt.testkit.machine.AssembledMachine;

/** Guests that go where their memory does not, or their host does not let them: the VMM stops them, and says where. */
final class StopsTest {
    private static final long VA = 1L << 39;
    private static final long LAST = BYTES - PAGE;
    private static final long FRAME = 0xf_ffff_f000L;

    private ScriptedGuest guest = new ScriptedGuest(Map.of());

    private void stops(long address, long gpa) {
        long exits = guest.exits(ExitCause.OUT_OF_BOUNDS);
        assertThatExceptionOfType(VmStopped.class)
                .isThrownBy(() -> guest.reach(address, Rights.USER_READ))
                .withMessage("the guest touches gPA %#x, which it may not: its memory ends at %#x", gpa, BYTES);
        assertThat(guest.exits(ExitCause.OUT_OF_BOUNDS)).isEqualTo(exits + 1);
    }

    @ParameterizedTest
    @ValueSource(longs = {BYTES, BYTES + (1L << 30)})
    void aPageThatLiesBeyondItsMemoryStopsAGuest(long gpa) {
        guest.map(VA, gpa);
        guest.map(VA + PAGE, FREE + PAGE);
        assertThat(guest.reach(VA + PAGE, Rights.USER_WRITE)).isEqualTo(guest.host(FREE + PAGE));
        stops(VA, gpa);
        assertThat(guest.shadow().at(VA)).isNull();
    }

    @Test
    void itsLastPageIsAPageLikeOthers() {
        guest.map(VA, LAST);
        guest.map(VA + PAGE, 0);
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(LAST));
        assertThat(guest.reach(VA + PAGE, Rights.USER_READ)).isEqualTo(guest.host(0));
    }

    @Test
    void aTableThatLiesBeyondItsMemoryStopsAGuest() {
        guest.map(VA, FREE);
        guest.reach(VA, Rights.USER_READ);
        long leaf = guest.leafOf(VA);
        for (GuestTable table : guest.vm.tables().guestTables().all()) {
            for (GuestEntry entry : table.entries()) {
                long word = guest.vcpu.access().load(entry.address);
                if (entry.leadsOn() && (word & FRAME) == (leaf & -PAGE)) {
                    guest.vcpu.access().store(entry.address, word & 0xfff | BYTES);
                    stops(VA, BYTES + (leaf & PAGE - 1));
                    return;
                }
            }
        }
        throw new AssertionError("no entry leads to the table of leaves");
    }

    @Test
    void aStoreThatTheHostNeverAllowsStopsAGuest() {
        guest = new ScriptedGuest(
                new AssembledMachine(X86.format("x86-64"), new Shadowing(Map.of()).over(ReadOnly::new))
                        .guestMemory(BYTES));
        guest.map(VA, FREE);
        guest.map(VA + PAGE, FREE + PAGE);
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(FREE));
        assertThat(guest.reach(VA + PAGE, Rights.USER_WRITE)).isEqualTo(guest.host(FREE + PAGE));
        assertThat(guest.mayWrite(VA)).isFalse();
        assertThatExceptionOfType(VmStopped.class)
                .isThrownBy(() -> guest.reach(VA, Rights.USER_WRITE))
                .withMessage("the guest may not do -w---- at gPA %#x, which its host holds read-only", FREE);
    }

    /** Memory of which the granule at {@link ScriptedGuest#FREE} is never written. */
    private record ReadOnly(GuestBacking memory) implements GuestBacking {
        @Override
        public long size() {
            return memory.size();
        }

        @Override
        public int granuleShift() {
            return memory.granuleShift();
        }

        @Override
        public long find(long gpa) {
            return memory.find(gpa);
        }

        private static boolean holds(long gpa) {
            return (gpa & -PAGE) == FREE;
        }

        @Override
        public int rights(long gpa) {
            return holds(gpa) ? memory.rights(gpa) & ~Rights.WRITE : memory.rights(gpa);
        }

        @Override
        public long populate(long gpa, int needed) {
            return holds(gpa) && (needed & Rights.WRITE) != 0 ? -1 : memory.populate(gpa, needed);
        }

        @Override
        public int contiguousShift(long gpa) {
            return memory.contiguousShift(gpa);
        }

        @Override
        public long reserveContiguous() {
            return memory.reserveContiguous();
        }
    }
}

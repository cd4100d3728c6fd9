package org.memvirt.vmm.nested;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.table.TableMemory;
import org.memvirt.engine.Machine;
import org.memvirt.testkit.machine.AssembledMachine;

/** Software that changes entries which hardware may hold, with and without a break: the audit tells one from the other. */
final class BreakBeforeMakeTest {
    private static final long ADDRESS = 8L << 21;
    private static final int LARGE = 21;

    private Machine machine;
    private PageTable guest;
    private PageTable stageTwo;

    /** Memory from an address on, for tables. */
    private static final class FramesFrom implements TableFrames {
        private long next;

        FramesFrom(long first) {
            next = first;
        }

        @Override
        public long allocate(long bytes) {
            next += bytes;
            return next - bytes;
        }

        @Override
        public void release(long address, long bytes) {
            // The next table lies elsewhere.
        }
    }

    /** The guest's memory, as its kernel reaches it. */
    private final class GuestPhysical implements TableMemory {
        @Override
        public long load(long address) {
            return machine.vcpu().access().load(address);
        }

        @Override
        public void store(long address, long value) {
            machine.vcpu().access().store(address, value);
        }
    }

    @BeforeEach
    void aGuestThatUsesOneLargePage() {
        machine = new AssembledMachine(Arm.format("aarch64-4k"), new NestedVmm())
                .stageTwo(Arm.format("aarch64-s2-4k"))
                .rulesOf(Arm.MMU)
                .hostPages(LARGE)
                .guestPages(LARGE)
                .guestMemory(256L << 20)
                .boot();
        machine.watchTables();
        machine.kernel().allow(machine.kernel().current(), ADDRESS, 1L << LARGE, Rights.USER);
        assertThat(machine.store(ADDRESS, 42)).isTrue();
        long root = machine.vcpu().ask(ADDRESS, Rights.USER_READ, null).root;
        guest = machine.config().format().ofRoot(0)
                .open(new GuestPhysical(), new FramesFrom(200L << 20), root);
        stageTwo = Arm.format("aarch64-s2-4k")
                .open(machine.memory(), new FramesFrom(1L << 30), ((NestedVm) machine.virtualMachine()).root());
        assertThat(guest.find(ADDRESS)).isNotNull();
        assertThat(machine.audit()).isEmpty();
    }

    private void flush(Invalidation stale) {
        machine.vcpu().invalidateEverywhere(stale, machine.vcpu().asid());
    }

    private void assertBroken(String... words) {
        assertThat(machine.audit()).singleElement().asString().contains(words);
    }

    @Test
    void aGuestThatSplitsAPageInOneStepIsTold() {
        flush(guest.split(ADDRESS, 12));
        assertBroken("break-before-make", "level 2 of aarch64-4k", "for 0x1000000", "it was not made invalid first");
    }

    @Test
    void oneThatBreaksItFirstIsNot() {
        flush(guest.split(ADDRESS, 12, this::flush));
        assertThat(machine.load(ADDRESS)).hasValue(42);
        assertThat(machine.audit()).isEmpty();
    }

    @Test
    void aGuestThatForgetsTheInvalidationIsTold() {
        guest.split(ADDRESS, 12, forgotten -> {});
        assertBroken("level 2 of aarch64-4k", "it was made invalid, but not invalidated");
    }

    @Test
    void aGuestThatInvalidatesAnotherPageIsTold() {
        guest.split(ADDRESS, 12, stale -> flush(Invalidation.page(ADDRESS + (1L << LARGE), LARGE)));
        assertBroken("it was made invalid, but not invalidated");
    }

    @Test
    void aGuestThatInvalidatesAnotherAddressSpaceIsTold() {
        guest.split(ADDRESS, 12,
                stale -> machine.vcpu().invalidateEverywhere(stale, machine.vcpu().asid() + 1));
        assertBroken("it was made invalid, but not invalidated");
    }

    @Test
    void aPageThatMovesNeedsABreak() {
        long to = 64L << 20;
        Invalidation stale = guest.unmap(ADDRESS);
        guest.map(ADDRESS, to, LARGE, Rights.USER, PageTable.ACCESSED);
        assertBroken("becomes 0x", "it was made invalid, but not invalidated");
        flush(stale);
    }

    @Test
    void onesWhoseRightsOrMarksChangeDoNot() {
        flush(guest.protect(ADDRESS, Rights.USER_READ));
        assertThat(machine.load(ADDRESS)).hasValue(42);
        flush(guest.protect(ADDRESS, Rights.USER));
        flush(guest.mark(ADDRESS, 0, PageTable.ACCESSED | PageTable.DIRTY));
        assertThat(machine.store(ADDRESS, 43)).isTrue();
        assertThat(machine.audit()).isEmpty();
    }

    @Test
    void nothingIsToldOfWhatHardwareNeverRead() {
        flush(guest.unmap(ADDRESS));
        for (long to : List.of(64L << 20, 96L << 20)) {
            guest.map(ADDRESS, to, LARGE, Rights.USER, PageTable.ACCESSED);
            guest.unmap(ADDRESS);
        }
        assertThat(machine.audit()).isEmpty();
    }

    @Test
    void aVmmThatSplitsAPageInOneStepIsTold() {
        long gpa = machine.kernel().find(machine.kernel().current(), ADDRESS).outputAddress();
        stageTwo.split(gpa, 12);
        assertBroken("level 2 of aarch64-s2-4k", "for 0x%x".formatted(gpa), "it was not made invalid first");
    }

    /** TLBI IPAS2E1 leaves what is cached of both stages. */
    @Test
    void aVmmThatInvalidatesBothStagesIsNotTold() {
        long gpa = machine.kernel().find(machine.kernel().current(), ADDRESS).outputAddress();
        machine.backing().logged().split();
        assertThat(machine.load(ADDRESS)).hasValue(42);
        assertThat(machine.audit()).isEmpty();
    }
}

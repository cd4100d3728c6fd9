package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.memvirt.vmm.shadow.ScriptedGuest.FREE;
import static org.memvirt.vmm.shadow.ScriptedGuest.PAGE;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.walk.Walk;
import org.memvirt.testkit.machine.AssembledMachine;

/** Which shadows go when their memory is wanted, and that nothing is left of them. */
final class RecyclingTest {
    private static final long VA = 1L << 39;

    private ScriptedGuest guest = new ScriptedGuest(Map.of());

    private PageTable run(int number) {
        PageTable table = guest.another();
        table.map(VA, FREE + number * PAGE, 12, Rights.ALL, 0);
        guest.load(table);
        assertThat(guest.reach(VA, Rights.USER_WRITE)).isEqualTo(guest.host(FREE + number * PAGE));
        assertThat(guest.vm.audit()).isEmpty();
        return table;
    }

    private List<Long> roots() {
        return guest.vm.tables().roots().stream().map(root -> root.role.guestTable()).toList();
    }

    @Test
    void thoseLoadedLongestAgoGoFirst() {
        guest = new ScriptedGuest(Map.of("spt-memory", "12K"));
        List<PageTable> tables = new ArrayList<>();
        for (int number = 0; number < 3; number++) {
            tables.add(run(number));
        }
        assertThat(roots()).as("one is loaded, and takes more than there is").containsExactly(tables.get(2).root());
        guest = new ScriptedGuest(Map.of("spt-memory", "48K"));
        tables.clear();
        for (int number = 0; number < 3; number++) {
            tables.add(run(number));
        }
        guest.load(tables.get(0));
        long recycled = guest.vm.counts().recycled;
        tables.add(run(3));
        assertThat(roots()).containsExactly(tables.get(2).root(), tables.get(0).root(), tables.get(3).root());
        assertThat(guest.vm.counts().recycled).isEqualTo(recycled + 1);
        assertThat(guest.vm.tableBytes()).isEqualTo(12 * PAGE);
        assertThat(guest.vm.counts().pages).isEqualTo(12);
    }

    @Test
    void whatALoadedOneGrowsByIsTakenFromTheOthersAtOnce() {
        guest = new ScriptedGuest(Map.of("spt-memory", "36K"));
        run(0);
        PageTable second = run(1);
        assertThat(roots()).hasSize(2);
        for (int far = 1; far < 4; far++) {
            second.map(VA + ((long) far << 39), FREE, 12, Rights.ALL, 0);
            guest.reach(VA + ((long) far << 39), Rights.USER_READ);
        }
        assertThat(roots()).as("13 tables of the one that is loaded").containsExactly(second.root());
        assertThat(guest.vm.counts().recycled).isPositive();
    }

    @Test
    void withoutALimitNoneGoes() {
        for (int number = 0; number < 20; number++) {
            run(number);
        }
        assertThat(guest.vm.counts().recycled).isZero();
        assertThat(guest.vm.tables().roots()).hasSize(20);
    }

    @Test
    void whatIsRecycledIsNoMoreCachedAndItsMemoryIsUsedAgain() {
        guest = new ScriptedGuest(Map.of("spt-memory", "16K", "tags", "4"));
        PageTable first = run(0);
        long flushes = guest.vm.counts().fullFlushes;
        run(1);
        assertThat(guest.vm.counts().recycled).isEqualTo(1);
        assertThat(guest.vm.counts().fullFlushes).isGreaterThan(flushes);
        guest.load(first);
        assertThat(guest.vcpu.probe(VA, Rights.USER_READ, Walk.outer())).isFalse();
        assertThat(guest.reach(VA, Rights.USER_READ)).isEqualTo(guest.host(FREE));
    }

    /** So many bytes for tables. */
    private static final class Few implements TableFrames {
        private final TableFrames frames;
        private long left;

        Few(TableFrames frames, long left) {
            this.frames = frames;
            this.left = left;
        }

        @Override
        public long allocate(long bytes) {
            if (bytes > left) {
                throw new OutOfMemory("no memory for tables");
            }
            left -= bytes;
            return frames.allocate(bytes);
        }

        @Override
        public void release(long address, long bytes) {
            left += bytes;
            frames.release(address, bytes);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"off", "on"})
    void whereTheHostHasNoMemoryLeftTablesThatNobodyHasLoadedMakeRoom(String sharing) {
        guest = new ScriptedGuest(new AssembledMachine(
                X86.format("x86-64"),
                new Shadowing(Map.of("sharing", sharing)).within(frames -> new Few(frames, 10 * PAGE)))
                        .guestMemory(ScriptedGuest.BYTES));
        for (int number = 0; number < 10; number++) {
            run(number);
        }
        assertThat(guest.vm.counts().recycled).isGreaterThanOrEqualTo(8);
        assertThat(guest.vm.tableBytes()).isLessThanOrEqualTo(10 * PAGE);
    }

    @Test
    void whereThatIsNotEnoughTheHostHears() {
        guest = new ScriptedGuest(new AssembledMachine(
                X86.format("x86-64"), new Shadowing(Map.of()).within(frames -> new Few(frames, 5 * PAGE)))
                        .guestMemory(ScriptedGuest.BYTES));
        PageTable table = run(0);
        table.map(VA + (1L << 30), FREE, 12, Rights.ALL, 0);
        assertThatExceptionOfType(TableFrames.OutOfMemory.class)
                .isThrownBy(() -> guest.reach(VA + (1L << 30), Rights.USER_READ))
                .withMessage("no memory for tables");
        assertThat(guest.vm.tableBytes()).as("what was made is counted").isEqualTo(guest.vm.counts().pages * PAGE);
    }
}

package org.memvirt.vmm.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.ArchitectedTlb;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.tlb.SoftwareTlb.Entry;
import org.memvirt.api.vmm.GuestTlb;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.api.walk.WalkObserver;
import org.memvirt.engine.Machine;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Section;
import org.memvirt.mips.MipsMmu;
import org.memvirt.testkit.HashedFormat;
import org.memvirt.testkit.machine.AssembledMachine;
import org.memvirt.testkit.machine.ChosenTlb;

/** What a refill through a linear page table is made of, on a machine without a VMM. */
final class LinearTableTest {
    private static final ArchitectedTlb LINEAR =
            (ArchitectedTlb) new MipsMmu().architecture().with(Map.of("table", "linear"));

    private static final long ADDRESS = 0x12_3456;
    private static final long TABLE_32 = 0xffff_ffff_e000_0000L;
    private static final long TABLE_64 = 0xc000_0000_0000_0000L;

    private static AssembledMachine of32Bits() {
        return new AssembledMachine(LINEAR.formats().getFirst(), new NativeMachine())
                .mmu(new ChosenTlb(LINEAR, "24kf"));
    }

    private static AssembledMachine of64Bits() {
        return new AssembledMachine(LINEAR.formats().getLast(), new NativeMachine())
                .mmu(new ChosenTlb(LINEAR, "5kec"));
    }

    private static void read(Machine machine, long... addresses) {
        AccessBatch batch = new AccessBatch(addresses.length);
        for (long address : addresses) {
            batch.add(address, Rights.USER_READ);
        }
        assertThat(machine.vcpu().execute(batch, 0)).isEqualTo(addresses.length);
    }

    private static GuestTlb tlb(Machine machine) {
        return Objects.requireNonNull(machine.vcpu().guestTlb());
    }

    /** The entry that maps an address of the table in the address space that runs. */
    private static Entry entryOf(Machine machine, long address) {
        GuestTlb tlb = tlb(machine);
        Entry entry = new Entry();
        tlb.read(tlb.probe(address, tlb.tag()), entry);
        return entry;
    }

    private static long count(Machine machine, Count count) {
        return machine.counters().get(count);
    }

    /** What is loaded, as {@code L2 0x201000}. */
    private static final class Loads implements WalkObserver {
        final List<String> made = new ArrayList<>();

        @Override
        public void reference(int guestLevel, int hostLevel, long address, long entry) {
            made.add("L%d %#x".formatted(guestLevel, address));
        }
    }

    /** The first handler gets as far as its load; another one loads a pair of the root's; the first one runs again. */
    @Test
    void aLoadThatMissesHasAnotherHandlerMapTheTable() {
        Machine machine = of32Bits().boot();
        Loads loads = new Loads();
        Entry entry = new Entry();
        assertThat(machine.single().refill(ADDRESS, Rights.USER_READ, loads, entry)).isNotNegative();
        assertThat(count(machine, Count.REFILLS)).isEqualTo(2);
        assertThat(count(machine, Count.NESTED_HANDLERS)).isOne();
        assertThat(machine.counters().counts.sum(Section.HANDLERS)).isEqualTo(3);
        assertThat(count(machine, Count.HANDLER_INSTRUCTIONS)).isEqualTo(3 + 20 + 11);
        assertThat(count(machine, Count.NESTED_INSTRUCTIONS)).isEqualTo(20);
        assertThat(count(machine, Count.HANDLER_LOADS)).isEqualTo(4);
        assertThat(count(machine, Count.NESTED_LOADS)).isEqualTo(2);
        assertThat(count(machine, Count.HANDLER_MISSES)).isOne();
        assertThat(count(machine, Count.TLB_WRITES)).isEqualTo(2);
        assertThat(count(machine, Count.HANDLER_STORES)).isZero();
        long root = machine.vcpu().ask(ADDRESS, Rights.USER_READ, null).root;
        assertThat(loads.made).containsExactly(
                "L2 %#x".formatted(root),
                "L2 %#x".formatted(root + 4),
                "L1 %#x".formatted(TABLE_32 + (ADDRESS >>> 12) * 4),
                "L1 %#x".formatted(TABLE_32 + (ADDRESS >>> 12) * 4 - 4));
        assertThat(entry.odd.valid).isTrue();
        assertThat(entry.even.valid).isFalse();
        Entry ofTable = entryOf(machine, TABLE_32);
        assertThat(ofTable.global).isFalse();
        assertThat(ofTable.even.allowed).isEqualTo(Rights.READ | Rights.EXECUTE);
        assertThat(ofTable.odd.valid).as("no table yet").isFalse();
    }

    @Test
    void withThreeLevelsTheOtherHandlerLoadsOfTheUpperTwo() {
        Machine machine = of64Bits().boot();
        Loads loads = new Loads();
        machine.single().refill(ADDRESS, Rights.USER_READ, loads, new Entry());
        assertThat(count(machine, Count.HANDLER_INSTRUCTIONS)).isEqualTo(2 + 20 + 10);
        assertThat(count(machine, Count.HANDLER_LOADS)).isEqualTo(5);
        assertThat(count(machine, Count.NESTED_LOADS)).isEqualTo(3);
        assertThat(loads.made).element(3).isEqualTo("L1 %#x".formatted(TABLE_64 + (ADDRESS >>> 12) * 8));
    }

    /** Once a page of the table is mapped, a miss costs the first handler alone, for all that the page has entries of. */
    @Test
    void aLoadThatHitsNeedsNoOtherHandler() {
        Machine machine = of32Bits().boot();
        read(machine, ADDRESS, 0x30_0000);
        machine.beginCounting();
        read(machine, ADDRESS, 0x30_0000);
        assertThat(count(machine, Count.REFILLS)).isEqualTo(3);
        assertThat(count(machine, Count.NESTED_HANDLERS)).isOne();
        assertThat(count(machine, Count.HANDLER_LOADS)).isEqualTo(4 + 2);
        assertThat(count(machine, Count.HANDLER_MISSES)).isOne();
        assertThat(count(machine, Count.HANDLER_INSTRUCTIONS)).isEqualTo(34 + 11);
    }

    /** The pair's other page is invalid as long as there is no table, and is then mended in its place. */
    @Test
    void aTableThatComesLaterIsMapped() {
        Machine machine = of32Bits().boot();
        read(machine, ADDRESS);
        machine.beginCounting();
        read(machine, ADDRESS, 0x40_0000);
        assertThat(count(machine, Count.NESTED_HANDLERS)).as("no table: a page fault").isEqualTo(2);
        assertThat(entryOf(machine, TABLE_32).odd.valid).isFalse();
        int index = tlb(machine).probe(TABLE_32, tlb(machine).tag());
        read(machine, 0x40_2000);
        assertThat(count(machine, Count.NESTED_HANDLERS)).isEqualTo(3);
        Entry mended = entryOf(machine, TABLE_32 + 4096);
        assertThat(mended.odd.valid).isTrue();
        assertThat(mended.even.valid).isTrue();
        assertThat(tlb(machine).probe(TABLE_32, tlb(machine).tag())).as("in its place").isEqualTo(index);
    }

    @Test
    void aTableThatIsNoLongerInUseIsNoLongerMapped() {
        Machine machine = of32Bits().boot();
        read(machine, ADDRESS);
        machine.beginCounting();
        read(machine, ADDRESS);
        GuestTlb tlb = tlb(machine);
        machine.vcpu().invalidate(Invalidation.page(ADDRESS & -4096, 12), machine.vcpu().asid());
        assertThat(tlb.probe(ADDRESS, tlb.tag())).isNegative();
        assertThat(tlb.probe(TABLE_32, tlb.tag())).isNotNegative();
        machine.vcpu().invalidate(Invalidation.tables(1L << 23, 1L << 22), machine.vcpu().asid());
        assertThat(tlb.probe(TABLE_32, tlb.tag())).as("another pair of tables").isNotNegative();
        machine.vcpu().invalidate(Invalidation.tables(0, 1L << 22), machine.vcpu().asid());
        assertThat(tlb.probe(TABLE_32, tlb.tag())).isNegative();
    }

    /** Where the upper level has a page in the place of a table, the other handler writes that, and the first is done with. */
    @Test
    void aLargePageHasNoEntryInTheTable() {
        Machine machine = of64Bits().guestPages(21).boot();
        Entry entry = new Entry();
        assertThat(machine.single().refill(ADDRESS, Rights.USER_READ, new Loads(), entry)).isNotNegative();
        assertThat(count(machine, Count.REFILLS)).isOne();
        assertThat(count(machine, Count.NESTED_HANDLERS)).isOne();
        assertThat(count(machine, Count.TLB_WRITES)).isOne();
        assertThat(count(machine, Count.HANDLER_INSTRUCTIONS)).isEqualTo(2 + 20);
        assertThat(entry.pageShift).isEqualTo(20);
        assertThat(tlb(machine).probe(TABLE_64, tlb(machine).tag())).isNegative();
    }

    @Test
    void tablesThatMakeNoArrayAreRefused() {
        AssembledMachine hashed = new AssembledMachine(new HashedFormat(12), new NativeMachine())
                .mmu(new ChosenTlb(LINEAR, "5kec"));
        assertThatThrownBy(hashed::boot)
                .isInstanceOf(VmRefused.class)
                .hasMessageContaining("its handlers look in a linear page table")
                .hasMessageContaining("make none; name another format");
    }
}

package org.memvirt.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.architecture.EncodedFault;
import org.memvirt.api.radix.RadixFormat;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.StageTwoPort;
import org.memvirt.api.table.TableRoot;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.api.walk.WalkPort;

/** SDM, "PDPTE Registers"; APM vol. 2, "TLB Management", handling of PDPT entries in PAE mode. */
class DirectoryPointersTest {
    private static final int TOP = 3;

    private static WalkPort load(OneMapping mapping) {
        return mapping.format.loadRoot(mapping.walk, mapping.table.root(), mapping.memory);
    }

    private static Walk access(OneMapping mapping, WalkPort port, int rights) {
        mapping.walk.start(mapping.table.root(), mapping.input, rights);
        mapping.format.walk(mapping.walk, port);
        return mapping.walk;
    }

    @Test
    void aWalkBeginsAtTheRegister() {
        OneMapping mapping = new OneMapping("pae", "", 12, 0);
        WalkPort port = load(mapping);
        assertThat(mapping.walk.succeeded()).isTrue();
        long pointer = mapping.entry(TOP);
        Walk walk = access(mapping, port, Rights.USER_READ);
        assertThat(walk.outputAddress).isEqualTo(mapping.output);
        assertThat(walk.trail.length()).as("references").isEqualTo(2);
        assertThat(mapping.entry(TOP)).as("a pointer has no accessed flag").isEqualTo(pointer);
        assertThat(mapping.entry(2) & EntryBits.ACCESSED).isNotZero();
    }

    @Test
    void noWalkCacheLearnsWhatARegisterGave() {
        OneMapping mapping = new OneMapping("pae", "", 12);
        WalkPort port = load(mapping);
        mapping.walk.recordsTables = true;
        Walk walk = access(mapping, port, Rights.USER_READ);
        assertThat(walk.highestVisited).isEqualTo(2);
        assertThat(walk.lowestVisited).isEqualTo(1);
    }

    @Test
    void aChangeInMemoryIsSeenAfterTheNextLoad() {
        OneMapping mapping = new OneMapping("pae", "", 12);
        WalkPort port = load(mapping);
        mapping.bend(TOP, EntryBits.PRESENT, 0);
        assertThat(access(mapping, port, Rights.USER_READ).succeeded()).isTrue();
        port = load(mapping);
        assertThat(mapping.walk.succeeded()).as("a pointer may be absent").isTrue();
        Walk walk = access(mapping, port, Rights.USER_WRITE);
        assertThat(walk.fault).isEqualTo(Fault.NOT_PRESENT);
        assertThat(walk.faultLevel).isEqualTo(TOP);
        assertThat(walk.trail.length()).as("references").isZero();
        assertThat(OneMapping.X86.encode(walk).fields()).containsEntry("error", 6L);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 6, 7, 8, 40, 51, 52, 62, 63})
    void aReservedBitOfAPresentPointerRefusesTheLoad(int bit) {
        OneMapping mapping = new OneMapping("pae", "maxphyaddr=40", 12).bend(TOP, 0, 1L << bit);
        load(mapping);
        assertThat(mapping.walk.fault).isEqualTo(Fault.RESERVED_BIT);
        EncodedFault fault = OneMapping.X86.encode(mapping.walk);
        assertThat(fault.name()).isEqualTo("#GP");
        assertThat(fault.fields()).isEqualTo(Map.of("vector", 13L, "error", 0L));
        mapping.bend(TOP, EntryBits.PRESENT, 0);
        load(mapping);
        assertThat(mapping.walk.succeeded()).as("the bits of an absent pointer are ignored").isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 9, 10, 11})
    void otherBitsAreIgnored(int bit) {
        OneMapping mapping = new OneMapping("pae", "maxphyaddr=40", 12).bend(TOP, 0, 1L << bit);
        WalkPort port = load(mapping);
        assertThat(access(mapping, port, Rights.USER_READ).outputAddress).isEqualTo(mapping.output);
    }

    @Test
    void inMemoryTheyAreReadAndCheckedByEachWalk() {
        OneMapping mapping = new OneMapping("pae", "pdptes=memory", 12);
        assertThat(load(mapping)).isSameAs(mapping.memory);
        assertThat(mapping.format.loadsTopTable()).isFalse();
        assertThat(access(mapping, mapping.memory, Rights.USER_READ).trail.length()).isEqualTo(3);
        mapping.bend(TOP, 0, 1L << 5);
        load(mapping);
        assertThat(mapping.walk.succeeded()).isTrue();
        assertThat(mapping.fault(Rights.USER_READ)).containsEntry("vector", 14L).containsEntry("error", 13L);
    }

    @ParameterizedTest
    @CsvSource({"ept, true", "ept5, true", "npt, false"})
    void theSecondStageTellsWhoseProcessorItIs(String stageTwo, boolean loaded) {
        PageTableFormat over = OneMapping.format("pae", "wp=off").over(OneMapping.format(stageTwo, ""));
        assertThat(over.loadsTopTable()).isEqualTo(loaded);
        assertThat(((LinearFormat) over).controls().has(Controls.WP)).isFalse();
        PageTableFormat long4 = OneMapping.format("x86-64", "");
        assertThat(((LinearFormat) long4.over(OneMapping.format(stageTwo, ""))).controls().isAmd()).isEqualTo(!loaded);
        assertThat(long4.loadsTopTable()).isFalse();
    }

    @Test
    void anOptionThatIsNeitherIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OneMapping.format("pae", "pdptes=cache"))
                .withMessageContaining("registers or memory");
    }

    /** The table of a guest, and the second stage through which it is loaded. */
    private static final class UnderEpt {
        final OneMapping guest = new OneMapping("pae", "", 12);
        final RadixFormat ept = OneMapping.format("ept", "ad=on");
        final PageTable stageTwo = ept.create(guest.memory, guest.memory);
        final StageTwoPort port = new StageTwoPort(new TableRoot(ept, stageTwo.root()), guest.memory);

        long leaf() {
            Walk search = Walk.outer();
            search.start(stageTwo.root(), guest.table.root(), Rights.NONE);
            ept.walk(search, guest.memory);
            return guest.memory.load(search.hostAddress);
        }
    }

    @Test
    void theLoadReadsThroughEpt() {
        UnderEpt under = new UnderEpt();
        under.stageTwo.map(0, 0, 21, Rights.ALL, 0);
        long page = under.guest.output & -1L << 21;
        under.stageTwo.map(page, page, 21, Rights.ALL, 0);
        WalkPort loaded = under.guest.format.loadRoot(under.guest.walk, under.guest.table.root(), under.port);
        assertThat(under.guest.walk.succeeded()).isTrue();
        assertThat(under.leaf() >>> 8 & 3).as("accessed and not dirty").isEqualTo(1);
        Walk walk = access(under.guest, loaded, Rights.USER_READ);
        assertThat(walk.outputAddress).isEqualTo(under.guest.output);
        assertThat(walk.trail.length()).as("two guest entries, three translations of three").isEqualTo(2 + 3 * 3);
        assertThat(under.leaf() >>> 8 & 3).as("dirty by the walk's references").isEqualTo(3);
    }

    /** SDM, exit qualification for EPT violations: bits 7 and 8 are clear, there is no guest linear address. */
    @Test
    void anEptViolationOfTheLoadHasNoLinearAddress() {
        UnderEpt under = new UnderEpt();
        under.guest.format.loadRoot(under.guest.walk, under.guest.table.root(), under.port);
        assertThat(OneMapping.X86.encode(under.guest.walk).fields())
                .isEqualTo(Map.of("reason", 48L, "qualification", 1L, "gpa", under.guest.table.root()));
    }
}

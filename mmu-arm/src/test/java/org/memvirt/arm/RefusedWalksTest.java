package org.memvirt.arm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Walk;
import org.memvirt.engine.memory.HostPort;
import org.memvirt.engine.memory.PhysicalMemory;
import org.memvirt.testkit.format.CountedFrames;

/** Hardware is kept from tables that software reads as ever. */
final class RefusedWalksTest {
    private static final long ADDRESS = -1L << 47;

    private final PageTableFormat tables =
            TwoHalves.half(Granule.K16, Half.UPPER, Map.of("va-bits", "47", "pa-bits", "44", "tbi", "on"));
    private final PhysicalMemory memory = new PhysicalMemory(1L << 30);
    private final CountedFrames frames = new CountedFrames(memory, 1L << 20);

    private Walk walk(PageTableFormat format, long root, long address, int access) {
        Walk walk = Walk.outer();
        walk.start(root, address, access);
        format.walk(walk, new HostPort(memory));
        return walk;
    }

    @Test
    void softwareSeesTheTablesThemselves() {
        PageTableFormat refused = new RefusedWalks(tables, Rights.ALL, Fault.ADDRESS_SIZE);
        assertThat(refused.name()).isEqualTo(tables.name());
        assertThat(refused.description()).isEqualTo(tables.description());
        assertThat(refused.stages()).isEqualTo(tables.stages()).containsExactly(Stage.STAGE_1);
        assertThat(refused.levels()).isEqualTo(3);
        assertThat(refused.levelNumber(3)).isEqualTo(1);
        assertThat(refused.coverShift(1)).isEqualTo(25);
        assertThat(refused.inputBits()).isEqualTo(47);
        assertThat(refused.outputBits()).isEqualTo(44);
        assertThat(refused.pageShifts()).isEqualTo(tables.pageShifts());
        assertThat(refused.attributes()).isEqualTo(PageTable.ACCESSED | PageTable.DIRTY | PageTable.GLOBAL);
        assertThat(refused.attributesSetByHardware()).isEqualTo(PageTable.ACCESSED | PageTable.DIRTY);
        assertThat(refused.breaksBeforeMake()).isTrue();
        assertThat(refused.inRange(ADDRESS)).isTrue();
        assertThat(refused.inRange(ADDRESS - 1)).isFalse();
        assertThat(refused.ignoresTags()).isTrue();
        PageTableFormat untagged = TwoHalves.half(Granule.K16, Half.UPPER, Map.of());
        assertThat(new RefusedWalks(untagged, Rights.ALL, Fault.ADDRESS_SIZE).ignoresTags()).isFalse();
        assertThat(refused.untagged(0x00ff_8000_0000_0000L, Rights.USER_READ)).isEqualTo(-1L << 47);
        assertThat(refused.kernelBase()).isEqualTo(ADDRESS);
        assertThat(refused.describe(1, 0, 0x4403)).isEqualTo(tables.describe(1, 0, 0x4403));
    }

    @Test
    void softwareEditsTheTablesThemselves() {
        PageTableFormat refused = new RefusedWalks(tables, Rights.ALL, Fault.ADDRESS_SIZE);
        PageTable made = refused.create(memory, frames);
        made.map(ADDRESS, 0x8000, 14, Rights.ALL, PageTable.ACCESSED);
        assertThat(refused.open(memory, frames, made.root()).find(ADDRESS)).isEqualTo(made.find(ADDRESS)).isNotNull();
        assertThat(walk(tables, made.root(), ADDRESS + 8, Rights.SUPERVISOR_READ).outputAddress).isEqualTo(0x8008);
        Walk walk = walk(refused, made.root(), ADDRESS + 8, Rights.SUPERVISOR_READ);
        assertThat(walk.fault).isEqualTo(Fault.ADDRESS_SIZE);
        assertThat(walk.trail.length()).isZero();
    }

    /** E0PD keeps EL0 out; a root register that is out of range everybody, with a fault of its own. */
    @ParameterizedTest
    @CsvSource({
        "USER_READ, 0xffff800000000008, RESERVED_BIT, 0", "USER_EXECUTE, 0xffff800000000008, RESERVED_BIT, 0",
        "SUPERVISOR_READ, 0xffff800000000008, NONE, 3",
        // An address that is too wide is told as such, whoever asks; with a tag it is not too wide.
        "USER_READ, 0xffff7ffffffffff8, ADDRESS_SIZE, 0", "SUPERVISOR_READ, 0xffff7ffffffffff8, ADDRESS_SIZE, 0",
        "USER_READ, 0x12ff800000000008, RESERVED_BIT, 0", "SUPERVISOR_READ, 0x12ff800000000008, NONE, 3"
    })
    void someAccessesAreRefused(String access, String address, Fault fault, int references) throws Exception {
        PageTableFormat refused = new RefusedWalks(tables, Rights.USER, Fault.RESERVED_BIT);
        PageTable made = refused.create(memory, frames);
        made.map(ADDRESS, 0x8000, 14, Rights.ALL, PageTable.ACCESSED);
        int rights = Rights.class.getField(access).getInt(null);
        Walk walk = walk(refused, made.root(), Long.parseUnsignedLong(address.substring(2), 16), rights);
        assertThat(walk.fault).isEqualTo(fault);
        assertThat(walk.trail.length()).isEqualTo(references);
        if (fault != Fault.NONE) {
            assertThat(FaultEncoding.encode(walk).fields()).containsEntry("level", 0L);
        }
    }
}

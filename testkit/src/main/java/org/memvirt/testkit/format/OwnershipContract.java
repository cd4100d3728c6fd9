package org.memvirt.testkit.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.memvirt.testkit.trial.Addresses.assertThatAddress;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.MappingConflict;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.table.TableFrames.OutOfMemory;
import org.memvirt.api.walk.Walk;

/** Whose a table's memory is: what there is not enough of, what is shared, what goes back. */
public interface OwnershipContract extends FormatUnderTest {
    /** More tables than one page needs. */
    int MOST_TABLES = 64;

    @Test
    default void withoutMemoryForATableTheOldOneStaysUsable() {
        TableFixture fixture = new TableFixture(format());
        long there = anchors().getFirst();
        long wanted = anchors().getLast() + (1L << largestPage());
        fixture.table.map(there, 0, basePage(), Rights.ALL, 0);
        List<Mapping> before = TableFixture.pages(fixture.table);
        for (int left = 0; left < MOST_TABLES; left++) {
            fixture.frames.leaveOnly(left);
            try {
                fixture.table.map(wanted, 0, basePage(), Rights.ALL, attributesOfUse());
                break;
            } catch (OutOfMemory expected) {
                assertThat(TableFixture.pages(fixture.table)).isEqualTo(before);
                assertThat(fixture.table.find(wanted)).isNull();
                assertThat(fixture.table.bytes()).isEqualTo(fixture.frames.bytes());
            }
        }
        fixture.frames.leaveOnly(MOST_TABLES);
        if (fixture.table.find(wanted) == null) {
            fixture.table.map(wanted, 0, basePage(), Rights.ALL, attributesOfUse());
        }
        assertThat(fixture.walk(wanted, Rights.SUPERVISOR_READ).succeeded()).isTrue();
        fixture.table.release();
        assertThat(fixture.frames.bytes()).isZero();
    }

    @Test
    default void withoutMemoryForItsTablesALargePageStaysWhole() {
        if (basePage() == largestPage()) {
            return;
        }
        int large = format().pageShifts().get(1);
        TableFixture fixture = new TableFixture(format());
        long input = anchors().getFirst();
        fixture.table.map(input, 0, large, Rights.ALL, attributesOfUse());
        List<Mapping> before = TableFixture.pages(fixture.table);
        fixture.frames.leaveOnly(0);
        try {
            fixture.table.split(input, basePage());
        } catch (OutOfMemory expected) {
            assertThat(TableFixture.pages(fixture.table)).isEqualTo(before);
        }
        assertThat(fixture.walk(input, Rights.SUPERVISOR_READ).succeeded()).isTrue();
        assertThat(fixture.table.bytes()).isEqualTo(fixture.frames.bytes());
    }

    @Test
    default void aNewTableNeedsMemory() {
        TableFixture fixture = new TableFixture(format());
        fixture.frames.leaveOnly(0);
        assertThatExceptionOfType(OutOfMemory.class).isThrownBy(fixture::another);
    }

    @Test
    default void anAdoptedRangeTranslatesAsWhereItCameFrom() {
        TableFixture fixture = new TableFixture(format());
        long from = format().kernelBase();
        if (!format().inRange(from)) {
            return; // Programs have all addresses.
        }
        int shift = basePage();
        for (int page = 0; page < 5; page++) {
            fixture.table.map(
                    from + ((long) page << shift), (long) page << shift, shift, Rights.ALL, attributesOfUse());
        }
        long below = anchors().getFirst();
        boolean hasBelow = below != from;
        if (hasBelow) {
            fixture.table.map(below, 0, shift, Rights.ALL, 0);
        }

        PageTable adopter = fixture.another();
        adopter.adopt(fixture.table, from, half());
        for (int page = 0; page < 5; page++) {
            long input = from + ((long) page << shift) + 8;
            Walk walk = fixture.walk(adopter, input, Rights.SUPERVISOR_READ);
            assertThat(walk.succeeded()).as("%s", walk).isTrue();
            assertThatAddress(walk.outputAddress).isEqualTo(input - from);
        }
        if (hasBelow) {
            assertThat(adopter.find(below)).as("what lies outside the adopted range").isNull();
        }

        adopter.release();
        assertThat(fixture.walk(from, Rights.SUPERVISOR_READ).succeeded())
                .as("the table that was adopted from goes on when the adopter is released")
                .isTrue();
        fixture.table.release();
        assertThat(fixture.frames.bytes()).isZero();
    }

    @Test
    default void aPartTranslatesTheSameInEveryTableThatLinksIt() {
        PageTableFormat format = format();
        long input = anchors().getLast();
        for (int level = 1; format.hasParts() && level < format.levels(); level++) {
            TableFixture fixture = new TableFixture(format);
            PageTable other = fixture.another();
            PageTable part = format.createPart(level, fixture.memory, fixture.frames);
            fixture.table.link(input, part);
            part.map(input, 0, basePage(), Rights.ALL, attributesOfUse());
            other.link(input, part);
            for (PageTable table : List.of(fixture.table, other)) {
                assertThat(TableFixture.pages(table)).extracting(Mapping::inputAddress).containsExactly(input);
                assertThat(fixture.walk(table, input, Rights.SUPERVISOR_READ).succeeded()).isTrue();
                assertThatExceptionOfType(MappingConflict.class).isThrownBy(() -> table.link(input, part));
            }
            Invalidation stale = other.unlink(input, part);
            assertThat(stale.what()).isEqualTo(Invalidation.Reach.TABLES);
            assertThat(stale.bytes()).isEqualTo(1L << format.coverShift(level));
            assertThat(input - stale.address()).isBetween(0L, stale.bytes() - 1);
            assertThat(other.unlink(input, part)).isEqualTo(Invalidation.NOTHING);
            assertThat(fixture.walk(other, input, Rights.SUPERVISOR_READ).succeeded()).isFalse();
            part.unmap(input);
            assertThat(fixture.walk(input, Rights.SUPERVISOR_READ).succeeded()).isFalse();
            fixture.table.unlink(input, part);
            other.release();
            part.release();
            fixture.table.release();
            assertThat(fixture.frames.bytes()).isZero();
        }
    }

    /** What a guest kernel adopts: half of the addresses. */
    private long half() {
        int bits = format().inputBits() - 1;
        return bits >= 62 ? Long.MAX_VALUE : 1L << bits;
    }

    @Test
    default void releasedTablesAreWholeAgainForTheNext() {
        TableFixture fixture = new TableFixture(format());
        for (int round = 0; round < 3; round++) {
            PageTable table = fixture.another();
            for (long input : anchors()) {
                table.map(input, 0, basePage(), Rights.ALL, 0);
            }
            assertThat(TableFixture.pages(table)).hasSize(anchors().size());
            table.release();
        }
        assertThat(fixture.frames.bytes()).isEqualTo(fixture.table.bytes());
    }
}

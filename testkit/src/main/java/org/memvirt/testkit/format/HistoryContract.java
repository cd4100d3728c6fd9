package org.memvirt.testkit.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Invalidation;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.MappingConflict;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Walk;
import org.memvirt.testkit.trial.Seeds;

/** Random histories of one table beside a plain map that does the same. */
public interface HistoryContract extends FormatUnderTest {
    /** A page is split into 2^13 at most. */
    int MOST_PARTS_BITS = 13;

    @Test
    default void aRandomHistoryTranslatesAsAPlainMapDoes() {
        Seeds.rounds(20, random -> {
            TableFixture fixture = new TableFixture(format());
            TableModel model = new TableModel(format().attributes());
            for (int step = 0; step < 300; step++) {
                switch (random.nextInt(10)) {
                    case 0, 1, 2 -> map(fixture, model, random);
                    case 3 -> unmap(fixture, model, random);
                    case 4 -> protect(fixture, model, random);
                    case 5 -> mark(fixture, model, random);
                    case 6 -> split(fixture, model, random);
                    default -> translate(fixture, model, random);
                }
            }
            assertThat(TableFixture.pages(fixture.table)).isEqualTo(model.pages());
            assertThat(fixture.table.bytes()).isEqualTo(fixture.frames.bytes());
            fixture.table.release();
            assertThat(fixture.frames.bytes())
                    .as("bytes of tables not given back")
                    .isZero();
        });
    }

    private void map(TableFixture fixture, TableModel model, SplittableRandom random) {
        int shift = randomShift(random);
        long input = randomInput(random, shift);
        long output = randomOutput(random, shift);
        int rights = randomRights(random);
        int attributes = random.nextInt(8);
        if (model.conflicts(input, shift)) {
            assertThatExceptionOfType(MappingConflict.class)
                    .isThrownBy(() -> fixture.table.map(input, output, shift, rights, attributes));
            return;
        }
        Invalidation stale = fixture.table.map(input, output, shift, rights, attributes);
        assertThat(stale.what()).as("nothing was mapped there").isNotEqualTo(Invalidation.Reach.LEAF);
        model.map(input, output, shift, allowedWhenGiven(rights), attributes);
    }

    private void unmap(TableFixture fixture, TableModel model, SplittableRandom random) {
        long input = randomInput(random, 0);
        compare(fixture.table.unmap(input), model.unmap(input));
    }

    private void protect(TableFixture fixture, TableModel model, SplittableRandom random) {
        long input = randomInput(random, 0);
        int rights = randomRights(random);
        compare(fixture.table.protect(input, rights), model.protect(input, allowedWhenGiven(rights)));
    }

    private void mark(TableFixture fixture, TableModel model, SplittableRandom random) {
        long input = randomInput(random, 0);
        int set = random.nextInt(4) << 1;
        int clear = (random.nextInt(4) << 1) & format().attributes() & ~set;
        Mapping before = model.find(input);
        Invalidation stale = fixture.table.mark(input, set, clear);
        model.mark(input, set, clear);
        Mapping after = model.find(input);
        boolean cached = before != null
                && after != null
                && (before.accessed() && !after.accessed() || before.dirty() != after.dirty());
        compare(stale, cached ? before : null);
    }

    /** Splits a page, unless that makes very many of it. */
    private void split(TableFixture fixture, TableModel model, SplittableRandom random) {
        long input = randomInput(random, 0);
        int shift = randomShift(random);
        Mapping page = model.find(input);
        if (page != null && page.pageShift() - shift > MOST_PARTS_BITS) {
            return;
        }
        if (page != null && FormatUnderTest.hasFlagsByLeaf(format(), page.pageShift())) {
            // Each part shall be accessed or dirty if any is.
            int flags = (page.accessed() ? PageTable.ACCESSED : 0) | (page.dirty() ? PageTable.DIRTY : 0);
            fixture.table.mark(input, flags, 0);
        }
        compare(fixture.table.split(input, shift), model.split(input, shift));
    }

    private static void compare(Invalidation stale, @Nullable Mapping changed) {
        if (changed == null) {
            assertThat(stale).isEqualTo(Invalidation.NOTHING);
        } else {
            assertThat(stale.what()).isNotEqualTo(Invalidation.Reach.NOTHING);
            assertThat(stale.address()).isEqualTo(changed.inputAddress());
            assertThat(stale.bytes()).isEqualTo(changed.bytes());
        }
    }

    private void translate(TableFixture fixture, TableModel model, SplittableRandom random) {
        long input = randomInput(random, 0) + random.nextLong(1L << basePage());
        int access = 1 << random.nextInt(6);
        Mapping expected = model.find(input);
        assertThat(fixture.table.find(input)).as("find %#x", input).isEqualTo(expected);
        Walk walk = fixture.walk(input, access);
        if (expected == null) {
            assertThat(walk.fault).as("%s", walk).isEqualTo(Fault.NOT_PRESENT);
        } else if (!expected.accessed() && mustBeSetBySoftware(PageTable.ACCESSED)) {
            assertThat(walk.fault).as("%s of %s", walk, expected).isEqualTo(Fault.ACCESS_FLAG);
        } else if (!Rights.permit(expected.allowed(), access)
                || (access & Rights.WRITE) != 0 && !expected.dirty() && mustBeSetBySoftware(PageTable.DIRTY)) {
                    assertThat(walk.fault).as("%s of %s", walk, expected).isEqualTo(Fault.PERMISSION);
                } else {
                    Mapping after = model.used(expected, access);
                    assertThat(walk.fault).as("%s of %s", walk, expected).isEqualTo(Fault.NONE);
                    assertThat(walk.outputAddress).isEqualTo(expected.translate(input));
                    assertThat(walk.pageShift).isEqualTo(expected.pageShift());
                    assertThat(walk.global).isEqualTo(expected.global());
                    assertThat(mayAllow(after, walk.allowed)).as("%s of %s", walk, after).isTrue();
                    assertThat(Rights.permit(walk.allowed, access)).as("%s", walk).isTrue();
                    assertThat(fixture.table.find(input)).as("after %s", walk).isEqualTo(after);
                }
    }

    /** Whether a walk may find this to be allowed by the page. */
    private boolean mayAllow(Mapping page, int allowed) {
        int clean = page.allowed() & ~Rights.WRITE;
        boolean byLeaf = FormatUnderTest.hasFlagsByLeaf(format(), page.pageShift());
        return page.dirty() ? allowed == page.allowed() || byLeaf && allowed == clean : allowed == clean;
    }

    private boolean mustBeSetBySoftware(int attribute) {
        return (attributesOfUse() & attribute) != 0;
    }
}

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
    @Test
    default void aRandomHistoryTranslatesAsAPlainMapDoes() {
        Seeds.rounds(20, random -> {
            TableFixture fixture = new TableFixture(format());
            TableModel model = new TableModel(setsAccessed(), setsDirty());
            for (int step = 0; step < 300; step++) {
                switch (random.nextInt(8)) {
                    case 0, 1, 2 -> map(fixture, model, random);
                    case 3 -> unmap(fixture, model, random);
                    case 4 -> protect(fixture, model, random);
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
        model.map(
                input,
                output,
                shift,
                allowedWhenGiven(rights),
                knowsGlobal() && (attributes & PageTable.GLOBAL) != 0,
                (attributes & PageTable.ACCESSED) != 0,
                (attributes & PageTable.DIRTY) != 0);
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
        } else if (!Rights.permit(expected.allowed(), access)) {
            assertThat(walk.fault).as("%s of %s", walk, expected).isEqualTo(Fault.PERMISSION);
        } else {
            Mapping after = model.used(expected, access);
            assertThat(walk.fault).as("%s of %s", walk, expected).isEqualTo(Fault.NONE);
            assertThat(walk.outputAddress).isEqualTo(expected.translate(input));
            assertThat(walk.pageShift).isEqualTo(expected.pageShift());
            assertThat(walk.global).isEqualTo(expected.global());
            int kept = after.dirty() ? after.allowed() : after.allowed() & ~Rights.WRITE;
            assertThat(Rights.text(walk.allowed)).isEqualTo(Rights.text(kept));
            assertThat(fixture.table.find(input)).as("after %s", walk).isEqualTo(after);
        }
    }
}

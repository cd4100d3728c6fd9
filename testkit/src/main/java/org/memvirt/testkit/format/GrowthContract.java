package org.memvirt.testkit.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTable;
import org.memvirt.api.table.TableFrames.OutOfMemory;
import org.memvirt.api.walk.Walk;
import org.memvirt.testkit.trial.Histories;
import org.memvirt.testkit.trial.Seeds;

/** Tables of thousands of pages: what a table does when it outgrows its memory, and has less to hold again. */
public interface GrowthContract extends FormatUnderTest {
    /** One store in so many is followed by a look at other pages. */
    int WATCH_EVERY = 16;

    /** Where the tests that need many pages have them: this many of the smallest, from the first anchor on. */
    default int manyPages() {
        return (int) Math.min(4096, 1L << format().inputBits() - 1 - basePage());
    }

    @Test
    default void aTableOfThousandsOfPagesTranslatesAsAPlainMapDoes() {
        Seeds.rounds(2, random -> {
            List<Step> steps = new ArrayList<>();
            // It fills, lives, and is emptied.
            for (int step = 0; step < 9000; step++) {
                int mapping = step < 4000 ? 6 : step < 6000 ? 2 : 0;
                int going = step < 4000 ? 7 : step < 6000 ? 4 : 7;
                steps.add(draw(random, random.nextInt(10), mapping, going));
            }
            Histories.check(steps, history -> HistoryPlayer.play(this, history, WATCH_EVERY));
        });
    }

    private Step draw(SplittableRandom random, int kind, int mapping, int going) {
        long input = page(random.nextInt(manyPages()));
        if (kind < mapping) {
            int attributes = random.nextInt(4) == 0 ? random.nextInt(8) : attributesOfUse();
            return new Step.Map(
                    input, randomOutput(random, basePage()), basePage(), randomRights(random), attributes);
        }
        if (kind < going) {
            return new Step.Unmap(input);
        }
        return kind == 9 && random.nextBoolean()
                ? new Step.Protect(input, randomRights(random))
                : new Step.Access(input + random.nextLong(1L << basePage()), 1 << random.nextInt(6));
    }

    private long page(long number) {
        return anchors().getFirst() + (number << basePage());
    }

    @Test
    default void withoutMemoryToGrowTheTableStaysUsable() {
        TableFixture fixture = new TableFixture(format());
        fixture.frames.leaveOnly(1);
        int mapped = 0;
        try {
            while (mapped < manyPages()) {
                fixture.table.map(page(mapped), output(mapped), basePage(), Rights.ALL, attributesOfUse());
                mapped++;
            }
        } catch (OutOfMemory full) {
            assertThat(fixture.table.find(page(mapped))).as("the page that there was no memory for").isNull();
        }
        checkAll(fixture, mapped);
        fixture.frames.leaveOnly(Integer.MAX_VALUE);
        for (int page = mapped; page < manyPages(); page++) {
            fixture.table.map(page(page), output(page), basePage(), Rights.ALL, attributesOfUse());
        }
        checkAll(fixture, manyPages());
        fixture.table.release();
        assertThat(fixture.frames.bytes()).as("bytes of tables not given back").isZero();
    }

    private long output(long number) {
        return number % (1L << outputBits() - basePage()) << basePage();
    }

    private void checkAll(TableFixture fixture, int pages) {
        for (int page = 0; page < pages; page++) {
            Walk walk = fixture.walk(page(page), Rights.SUPERVISOR_READ);
            assertThat(walk.succeeded() && walk.outputAddress == output(page))
                    .as("%s should lead to %#x", walk, output(page))
                    .isTrue();
        }
        assertThat(fixture.table.bytes())
                .as("bytes that the table says it has, of memory that it holds")
                .isEqualTo(fixture.frames.bytes());
    }

    @Test
    default void aViewOfATableThatGrowsOwnsWhatItMade() {
        TableFixture fixture = new TableFixture(format());
        fixture.table.map(page(0), 0, basePage(), Rights.ALL, attributesOfUse());
        long before = fixture.frames.bytes();
        PageTable view = format().open(fixture.memory, fixture.frames, fixture.table.root());
        for (int page = 1; page < manyPages(); page++) {
            view.map(page(page), output(page), basePage(), Rights.ALL, attributesOfUse());
        }
        assertThat(view.bytes()).as("bytes of the tables that a view made").isEqualTo(fixture.frames.bytes() - before);
        for (int page = 0; page < manyPages(); page++) {
            assertThat(view.find(page(page))).as("page %#x", page(page)).isNotNull();
        }
    }
}

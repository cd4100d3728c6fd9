package org.memvirt.testkit.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.memvirt.testkit.trial.Addresses.assertThatAddress;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.MappingConflict;
import org.memvirt.api.walk.Walk;
import org.memvirt.testkit.trial.Seeds;

/** Walks that a walk cache lets begin further down: they answer as whole ones do. */
public interface ResumedWalkContract extends FormatUnderTest {
    @Test
    default void aWalkResumedAtAnyTableAnswersAsTheWholeWalk() {
        Seeds.rounds(10, random -> {
            TableFixture fixture = new TableFixture(format());
            fixture.walk.recordsTables = true;
            for (int page = 0; page < 40; page++) {
                int shift = randomShift(random);
                try {
                    fixture.table.map(
                            randomInput(random, shift),
                            randomOutput(random, shift),
                            shift,
                            randomRights(random),
                            random.nextInt(8));
                } catch (MappingConflict taken) {
                    continue;
                }
            }
            for (int i = 0; i < 60; i++) {
                long input = randomInput(random, basePage());
                int access = 1 << random.nextInt(6);
                // The first walk sets what bits it sets; the second finds them set.
                fixture.walk(input, access);
                Walk whole = fixture.walk(input, access);
                compareResumed(fixture, whole, random);
            }
        });
    }

    private void compareResumed(TableFixture fixture, Walk whole, SplittableRandom random) {
        int references = whole.trail.length();
        for (int level = whole.highestVisited - 1; level >= whole.lowestVisited && level > 0; level--) {
            if (format().coverShift(level) == 0) {
                continue;
            }
            Walk resumed = Walk.outer();
            resumed.start(whole.root, whole.inputAddress, whole.access);
            resumed.resumeLevel = level;
            resumed.resumeTable = whole.table[level];
            resumed.resumeHostAddress = random.nextBoolean() ? whole.tableHostAddress[level] : Walk.NOWHERE;
            resumed.resumeAttributes = whole.tableAttributes[level];
            resumed.trail.skip(whole.tableCost[level]);
            format().walk(resumed, fixture.port);
            assertThat(resumed.toString()).as("resumed at level %d", level).isEqualTo(whole.toString());
            assertThat(resumed.fault).isEqualTo(whole.fault);
            assertThat(resumed.faultLevel).isEqualTo(whole.succeeded() ? resumed.faultLevel : whole.faultLevel);
            if (whole.succeeded()) {
                assertThatAddress(resumed.outputAddress).isEqualTo(whole.outputAddress);
                assertThat(resumed.global).isEqualTo(whole.global);
                assertThat(Rights.text(resumed.allowed)).isEqualTo(Rights.text(whole.allowed));
            } else {
                assertThat(resumed.faultDetail).isEqualTo(whole.faultDetail);
            }
            assertThat(resumed.trail.length()).isLessThan(references);
            assertThat(resumed.trail.uncached())
                    .as("references made and skipped are those of the whole walk")
                    .isEqualTo(references);
        }
    }

    @Test
    default void aPrefixTellsTablesApart() {
        for (int level = 1; level < format().levels(); level++) {
            int cover = format().coverShift(level);
            if (cover != 0) {
                assertThat(cover).isGreaterThanOrEqualTo(basePage());
                assertThat(cover).isLessThanOrEqualTo(format().inputBits());
            }
        }
    }
}

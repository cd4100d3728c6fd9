package org.memvirt.testkit.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.MappingConflict;
import org.memvirt.api.walk.Trail;
import org.memvirt.api.walk.Walk;
import org.memvirt.testkit.trial.Allocations;
import org.memvirt.testkit.trial.Seeds;

/** What a walk costs: references, and no memory. */
public interface WalkCostContract extends FormatUnderTest {
    @Test
    default void aWalkMakesNoMoreReferencesThanTheFormatSays() {
        Seeds.rounds(10, random -> {
            TableFixture fixture = filled(random);
            for (int i = 0; i < 50; i++) {
                Walk walk = fixture.walk(randomInput(random, basePage()), Rights.SUPERVISOR_READ);
                assertThat(walk.trail.length())
                        .as("references of %s", walk)
                        .isBetween(1, format().mostReferences());
                assertThat(walk.trail.depth())
                        .as("references one after another of %s", walk)
                        .isBetween(1, walk.trail.length());
                assertThat(walk.trail.uncached()).isEqualTo(walk.trail.length());
            }
        });
    }

    @Test
    default void everyReferenceIsFiledUnderItsGuestLevelAndNoHostLevel() {
        TableFixture fixture = filled(Seeds.random());
        SplittableRandom random = Seeds.random();
        int references = 0;
        for (int i = 0; i < 100; i++) {
            Walk walk = fixture.walk(randomInput(random, basePage()), Rights.SUPERVISOR_READ);
            for (int at = 0; at < walk.trail.length(); at++) {
                assertThat(walk.trail.cell(at) % Trail.SIDE).isZero();
                assertThat(walk.trail.cell(at) / Trail.SIDE).isBetween(1, format().levels());
            }
            references += walk.trail.length();
        }
        long total = 0;
        for (long cell : fixture.walk.trail.matrix()) {
            total += cell;
        }
        assertThat(total).isEqualTo(references);
    }

    @Test
    default void aWalkAllocatesNothing() {
        SplittableRandom random = Seeds.random();
        TableFixture fixture = filled(random);
        long[] inputs = random.longs(512).map(any -> randomInput(random, basePage())).toArray();
        long bytes = Allocations.of(() -> {
            for (int i = 0; i < 10_000; i++) {
                fixture.walk(inputs[i & 511], 1 << i % 6);
            }
        });
        assertThat(bytes).as("bytes that 10000 walks allocate").isZero();
    }

    @Test
    default void theSameHistoryMakesTheSameReferences() {
        Seeds.rounds(3, random -> {
            SplittableRandom twin = random.split();
            long seed = twin.nextLong();
            assertThat(references(new SplittableRandom(seed))).isEqualTo(references(new SplittableRandom(seed)));
        });
    }

    private List<String> references(SplittableRandom random) {
        TableFixture fixture = filled(random);
        List<String> seen = new ArrayList<>();
        fixture.walk.trail.observe(new org.memvirt.api.walk.WalkObserver() {
            @Override
            public void reference(int guestLevel, int hostLevel, long address, long entry) {
                seen.add("%d %d %#x %#x".formatted(guestLevel, hostLevel, address, entry));
            }
        });
        for (int i = 0; i < 50; i++) {
            seen.add(fixture.walk(randomInput(random, basePage()), 1 << random.nextInt(6)).toString());
        }
        return seen;
    }

    private TableFixture filled(SplittableRandom random) {
        TableFixture fixture = new TableFixture(format());
        for (int page = 0; page < 40; page++) {
            int shift = randomShift(random);
            try {
                fixture.table.map(
                        randomInput(random, shift), randomOutput(random, shift), shift, randomRights(random), 0);
            } catch (MappingConflict taken) {
                continue;
            }
        }
        return fixture;
    }
}

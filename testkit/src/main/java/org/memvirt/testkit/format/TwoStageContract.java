package org.memvirt.testkit.format;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.Mapping;
import org.memvirt.api.table.MappingConflict;
import org.memvirt.api.walk.Fault;
import org.memvirt.api.walk.Stage;
import org.memvirt.api.walk.Trail;
import org.memvirt.api.walk.Walk;
import org.memvirt.testkit.trial.Seeds;

/** Walks whose own references go through a second stage. */
public interface TwoStageContract extends FormatUnderTest {
    @Test
    default void aWalkOverASecondStageIsTheProductOfTwoTranslations() {
        Seeds.rounds(8, random -> {
            TwoStageFixture fixture = new TwoStageFixture(this, random);
            for (int i = 0; i < 60; i++) {
                int shift = fixture.randomShift();
                long input = randomInput(random, shift);
                try {
                    fixture.table.map(
                            input, fixture.randomPage(shift), shift, randomRights(random), attributesOfUse());
                } catch (MappingConflict taken) {
                    continue;
                }
                long address = input + random.nextLong(1L << shift);
                Mapping guest = requireNonNull(fixture.table.find(address));
                long gpa = guest.translate(address);
                Mapping host = fixture.back(gpa, Rights.ALL);
                int access = Integer.lowestOneBit(guest.allowed() & host.allowed());
                if (access == 0) {
                    continue;
                }
                // The first walk sets accessed and dirty bits, at a price; the second is one that finds them set.
                fixture.walk(address, access);
                Walk walk = fixture.walk(address, access);
                assertThat(walk.fault).as("%s of %s on %s", walk, guest, host).isEqualTo(Fault.NONE);
                assertThat(walk.outputAddress).isEqualTo(host.translate(gpa));
                assertThat(walk.pageShift).isEqualTo(Math.min(guest.pageShift(), host.pageShift()));
                assertThat(walk.stage1Shift).isEqualTo(guest.pageShift());
                assertThat(walk.stage2Shift).isEqualTo(host.pageShift());
                checkAllowed(
                        walk,
                        requireNonNull(fixture.table.find(address)),
                        requireNonNull(fixture.stageTwo.find(gpa)));
                checkReferences(walk);
            }
        });
    }

    private void checkAllowed(Walk walk, Mapping guest, Mapping host) {
        int kept = kept(guest) & kept(host);
        boolean byLeaf = FormatUnderTest.hasFlagsByLeaf(format(), guest.pageShift())
                || FormatUnderTest.hasFlagsByLeaf(stageTwo(), host.pageShift());
        if (byLeaf && (walk.access & Rights.WRITE) == 0) {
            // Another part of the page may be the dirty one.
            assertThat(walk.allowed | kept & Rights.WRITE).as("%s", walk).isEqualTo(kept);
        } else {
            assertThat(Rights.text(walk.allowed)).isEqualTo(Rights.text(kept));
        }
    }

    private static int kept(Mapping page) {
        return page.dirty() ? page.allowed() : page.allowed() & ~Rights.WRITE;
    }

    private void checkReferences(Walk walk) {
        int guestLevels = format().levels();
        int hostLevels = stageTwo().levels();
        assertThat(walk.trail.length()).isBetween(1, (guestLevels + 1) * (hostLevels + 1) - 1);
        for (int at = 0; at < walk.trail.length(); at++) {
            assertThat(walk.trail.cell(at) / Trail.SIDE).isBetween(0, guestLevels);
            assertThat(walk.trail.cell(at) % Trail.SIDE).isBetween(0, hostLevels);
        }
    }

    @Test
    default void aLeafThatTheSecondStageLacksIsItsFault() {
        Seeds.rounds(4, random -> {
            TwoStageFixture fixture = new TwoStageFixture(this, random);
            for (int shift : TwoStageFixture.pageShifts(format())) {
                long input = anchors().getFirst() + (1L << largestPage());
                long gpa = untouched(fixture, shift);
                fixture.table.map(input, gpa, shift, Rights.ALL, attributesOfUse());
                int access = accessForBoth();
                Walk walk = fixture.walk(input, access);
                assertThat(walk.fault).isEqualTo(Fault.NOT_PRESENT);
                assertThat(walk.faultStage).isEqualTo(Stage.STAGE_2);
                assertThat(walk.faultAddress).isEqualTo(gpa);
                assertThat(walk.faultOnTable).isFalse();
                assertThat(walk.faultAccess).isEqualTo(access);

                Mapping host = fixture.back(gpa, Rights.ALL);
                Walk again = fixture.walk(input, access);
                assertThat(again.succeeded()).as("%s", again).isTrue();
                assertThat(again.outputAddress).isEqualTo(host.translate(gpa));
                fixture.table.unmap(input);
            }
        });
    }

    @Test
    default void aTableThatTheSecondStageLacksIsItsFaultOnATable() {
        Seeds.rounds(4, random -> {
            TwoStageFixture fixture = new TwoStageFixture(this, random);
            long input = anchors().getFirst();
            fixture.table.map(input, untouched(fixture, basePage()), basePage(), Rights.ALL, attributesOfUse());
            Mapping tables = fixture.back(fixture.guestTables.lowest(), Rights.ALL);
            fixture.stageTwo.unmap(tables.inputAddress());
            Walk walk = fixture.walk(input, accessForBoth());
            assertThat(walk.fault).isEqualTo(Fault.NOT_PRESENT);
            assertThat(walk.faultStage).isEqualTo(Stage.STAGE_2);
            assertThat(walk.faultOnTable).isTrue();
            assertThat(walk.faultAddress - tables.inputAddress()).isBetween(0L, tables.bytes() - 1);
        });
    }

    @Test
    default void aRightThatTheSecondStageWithholdsIsItsFault() {
        int given = Rights.READ;
        int withheld = Rights.SUPERVISOR_WRITE;
        TwoStageFixture fixture = new TwoStageFixture(this, Seeds.random());
        long input = anchors().getFirst();
        long gpa = untouched(fixture, basePage());
        fixture.table.map(input, gpa, basePage(), Rights.READ | Rights.WRITE, attributesOfUse());
        fixture.back(gpa, given);
        boolean permitted = Rights.permit(stageTwoAllowsWhenGiven(given), withheld);
        Walk walk = fixture.walk(input, withheld);
        assertThat(walk.fault).isEqualTo(permitted ? Fault.NONE : Fault.PERMISSION);
        assertThat(walk.faultStage).isEqualTo(permitted ? walk.faultStage : Stage.STAGE_2);
        if (!permitted) {
            assertThat(walk.faultAddress).isEqualTo(gpa);
            assertThat(walk.faultOnTable).isFalse();
        }
    }

    /** One right that a page with all of them has in both stages. */
    private int accessForBoth() {
        return Integer.lowestOneBit(allowedWhenGiven(Rights.ALL) & stageTwoAllowsWhenGiven(Rights.ALL));
    }

    private static long untouched(TwoStageFixture fixture, int shift) {
        long gpa = fixture.randomPage(shift);
        while (fixture.stageTwo.find(gpa) != null) {
            gpa = fixture.randomPage(shift);
        }
        return gpa;
    }
}

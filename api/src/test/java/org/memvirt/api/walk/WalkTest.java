package org.memvirt.api.walk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;

final class WalkTest {
    @Test
    void aNewQuestionForgetsTheLastAnswer() {
        Walk walk = Walk.outer();
        walk.start(0x1000, 0x42, Rights.USER_READ);
        walk.trail.reference(walk.cell(4), 0, 0);
        walk.resumeLevel = 2;
        walk.stage2Shift = 12;
        walk.global = true;
        walk.fail(Fault.NOT_PRESENT, 3, 5);
        walk.start(0x2000, 0x43, Rights.USER_WRITE);
        assertThat(walk.succeeded()).isTrue();
        assertThat(walk.trail.length()).isZero();
        assertThat(walk.resumeLevel).isZero();
        assertThat(walk.stage2Shift).isZero();
        assertThat(walk.global).isFalse();
        assertThat(walk.uncachedCost()).isZero();
    }

    @Test
    void aFaultOfItsOwnTellsTheQuestion() {
        Walk walk = Walk.outer();
        walk.start(0x1000, 0x42, Rights.USER_WRITE);
        walk.fail(Fault.PERMISSION, 1, 9);
        assertThat(walk.succeeded()).isFalse();
        assertThat(walk.fault).isEqualTo(Fault.PERMISSION);
        assertThat(walk.faultStage).isEqualTo(Stage.STAGE_1);
        assertThat(walk.faultLevel).isEqualTo(1);
        assertThat(walk.faultAddress).isEqualTo(0x42);
        assertThat(walk.faultAccess).isEqualTo(Rights.USER_WRITE);
        assertThat(walk.faultOnTable).isFalse();
        assertThat(walk.faultDetail).isEqualTo(9);
    }

    @Test
    void theFaultThatAPortKeptStands() {
        Walk outer = Walk.outer();
        Walk inner = Walk.inner();
        outer.start(0x1000, 0x42, Rights.USER_WRITE);
        inner.startInside(outer, 3, 0x9000, 0x5000, Rights.SUPERVISOR_READ);
        inner.fail(Fault.MISCONFIGURED, 2, 7);
        assertThat(inner.faultStage).isEqualTo(Stage.STAGE_2);
        outer.keepFaultOf(inner, true);
        // The port gives 0, so the walk finds the entry not present.
        outer.fail(Fault.NOT_PRESENT, 3, 0);
        assertThat(outer.fault).isEqualTo(Fault.MISCONFIGURED);
        assertThat(outer.faultStage).isEqualTo(Stage.STAGE_2);
        assertThat(outer.faultLevel).isEqualTo(2);
        assertThat(outer.faultAddress).isEqualTo(0x5000);
        assertThat(outer.faultAccess).isEqualTo(Rights.SUPERVISOR_READ);
        assertThat(outer.faultOnTable).isTrue();
        assertThat(outer.faultDetail).isEqualTo(7);
    }

    @Test
    void anInnerWalkFilesItsReferencesInTheRowOfTheOuterLevel() {
        Walk outer = Walk.outer();
        Walk inner = Walk.inner();
        outer.start(0, 0, Rights.USER_READ);
        inner.startInside(outer, 4, 0, 0, Rights.SUPERVISOR_READ);
        assertThat(inner.trail).isSameAs(outer.trail);
        assertThat(inner.cell(3)).isEqualTo(4 * Trail.SIDE + 3);
        assertThat(outer.cell(4)).isEqualTo(4 * Trail.SIDE);
        assertThat(inner.outerLevel()).isEqualTo(4);
        inner.trail.reference(inner.cell(3), 0, 0);
        inner.trail.skip(2);
        assertThat(inner.uncachedCost()).isEqualTo(3);
        inner.startInside(outer, 0, 0, 0, Rights.USER_READ);
        assertThat(inner.cell(1)).isEqualTo(1);
        assertThat(inner.uncachedCost()).isZero();
        assertThat(outer.uncachedCost()).isEqualTo(3);
    }

    @Test
    void aTableIsLocatedOnlyWhereOnePieceOfHostMemoryHoldsAllOfIt() {
        Walk walk = Walk.outer();
        walk.start(0, 0, Rights.USER_READ);
        walk.trail.reference(walk.cell(4), 0, 0);
        walk.hostAddress = 0x7_1018;
        walk.visitTable(4, 0x5000, 4096, 0x18, 63, 0);
        assertThat(walk.tableHostAddress[4]).isEqualTo(0x7_1000);
        assertThat(walk.highestVisited).isEqualTo(4);
        assertThat(walk.lowestVisited).isEqualTo(4);

        walk.trail.reference(walk.cell(3), 0, 0);
        walk.hostAddress = 0x8_0008;
        walk.hostAddressShift = 12;
        walk.visitTable(3, 0x8000, 16384, 8, 31, 1);
        assertThat(walk.tableHostAddress[3]).as("the table spans four pages of stage 2").isEqualTo(Walk.NOWHERE);
        assertThat(walk.tableCost[3]).isEqualTo(1);
        assertThat(walk.tableAttributes[3]).isEqualTo(31);
        assertThat(walk.highestVisited).isEqualTo(4);
        assertThat(walk.lowestVisited).isEqualTo(3);
    }
}

package org.memvirt.api.walk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TrailTest {
    @Test
    void referencesAreKeptInOrderAndSummedByCell() {
        Trail trail = new Trail();
        trail.reference(4 * Trail.SIDE, 0x1000, 1);
        trail.reference(3 * Trail.SIDE + 2, 0x2000, 2);
        trail.reference(4 * Trail.SIDE, 0x3000, 3);
        assertThat(trail.length()).isEqualTo(3);
        assertThat(trail.cell(0)).isEqualTo(32);
        assertThat(trail.cell(1)).isEqualTo(26);
        assertThat(trail.matrix()[32]).isEqualTo(2);
        assertThat(trail.matrix()[26]).isEqualTo(1);
    }

    @Test
    void aNewWalkBeginsAnewButTheMatrixGoesOn() {
        Trail trail = new Trail();
        trail.reference(8, 0, 0);
        trail.skip(3);
        trail.clear();
        assertThat(trail.length()).isZero();
        assertThat(trail.skipped()).isZero();
        assertThat(trail.depth()).isZero();
        trail.reference(8, 0, 0);
        assertThat(trail.matrix()[8]).isEqualTo(2);
    }

    @Test
    void whatIsSkippedCountsAsMadeWithoutCaches() {
        Trail trail = new Trail();
        trail.skip(4);
        trail.reference(8, 0, 0);
        trail.skip(2);
        assertThat(trail.length()).isEqualTo(1);
        assertThat(trail.skipped()).isEqualTo(6);
        assertThat(trail.uncached()).isEqualTo(7);
    }

    @Test
    void referencesSideBySideDoNotDeepen() {
        Trail trail = new Trail();
        trail.reference(16, 0, 0);
        int before = trail.depth();
        int deepest = before;
        for (int way = 0; way < 3; way++) {
            trail.setDepth(before);
            trail.reference(8, 0, 0);
            deepest = Math.max(deepest, trail.depth());
        }
        trail.setDepth(deepest);
        assertThat(trail.length()).isEqualTo(4);
        assertThat(trail.depth()).isEqualTo(2);
        trail.reference(8, 0, 0);
        assertThat(trail.depth()).isEqualTo(3);
    }

    @Test
    void aFaultingWalkMovesItsReferencesElsewhere() {
        Trail trail = new Trail();
        trail.reference(8, 0, 0);
        trail.clear();
        trail.reference(8, 0, 0);
        trail.reference(9, 0, 0);
        long[] faulting = new long[Trail.SIDE * Trail.SIDE];
        trail.moveTo(faulting);
        assertThat(trail.matrix()[8]).isEqualTo(1);
        assertThat(trail.matrix()[9]).isZero();
        assertThat(faulting[8]).isEqualTo(1);
        assertThat(faulting[9]).isEqualTo(1);
    }

    @Test
    void aFormatThatGoesInCirclesIsStopped() {
        Trail trail = new Trail();
        assertThatIllegalStateException()
                .isThrownBy(() -> {
                    for (int i = 0; i < 1000; i++) {
                        trail.reference(8, 0, 0);
                    }
                })
                .withMessageContaining("does not end");
    }

    @Test
    void anObserverIsToldEachReferenceWithItsLevels() {
        List<String> told = new ArrayList<>();
        Trail trail = new Trail();
        trail.observe(new WalkObserver() {
            @Override
            public void reference(int guestLevel, int hostLevel, long address, long entry) {
                told.add("%d,%d %#x %#x".formatted(guestLevel, hostLevel, address, entry));
            }

            @Override
            public void skipped(int references) {
                told.add("skipped " + references);
            }
        });
        trail.reference(4 * Trail.SIDE + 3, 0x1008, 0x7);
        trail.skip(2);
        assertThat(told).containsExactly("4,3 0x1008 0x7", "skipped 2");
    }
}

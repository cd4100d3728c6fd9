package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.api.table.PageTableFormat;
import org.memvirt.api.walk.Walk;
import org.memvirt.testkit.format.TableFixture;

/** The contract of formats, on tables whose walks probe several entries of two words side by side, in either stage. */
final class CuckooFormatContractTest {
    static final PageTableFormat THREE = new CuckooFormat(List.of(12), 3);
    static final PageTableFormat NINE = new CuckooFormat(List.of(12, 21, 30), 3);

    @Nested
    final class ThreeProbes extends PageTableFormatContract {
        @Override
        public PageTableFormat format() {
            return THREE;
        }
    }

    @Nested
    final class NineProbes extends PageTableFormatContract {
        @Override
        public PageTableFormat format() {
            return NINE;
        }
    }

    @Nested
    final class NineProbesOverATree extends PageTableFormatContract {
        @Override
        public PageTableFormat format() {
            return NINE;
        }

        @Override
        public PageTableFormat stageTwo() {
            return PlainFormat.granule(12, 4, 48);
        }
    }

    @Nested
    final class ATreeOverThreeProbes extends PageTableFormatContract {
        private final PageTableFormat format = PlainFormat.usual();

        @Override
        public PageTableFormat format() {
            return format;
        }

        @Override
        public PageTableFormat stageTwo() {
            return THREE;
        }
    }

    @Test
    void probesSideBySideAreOneStep() {
        for (PageTableFormat format : List.of(THREE, NINE)) {
            TableFixture fixture = new TableFixture(format);
            fixture.table.map(1 << 12, 5 << 12, 12, Rights.ALL, 0);
            Walk walk = fixture.walk(1 << 12, Rights.USER_READ);
            assertThat(walk.trail.length()).isEqualTo(format.mostReferences());
            assertThat(walk.trail.depth()).isOne();
        }
    }
}

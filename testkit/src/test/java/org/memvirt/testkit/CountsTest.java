package org.memvirt.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.memvirt.api.vmm.HostChange;
import org.memvirt.engine.count.Count;
import org.memvirt.engine.count.Counts;
import org.memvirt.engine.count.Section;

class CountsTest {
    @Test
    void eachCountHasAPlaceOfItsOwnInResultsAndInMetrics() {
        assertThat(Count.ALL.stream()
                .filter(count -> count.section() != Section.INTERNAL)
                .map(count -> count.section().path() + "." + count.key()))
                        .doesNotHaveDuplicates()
                        .allMatch(path -> path.matches("[a-zA-Z.]+\\.[a-z][a-zA-Z0-9]*"));
        assertThat(Count.ALL.stream()
                .filter(count -> !count.metric().isEmpty())
                .map(count -> count.metric() + count.metricLabels()))
                        .doesNotHaveDuplicates()
                        .allMatch(metric -> metric.matches("[a-z.]+\\{.*}"));
    }

    @Test
    void countsThatShareAMetricAreTheirWholeSection() {
        for (Count count : Count.ALL) {
            boolean shares = !count.section().ofAll().isEmpty();
            assertThat(count.metricLabels().isEmpty()).as(count.name()).isNotEqualTo(shares);
            assertThat(count.metric().endsWith(".bytes")).as(count.name())
                    .isEqualTo(count.isLevel() && !count.metric().isEmpty());
            assertThat(count.definition()).as(count.name()).matches("[A-Z].*[a-zA-Z]");
        }
        assertThat(Count.STAGE_TWO_FAULTS.metricLabels()).isEqualTo(Map.of("cause", "stage2", "stage", "2"));
    }

    @Test
    void eachReasonOfTheHostHasItsCount() {
        for (HostChange reason : HostChange.values()) {
            assertThat(Count.of(reason).key()).isEqualToIgnoringCase(reason.name());
            assertThat(Count.of(reason).section()).isEqualTo(Section.HOST_CHANGES);
        }
        assertThat(Count.of(Section.HOST_CHANGES)).hasSize(HostChange.values().length);
    }

    @Test
    void countsAddUpAndBeginAnew() {
        Counts counts = new Counts();
        counts.add(Count.REFILLS);
        counts.add(Count.MODIFICATIONS, 3);
        counts.addIf(Count.LOAD_FAULTS, false);
        counts.addIf(Count.STORE_FAULTS, true);
        Counts others = new Counts();
        others.add(Count.REFILLS, 5);
        counts.add(others);
        assertThat(counts.of(Section.HANDLERS))
                .containsExactly(Map.entry("refill", 6L), Map.entry("load", 0L), Map.entry("store", 1L),
                        Map.entry("modify", 3L), Map.entry("nested", 0L));
        assertThat(counts.sum(Section.HANDLERS)).isEqualTo(10);
        assertThat(others.get(Count.REFILLS)).isEqualTo(5);
        counts.set(Count.REFILLS, 2);
        assertThat(counts.get(Count.REFILLS)).isEqualTo(2);
        counts.clear();
        assertThat(counts.sum(Section.HANDLERS)).isZero();
    }
}

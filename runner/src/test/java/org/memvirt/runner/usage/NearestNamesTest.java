package org.memvirt.runner.usage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNamesTest {
    @ParameterizedTest
    @CsvSource({"nested,nested,0", "nestd,nested,1", "netsed,nested,2", "'',abc,3", "abc,'',3", "kitten,sitting,3"})
    void countsTheLettersThatDiffer(String one, String other, int distance) {
        assertThat(NearestNames.distance(one, other)).isEqualTo(distance);
    }

    @Test
    void putsTheNearestFirstAndEquallyNearOnesInAlphabeticOrder() {
        assertThat(NearestNames.sorted("statik", List.of("shadow", "nested", "native", "static")))
                .containsExactly("static", "native", "shadow", "nested");
        assertThat(NearestNames.sorted("x", List.of("c", "a", "b"))).containsExactly("a", "b", "c");
    }
}

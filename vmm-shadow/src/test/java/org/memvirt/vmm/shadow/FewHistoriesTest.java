package org.memvirt.vmm.shadow;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Some histories of {@link RandomHistoriesTest}, the same each time: where tests are repeated for each of many mutants. */
final class FewHistoriesTest {
    private static final int HISTORIES = 12;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void theGuestCannotTell(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int history = 0; history < HISTORIES; history++) {
            RandomHistoriesTest.play(random.split(), 25);
        }
    }
}

package org.memvirt.engine.tlb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FingerprintsTest {
    @Test
    void everyKeyWithTheFingerprintIsACandidateAndTheLowestCandidateHasIt() {
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 20_000; round++) {
            int ways = 1 + random.nextInt(Fingerprints.MOST_WAYS);
            int values = 1 + random.nextInt(256);
            long[] words = {-1, 0, 0, -1};
            int[] prints = new int[ways];
            for (int put = 0; put < 3 * ways; put++) {
                int way = put < ways ? put : random.nextInt(ways);
                long print = random.nextLong() << 8 | random.nextInt(values);
                prints[way] = (int) print & 0xff;
                Fingerprints.put(words, 1, way, print);
            }
            int sought = random.nextInt(values);
            long candidates = Fingerprints.candidates(words, 1, sought, Fingerprints.ofWays(ways));
            int lowest = Fingerprints.MOST_WAYS;
            int named = 0;
            for (long left = candidates; left != 0; left &= left - 1) {
                int way = Fingerprints.wayOf(Long.numberOfTrailingZeros(left));
                assertThat(way).isLessThan(ways);
                lowest = Math.min(lowest, way);
                named |= 1 << way;
            }
            for (int way = 0; way < ways; way++) {
                if (prints[way] == sought) {
                    assertThat(named >> way & 1).isEqualTo(1);
                }
            }
            if (lowest < Fingerprints.MOST_WAYS) {
                assertThat(prints[lowest]).isEqualTo(sought);
            }
            assertThat(words[0]).isEqualTo(-1);
            assertThat(words[3]).isEqualTo(-1);
        }
    }
}

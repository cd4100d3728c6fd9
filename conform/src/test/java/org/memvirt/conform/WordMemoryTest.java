package org.memvirt.conform;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class WordMemoryTest {
    @Test
    void behavesAsAMapThatKnowsWhatChanged() {
        WordMemory memory = new WordMemory();
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < 20; round++) {
            memory.clear();
            Map<Long, Long> before = new HashMap<>();
            Map<Long, Long> now = new HashMap<>();
            int range = 1 << random.nextInt(4, 14);
            for (int i = 0; i < 3000; i++) {
                long address = random.nextLong(range) << 12;
                if (i < 1500) {
                    long bits = random.nextLong();
                    memory.begin(address, bits);
                    before.merge(address, bits, (a, b) -> a | b);
                    now.put(address, before.get(address));
                } else if (random.nextInt(3) == 0) {
                    long value = random.nextInt(4) == 0 ? before.getOrDefault(address, 0L) : random.nextLong();
                    memory.store(address, value);
                    now.put(address, value);
                }
                assertThat(memory.load(address)).isEqualTo(now.getOrDefault(address, 0L));
                assertThat(memory.before(address)).isEqualTo(before.getOrDefault(address, 0L));
                assertThat(memory.holds(address)).isEqualTo(now.containsKey(address));
            }
            TreeSet<Long> changed = new TreeSet<>();
            memory.forEachChanged(changed::add);
            TreeSet<Long> expected = new TreeSet<>(now.keySet());
            expected.removeIf(address -> now.get(address).equals(before.getOrDefault(address, 0L)));
            assertThat(changed).isEqualTo(expected);
        }
    }

    /** Addresses that fall on one place of a table which multiplies by a known number: it would take minutes. */
    @Test
    void addressesMadeToCollideAreSpreadAsOthersAre() {
        long inverse = 0xf1de83e19937733dL; // of 0x9e3779b97f4a7c15, modulo 2^64
        WordMemory memory = new WordMemory();
        for (long i = 1; i < 300_000; i++) {
            memory.begin(inverse * 8 * i, i);
        }
        assertThat(memory.load(inverse * 8 * 299_999)).isEqualTo(299_999);
    }
}

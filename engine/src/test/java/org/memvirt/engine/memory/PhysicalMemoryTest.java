package org.memvirt.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class PhysicalMemoryTest {
    private static final long TIB = 1L << 40;

    @Test
    void wordsAreReadBackAndAllOthersAreZero() {
        PhysicalMemory memory = new PhysicalMemory(64L << 20);
        SplittableRandom random = new SplittableRandom(5);
        Map<Long, Long> model = new HashMap<>();
        for (int i = 0; i < 5000; i++) {
            long address = random.nextLong(64L << 20) & -8;
            assertThat(memory.load(address)).isEqualTo(model.getOrDefault(address, 0L));
            model.put(address, random.nextLong());
            memory.store(address, model.get(address));
        }
        model.forEach((address, value) -> assertThat(memory.load(address)).isEqualTo(value));
    }

    @Test
    void aTebibyteOfMemoryCostsWhatIsTouched() {
        PhysicalMemory memory = new PhysicalMemory(TIB);
        assertThat(memory.residentBytes()).isZero();
        for (long at = 0; at < TIB; at += TIB / 8) {
            memory.store(at + 4096, at + 1);
        }
        assertThat(memory.residentBytes()).isBetween(8L * 4096, 8L << 21);
        assertThat(memory.load(TIB / 2 + 4096)).isEqualTo(TIB / 2 + 1);
    }

    @Test
    void zeroesCostNothing() {
        PhysicalMemory memory = new PhysicalMemory(TIB);
        memory.store(TIB - 8, 0);
        memory.zero(TIB - 4096, 4096);
        assertThat(memory.residentBytes()).isZero();
    }

    @Test
    void zeroClearsItsRangeAlone() {
        PhysicalMemory memory = new PhysicalMemory(4L << 20);
        for (long at = 0; at < 16384; at += 8) {
            memory.store(at, 7);
        }
        memory.zero(4096, 8192);
        for (long at = 0; at < 16384; at += 8) {
            assertThat(memory.load(at)).isEqualTo(at >= 4096 && at < 12288 ? 0 : 7);
        }
    }

    @Test
    void beyondItsEndNothingIsStoredAndZeroIsRead() {
        PhysicalMemory memory = new PhysicalMemory(3L << 20);
        assertThat(memory.load(3L << 20)).isZero();
        assertThat(memory.load(-8)).isZero();
        assertThat(memory.load(1L << 60)).isZero();
        for (long address : new long[] {3L << 20, 1L << 40, -8}) {
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> memory.store(address, 1))
                    .withMessageContaining("%#x".formatted(address));
        }
    }

    @Test
    void impossibleSizesAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new PhysicalMemory(0));
        assertThatIllegalArgumentException().isThrownBy(() -> new PhysicalMemory(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> new PhysicalMemory((1L << 52) + 1));
    }
}

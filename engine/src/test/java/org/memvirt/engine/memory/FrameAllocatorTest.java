package org.memvirt.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.table.TableFrames.OutOfMemory;
import org.memvirt.engine.memory.FrameAllocator.Pool;

final class FrameAllocatorTest {
    private static final long MIB = 1L << 20;
    private static final long START = 4 * MIB;

    /** What is handed out, by its first address, with its offset bits; what overlaps is found. */
    private static final class Book {
        private final TreeMap<Long, Integer> pieces = new TreeMap<>();
        private long bytes;

        void add(long address, int shift) {
            Map.Entry<Long, Integer> below = pieces.lowerEntry(address + (1L << shift));
            if (below != null) {
                assertThat(below.getKey() + (1L << below.getValue()))
                        .as("end of the piece before %#x", address)
                        .isLessThanOrEqualTo(address);
            }
            pieces.put(address, shift);
            bytes += 1L << shift;
        }

        long remove(long address) {
            int shift = pieces.remove(address);
            bytes -= 1L << shift;
            return shift;
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aRandomHistoryHandsOutAlignedPiecesThatDoNotOverlap(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long end = START + random.nextLong(8, 64) * MIB;
        FrameAllocator frames = new FrameAllocator("test", START, end);
        Book book = new Book();
        int[] shifts = {12, 12, 12, 13, 14, 16, 20, 21, 22};
        for (int step = 0; step < 3000; step++) {
            if (random.nextInt(5) < 3) {
                int shift = shifts[random.nextInt(shifts.length)];
                long address = frames.tryAllocate(shift, random.nextBoolean() ? Pool.DATA : Pool.TABLES);
                if (address >= 0) {
                    assertThat(address & (1L << shift) - 1).as("alignment of 2^%d", shift).isZero();
                    assertThat(address).isGreaterThanOrEqualTo(START);
                    assertThat(address + (1L << shift)).isLessThanOrEqualTo(end);
                    book.add(address, shift);
                }
            } else if (!book.pieces.isEmpty()) {
                Long address = book.pieces.floorKey(random.nextLong(START, end));
                address = address == null ? book.pieces.firstKey() : address;
                frames.release(address, (int) book.remove(address));
            }
            assertThat(frames.allocated()).isEqualTo(book.bytes);
        }
        for (long address : new ArrayList<>(book.pieces.keySet())) {
            frames.release(address, (int) book.remove(address));
        }
        assertThat(frames.allocated()).isZero();
    }

    @Test
    void allOfTheMemoryCanBeHandedOutAndAgainAfterItsReturn() {
        FrameAllocator frames = new FrameAllocator("test", START, START + 6 * MIB + 12288);
        int pages = (int) (6 * MIB + 12288 >>> 12);
        for (int round = 0; round < 3; round++) {
            List<Long> handedOut = new ArrayList<>();
            for (int page = 0; page < pages; page++) {
                handedOut.add(frames.allocate(12, Pool.DATA));
            }
            assertThat(frames.tryAllocate(12, Pool.DATA)).isEqualTo(-1);
            handedOut.forEach(address -> frames.release(address, 12));
        }
    }

    @Test
    void aSecondPoolTakesAnotherBlock() {
        FrameAllocator frames = new FrameAllocator("test", 0, 16 * MIB);
        long table = frames.allocate(12, Pool.TABLES);
        long data = frames.allocate(12, Pool.DATA);
        assertThat(table / (2 * MIB)).isNotEqualTo(data / (2 * MIB));
        assertThat(frames.allocate(12, Pool.TABLES) / (2 * MIB)).isEqualTo(table / (2 * MIB));
    }

    @Test
    void whereNoBlockIsLeftAFrameComesFromAnotherPoolsBlock() {
        FrameAllocator frames = new FrameAllocator("test", 0, 4 * MIB);
        frames.allocate(12, Pool.TABLES);
        frames.allocate(21, Pool.DATA);
        assertThat(frames.allocate(12, Pool.DATA)).isLessThan(2 * MIB);
    }

    @Test
    void whenNothingIsLeftTheMessageNamesOwnerAndSize() {
        FrameAllocator frames = new FrameAllocator("guest", 0, 2 * MIB);
        frames.allocate(21, Pool.DATA);
        assertThatExceptionOfType(OutOfMemory.class)
                .isThrownBy(() -> frames.allocate(12, Pool.DATA))
                .withMessageContaining("guest")
                .withMessageContaining("2M");
    }

    @Test
    void whatWasNeverHandedOutIsNotTakenBack() {
        FrameAllocator frames = new FrameAllocator("test", 0, 16 * MIB);
        long address = frames.allocate(12, Pool.DATA);
        assertThatIllegalStateException().isThrownBy(() -> frames.release(address + 4096, 12));
        frames.release(address, 12);
        assertThatIllegalStateException().isThrownBy(() -> frames.release(address, 12));
    }

    @Test
    void theSameRequestsGiveTheSameAddresses() {
        List<Long> first = requests();
        assertThat(requests()).isEqualTo(first);
    }

    private static List<Long> requests() {
        SplittableRandom random = new SplittableRandom(9);
        FrameAllocator frames = new FrameAllocator("test", 0, 512 * MIB);
        List<Long> addresses = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            addresses.add(frames.tryAllocate(12 + random.nextInt(11), Pool.DATA));
        }
        return addresses;
    }

    @Test
    void aContiguousPieceIsAlignedAndItsGapIsUsedLater() {
        FrameAllocator frames = new FrameAllocator("test", 2 * MIB, 4096 * MIB);
        long piece = frames.tryAllocateContiguous(1024 * MIB, 1024 * MIB);
        assertThat(piece).isEqualTo(1024 * MIB);
        assertThat(frames.allocate(21, Pool.DATA)).isLessThan(piece);
        assertThat(frames.tryAllocateContiguous(8192 * MIB, 2 * MIB)).isEqualTo(-1);
    }

    @Test
    void blocksThatWereGivenBackAreJoinedForALargePiece() {
        long gib = 1L << 30;
        FrameAllocator frames = new FrameAllocator("host", 0, 2 * gib);
        List<Long> blocks = new ArrayList<>();
        for (long at = 0; at < 2 * gib; at += 2 * MIB) {
            blocks.add(frames.allocate(21, Pool.DATA));
        }
        assertThat(frames.tryAllocate(30, Pool.DATA)).isEqualTo(-1);
        long kept = blocks.removeFirst();
        blocks.reversed().forEach(block -> frames.release(block, 21));
        assertThat(frames.tryAllocate(30, Pool.DATA)).as("the half that is free as a whole").isEqualTo(gib);
        assertThat(frames.tryAllocate(30, Pool.DATA)).as("a block of the other is in use").isEqualTo(-1);
        frames.release(kept, 21);
        assertThat(frames.tryAllocate(30, Pool.DATA)).isZero();
        assertThat(frames.tryAllocate(12, Pool.DATA)).as("nothing is left").isEqualTo(-1);
        assertThat(frames.allocated()).isEqualTo(2 * gib);
    }
}

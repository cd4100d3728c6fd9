package org.memvirt.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.table.TableFrames.OutOfMemory;
import org.memvirt.engine.memory.BuddyAllocator.Pool;

final class BuddyAllocatorTest {
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
        BuddyAllocator frames = new BuddyAllocator("test", START, end);
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
            if (step % 50 == 0) {
                assertThat(bySize(frames)).as("free pieces by size").isEqualTo(joined(book, START, end));
            }
        }
        for (long address : new ArrayList<>(book.pieces.keySet())) {
            frames.release(address, (int) book.remove(address));
        }
        assertThat(frames.allocated()).isZero();
    }

    /** Free bytes by the offset bits of their pieces, as the allocator tells. */
    private static Map<Integer, Long> bySize(BuddyAllocator frames) {
        Map<Integer, Long> sizes = new TreeMap<>();
        long[] bytes = frames.freeBySize();
        for (int shift = 0; shift < bytes.length; shift++) {
            if (bytes[shift] != 0) {
                sizes.put(shift, bytes[shift]);
            }
        }
        assertThat(sizes.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(frames.free());
        assertThat(frames.largestFree())
                .isEqualTo(sizes.isEmpty() ? 0 : 1L << ((TreeMap<Integer, Long>) sizes).lastKey());
        return sizes;
    }

    /** The same by brute force: the largest aligned pieces of which every frame is free. */
    private static Map<Integer, Long> joined(Book book, long start, long end) {
        boolean[] used = new boolean[(int) (end >>> 12)];
        Arrays.fill(used, 0, (int) (start >>> 12), true);
        book.pieces.forEach((address, shift) -> Arrays.fill(
                used, (int) (address >>> 12), (int) (address + (1L << Math.max(12, shift)) >>> 12), true));
        Map<Integer, Long> sizes = new TreeMap<>();
        for (int frame = 0; frame < used.length;) {
            int shift = 0;
            while (isFree(used, frame, shift + 1)) {
                shift++;
            }
            if (isFree(used, frame, shift)) {
                sizes.merge(shift + 12, 4096L << shift, Long::sum);
            }
            frame += 1 << shift;
        }
        return sizes;
    }

    private static boolean isFree(boolean[] used, int frame, int shift) {
        if ((frame & (1 << shift) - 1) != 0 || frame + (1 << shift) > used.length) {
            return false;
        }
        for (int at = frame; at < frame + (1 << shift); at++) {
            if (used[at]) {
                return false;
            }
        }
        return true;
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void aPieceThatIsClearedTakesWhatComesBackAndIsFreeInOneWhenAllHas(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        BuddyAllocator frames = new BuddyAllocator("test", 0, 16 * MIB);
        List<Long> all = new ArrayList<>();
        while (frames.free() > 4 * MIB) {
            all.add(frames.allocate(12, Pool.DATA));
        }
        for (int i = 0; i < 500; i++) {
            frames.release(all.remove(random.nextInt(all.size())), 12);
        }
        long piece = 4 * MIB;
        long before = frames.allocated();
        frames.beginClearing(piece, 22);
        List<Long> within = new ArrayList<>(all.stream().filter(frame -> frame >>> 22 == 1).toList());
        all.removeAll(within);
        long kept = within.removeLast();
        for (long frame : within) {
            long copy = frames.allocate(12, Pool.DATA);
            assertThat(copy >>> 22).as("nothing comes from the piece").isNotEqualTo(1);
            frames.release(frame, 12);
            assertThatIllegalStateException().isThrownBy(() -> frames.release(frame, 12));
        }
        assertThat(frames.endClearing()).as("one frame is still in use").isFalse();
        assertThat(frames.allocated()).isEqualTo(before);
        frames.beginClearing(piece, 22);
        frames.release(kept, 12);
        assertThat(frames.endClearing()).isTrue();
        assertThat(frames.tryAllocate(22, Pool.DATA)).isNotNegative();
    }

    @Test
    void allOfTheMemoryCanBeHandedOutAndAgainAfterItsReturn() {
        BuddyAllocator frames = new BuddyAllocator("test", START, START + 6 * MIB + 12288);
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
        BuddyAllocator frames = new BuddyAllocator("test", 0, 16 * MIB);
        long table = frames.allocate(12, Pool.TABLES);
        long data = frames.allocate(12, Pool.DATA);
        assertThat(table / (2 * MIB)).isNotEqualTo(data / (2 * MIB));
        assertThat(frames.allocate(12, Pool.TABLES) / (2 * MIB)).isEqualTo(table / (2 * MIB));
    }

    @Test
    void whereNoBlockIsLeftAFrameComesFromAnotherPoolsBlock() {
        BuddyAllocator frames = new BuddyAllocator("test", 0, 4 * MIB);
        frames.allocate(12, Pool.TABLES);
        frames.allocate(21, Pool.DATA);
        assertThat(frames.allocate(12, Pool.DATA)).isLessThan(2 * MIB);
    }

    @Test
    void whenNothingIsLeftTheMessageNamesOwnerAndSize() {
        BuddyAllocator frames = new BuddyAllocator("guest", 0, 2 * MIB);
        frames.allocate(21, Pool.DATA);
        assertThatExceptionOfType(OutOfMemory.class)
                .isThrownBy(() -> frames.allocate(12, Pool.DATA))
                .withMessageContaining("guest")
                .withMessageContaining("2M");
    }

    @Test
    void whatWasNeverHandedOutIsNotTakenBack() {
        BuddyAllocator frames = new BuddyAllocator("test", 0, 16 * MIB);
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
        BuddyAllocator frames = new BuddyAllocator("test", 0, 512 * MIB);
        List<Long> addresses = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            addresses.add(frames.tryAllocate(12 + random.nextInt(11), Pool.DATA));
        }
        return addresses;
    }

    @Test
    void blocksThatWereGivenBackAreJoinedForALargePiece() {
        long gib = 1L << 30;
        BuddyAllocator frames = new BuddyAllocator("host", 0, 2 * gib);
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

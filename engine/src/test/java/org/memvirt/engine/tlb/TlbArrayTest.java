package org.memvirt.engine.tlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.memvirt.api.access.Rights;
import org.memvirt.api.tlb.TlbPreset.Array;
import org.memvirt.api.tlb.TlbPreset.Replacement;

final class TlbArrayTest {
    /** Tags of spaces; and of their VM's global entries, which are the pages of the upper half. */
    private static final int[] SPACES = {0, 1, 2, 513, TlbKeys.NARROW_TAGS + 1, TlbKeys.TAGS - 1};

    private static final int[] VMS = {7, TlbKeys.NARROW_TAGS - 1, TlbKeys.NARROW_TAGS + 2};
    private static final long UPPER_HALF = Long.MIN_VALUE;
    private static final long PAGE = -4096;

    private static Array lru(int sets, int ways, Integer... shifts) {
        return new Array(List.of(shifts), sets, ways, Replacement.LRU);
    }

    static Stream<Array> geometries() {
        return Stream.of(
                lru(1, 1, 12),
                lru(16, 4, 12),
                lru(3, 5, 12),
                lru(2, 8, 12),
                lru(1, 9, 12),
                lru(4, 16, 12),
                lru(1, 17, 12),
                lru(4, 3, 12, 21),
                lru(1, 20, 12, 21, 30),
                lru(3, 2, 21, 30),
                lru(8, 12, 12, 21, 30),
                lru(4, 6, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 34, 48),
                lru(1, 30, 16, 21, 29, 34, 42),
                new Array(List.of(12, 21), 2, 4, Replacement.TREE_PLRU),
                new Array(List.of(12), 1, 32, Replacement.TREE_PLRU),
                new Array(List.of(12, 21, 30), 3, 6, Replacement.RANDOM));
    }

    private record Held(int size, long page, int tag, boolean global, long frame, int allowed) {}

    /** An array, with what it should hold by entry, of each set the entries in the order of their use, and the latest. */
    private static final class Watched {
        final Array described;
        final TlbArray array;
        final @Nullable Uses uses;
        final SplittableRandom random;
        final Map<Integer, Held> held = new HashMap<>();
        final Map<Long, List<Integer>> used = new HashMap<>();
        final Map<Long, Integer> latest = new HashMap<>();

        Watched(Array described, long seed) {
            this.described = described;
            random = new SplittableRandom(seed);
            uses = random.nextBoolean() ? new Uses(described.sets() * described.ways()) : null;
            array = new TlbArray(described, seed, uses);
        }

        int shift(int size) {
            return described.pageShifts().get(size);
        }

        /** Each size has pages of its own; of a set some have the same low bits, by which a set may tell them apart. */
        long address(int size) {
            long above = random.nextInt(2 * described.ways() + 1) * (random.nextInt(3) == 0 ? 256L : 1);
            long number = random.nextInt(described.sets()) + above * Integer.highestOneBit(2 * described.sets() - 1);
            long address = ((long) size << 58) + (number << shift(size)) + random.nextLong(1L << shift(size));
            return random.nextInt(4) == 0 ? address | UPPER_HALF : address;
        }

        int size() {
            return random.nextInt(described.pageShifts().size());
        }

        long set(int size, long address) {
            return Long.remainderUnsigned(address >>> shift(size), described.sets());
        }

        List<Integer> used(long set) {
            return used.computeIfAbsent(set, none -> new ArrayList<>());
        }

        void step() {
            if (uses != null) {
                uses.goOn(uses.now() + 1);
            }
            int size = size();
            long address = address(size);
            int space = SPACES[random.nextInt(SPACES.length)];
            int vm = VMS[random.nextInt(VMS.length)];
            int entry = find(size, address, space, vm);
            if (entry == TlbArray.NONE) {
                if (random.nextBoolean()) {
                    fill(size, address, space, vm);
                }
            } else if (random.nextInt(12) == 0) {
                remove(entry);
            } else if (random.nextBoolean()) {
                array.touch(entry);
                use(set(size, address), entry);
            }
            switch (random.nextInt(200)) {
                case 0 -> {
                    boolean[] chosen = chosen();
                    TlbRemoval.all(array, tag -> chosen[tag]);
                    removeIf(old -> chosen[old.tag]);
                }
                case 1, 2, 3, 4, 5, 6, 7, 8 -> removeRange();
                default -> {
                    // No more happens in this step.
                }
            }
        }

        int find(int size, long address, int space, int vm) {
            long page = address & -1L << shift(size);
            List<Integer> wanted = held.keySet().stream()
                    .filter(entry -> held.get(entry).size == size && held.get(entry).page == page)
                    .filter(entry -> held.get(entry).tag == space || held.get(entry).tag == vm)
                    .toList();
            int entry = array.find(address, space, vm);
            assertThat(entry).as("%#x", address).isEqualTo(wanted.isEmpty() ? TlbArray.NONE : wanted.getFirst());
            boolean other = !wanted.isEmpty() && (size != 0 || address < 0);
            assertThat(array.findsOther(address, space, vm)).as("%#x", address).isEqualTo(other);
            if (array.isSearchable() && size == 0 && space < TlbKeys.NARROW_TAGS && !holdsWide()) {
                assertThat(array.search(page | space)).isEqualTo(other ? TlbArray.NONE : entry);
            }
            if (entry != TlbArray.NONE) {
                Held is = held.get(entry);
                long offset = address & (1L << shift(size)) - 1;
                assertThat(array.output(entry, address)).isEqualTo(is.frame | offset);
                assertThat(array.pageShift(entry)).isEqualTo(shift(size));
            }
            return entry;
        }

        /** Whether any entry has a tag for which a key has no room: then only find tells spaces apart. */
        boolean holdsWide() {
            return held.values().stream().anyMatch(is -> is.tag >= TlbKeys.NARROW_TAGS);
        }

        void fill(int size, long address, int space, int vm) {
            boolean global = address < 0;
            int tag = global ? vm : space;
            int allowed = random.nextInt(Rights.ALL + 1);
            long output = random.nextLong(1L << 46);
            List<Integer> order = used(set(size, address));
            boolean full = order.size() == described.ways();
            int entry;
            boolean narrow = tag < TlbKeys.NARROW_TAGS && !holdsWide();
            if (uses == null && array.isSearchable() && size == 0 && !global && narrow && random.nextBoolean()) {
                long key = address & PAGE | tag;
                int head = array.headOf(key);
                entry = array.isAlike() && random.nextBoolean()
                        ? array.replaceAlike(head, key, output & PAGE | allowed)
                        : array.replace(head, key, output & PAGE | allowed);
            } else {
                entry = array.take(address, size);
                assertThat(array.isValid(entry)).as("an empty place is taken first").isEqualTo(full);
                array.write(entry, address, size, tag, global, output, allowed);
            }
            if (full && described.replacement() == Replacement.LRU) {
                assertThat(entry).as("what was not used for longest goes").isEqualTo(order.getLast());
            }
            long pages = -1L << shift(size);
            held.put(entry, new Held(size, address & pages, tag, global, output & pages, allowed));
            use(set(size, address), entry);
        }

        void use(long set, int entry) {
            used(set).remove((Integer) entry);
            used(set).addFirst(entry);
            if (random.nextInt(3) != 0) {
                int before = array.makeLatest(entry);
                assertThat(before).isEqualTo(latest.getOrDefault(set, TlbArray.NONE));
                latest.put(set, entry);
            }
        }

        void remove(int entry) {
            array.remove(entry);
            forget(entry);
            assertThat(array.isValid(entry)).isFalse();
            array.remove(entry);
        }

        void forget(int entry) {
            held.remove(entry);
            used.values().forEach(order -> order.remove((Integer) entry));
            latest.values().remove(entry);
        }

        void removeIf(Predicate<Held> chosen) {
            held.keySet().stream()
                    .filter(entry -> chosen.test(held.get(entry)))
                    .toList()
                    .forEach(this::forget);
        }

        boolean[] chosen() {
            boolean[] chosen = new boolean[TlbKeys.TAGS];
            IntStream.concat(IntStream.of(SPACES), IntStream.of(VMS))
                    .forEach(tag -> chosen[tag] = random.nextInt(3) != 0);
            return chosen;
        }

        void removeRange() {
            boolean[] chosen = chosen();
            int size = size();
            long pageBytes = 1L << shift(size);
            long address = address(size);
            long first =
                    switch (random.nextInt(3)) {
                        case 0 -> address;
                        case 1 -> address & -pageBytes;
                        default -> address | pageBytes - 1;
                    };
            long bytes =
                    switch (random.nextInt(5)) {
                        case 0 -> 1;
                        case 1 -> 2;
                        case 2 -> pageBytes;
                        case 3 -> pageBytes + 1;
                        default -> 1 + random.nextLong(5 * pageBytes);
                    };
            TlbRemoval.range(array, tag -> chosen[tag], first, bytes);
            removeIf(old -> chosen[old.tag]
                    && old.page <= first + bytes - 1
                    && first <= old.page + (1L << shift(old.size)) - 1);
        }

        void check() {
            assertThat(IntStream.range(0, array.entries()).map(array::entryAt).filter(array::isValid))
                    .containsExactlyInAnyOrderElementsOf(held.keySet());
            held.forEach((entry, is) -> {
                assertThat(array.page(entry)).isEqualTo(is.page);
                assertThat(array.tag(entry)).isEqualTo(is.tag);
                assertThat(array.isGlobal(entry)).isEqualTo(is.global);
                assertThat(array.allowed(entry)).isEqualTo(is.allowed);
            });
            assertThat(array.isEmpty()).isEqualTo(held.isEmpty());
            boolean others = held.values().stream().anyMatch(is -> is.size != 0 || is.global);
            assertThat(array.holdsOthers()).isEqualTo(others);
            assertThat(array.isAlike())
                    .isEqualTo(array.isSearchable() && !others && held.size() == array.entries());
        }
    }

    @ParameterizedTest
    @MethodSource("geometries")
    void aRandomHistoryIsThatOfListsInOrderOfUse(Array geometry) {
        for (int seed = 0; seed < 4; seed++) {
            Watched watched = new Watched(geometry, seed);
            watched.check();
            for (int step = 0; step < 2500; step++) {
                watched.step();
                if (step % 8 == 0) {
                    watched.check();
                }
            }
            TlbRemoval.all(watched.array, tag -> true);
            watched.held.clear();
            watched.check();
        }
    }

    private static long[] byAge(TlbArray array) {
        long[] all = new long[2 * array.entries()];
        array.copyByAge(all, 0);
        return all;
    }

    @ParameterizedTest
    @MethodSource("geometries")
    void whatWasSavedIsRestored(Array geometry) {
        Watched watched = new Watched(geometry, 5);
        TlbArray array = watched.array;
        if (!array.isSearchable()) {
            return;
        }
        for (int round = 0; round < 30; round++) {
            for (int step = 0; step < 100; step++) {
                watched.step();
            }
            long[] before = byAge(array);
            array.save();
            for (int i = 0; i < 3 * geometry.entries(); i++) {
                long key = watched.address(0) & ~UPPER_HALF & PAGE | 1;
                int head = array.headOf(key);
                int entry = array.searchSet(head, key);
                if (entry == TlbArray.NONE) {
                    long value = (long) i << 12;
                    entry = array.isAlike() ? array.replaceAlike(head, key, value) : array.replace(head, key, value);
                } else {
                    array.touch(entry);
                    array.setValue(entry, i + 1L << 50);
                }
                assertThat(array.search(key)).isEqualTo(entry);
            }
            assertThat(byAge(array)).isNotEqualTo(before);
            array.restore();
            assertThat(byAge(array)).isEqualTo(before);
            watched.check();
        }
    }

    @ParameterizedTest
    @MethodSource("geometries")
    void whatWasTakenOutByAgeAndGivenBackIsUsedInTheSameOrder(Array geometry) {
        Watched watched = new Watched(geometry, 6);
        TlbArray array = watched.array;
        if (!array.isSearchable()) {
            return;
        }
        for (int step = 0; step < 700; step++) {
            watched.step();
        }
        long[] all = byAge(array);
        TlbArray other = new TlbArray(geometry, 6, null);
        for (int place = 0; place < array.entries(); place++) {
            int set = place / array.ways();
            other.setAged(set, place % array.ways(), all[2 * place], all[2 * place + 1]);
        }
        assertThat(byAge(other)).isEqualTo(all);
        assertThat(other.holdsOthers()).isEqualTo(array.holdsOthers());
        for (int step = 0; step < 500; step++) {
            int size = watched.size();
            long address = watched.address(size);
            int entry = array.find(address, 1, 7);
            int same = other.find(address, 1, 7);
            assertThat(same != TlbArray.NONE).isEqualTo(entry != TlbArray.NONE);
            if (entry != TlbArray.NONE) {
                array.touch(entry);
                other.touch(same);
            } else {
                array.write(array.take(address, size), address, size, 1, false, step << 12, 0);
                other.write(other.take(address, size), address, size, 1, false, step << 12, 0);
            }
        }
        assertThat(byAge(other)).isEqualTo(byAge(array));
    }

    @Test
    void aSizeGoesToTheLargestThatIsKeptNotAboveIt() {
        TlbArray array = new TlbArray(lru(1, 4, 21, 12), 0, null);
        assertThat(array.sizeFor(11)).isEqualTo(TlbArray.NONE);
        assertThat(array.shiftOf(array.sizeFor(12))).isEqualTo(12);
        assertThat(array.shiftOf(array.sizeFor(20))).isEqualTo(12);
        assertThat(array.shiftOf(array.sizeFor(21))).isEqualTo(21);
        assertThat(array.shiftOf(array.sizeFor(30))).isEqualTo(21);
        assertThat(array.sizes()).isEqualTo(1L << 12 | 1L << 21);
    }

    @Test
    void onlyAnLruArrayOfFewWaysThatTakesSmallPagesIsSearchable() {
        assertThat(new TlbArray(lru(3, 16, 12, 21), 0, null).isSearchable()).isTrue();
        assertThat(new TlbArray(lru(3, 17, 12), 0, null).isSearchable()).isFalse();
        assertThat(new TlbArray(lru(3, 4, 21), 0, null).isSearchable()).isFalse();
        assertThat(new TlbArray(new Array(List.of(12), 1, 4, Replacement.TREE_PLRU), 0, null).isSearchable()).isFalse();
    }

    @Test
    void pagesOf4KiBAndLargerAreTaken() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TlbArray(lru(1, 4), 0, null))
                .withMessageContaining("[]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TlbArray(lru(1, 4, 11, 12), 0, null))
                .withMessageContaining("11");
        assertThatIllegalArgumentException().isThrownBy(() -> new TlbArray(lru(1, 4, 12, 53), 0, null));
    }
}

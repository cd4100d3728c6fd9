package org.memvirt.engine.tlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.tlb.TlbPreset.Replacement;

final class ReplacerTest {
    private static final int SETS = 3;

    @ParameterizedTest(name = "{0} ways")
    @ValueSource(ints = {1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 17, 20, 33})
    void lruTakesAnEmptyWayOrElseTheOneUnusedForLongest(int ways) {
        SplittableRandom random = new SplittableRandom(ways);
        Replacer replacer = Replacer.of(Replacement.LRU, SETS, ways, 1);
        List<List<Integer>> used = new ArrayList<>();
        for (int set = 0; set < SETS; set++) {
            used.add(new ArrayList<>());
        }
        for (int step = 0; step < 3000; step++) {
            int set = random.nextInt(SETS);
            List<Integer> order = used.get(set);
            int victim = replacer.victim(set);
            if (order.size() < ways) {
                assertThat(order).as("an empty way is taken").doesNotContain(victim);
            } else {
                assertThat(victim).isEqualTo(order.getLast());
            }
            switch (random.nextInt(4)) {
                case 0 -> {
                    order.remove((Integer) victim);
                    replacer.touch(set, victim);
                    order.addFirst(victim);
                }
                case 1, 2 -> {
                    if (!order.isEmpty()) {
                        int way = order.get(random.nextInt(order.size()));
                        replacer.touch(set, way);
                        order.remove((Integer) way);
                        order.addFirst(way);
                    }
                }
                default -> {
                    if (!order.isEmpty() && random.nextInt(3) == 0) {
                        int way = order.get(random.nextInt(order.size()));
                        replacer.free(set, way);
                        order.remove((Integer) way);
                    }
                }
            }
        }
    }

    /** The tree as a recursion: the side that was not used last, down to a leaf. */
    private static final class Tree {
        private final int ways;
        private final boolean[] rightIsNext;
        private final Set<Integer> filled = new HashSet<>();

        Tree(int ways) {
            this.ways = ways;
            rightIsNext = new boolean[2 * ways];
        }

        int victim() {
            for (int way = 0; way < ways; way++) {
                if (!filled.contains(way)) {
                    return way;
                }
            }
            return descend(1, 0, ways);
        }

        private int descend(int node, int from, int count) {
            if (count == 1) {
                return from;
            }
            return rightIsNext[node]
                    ? descend(2 * node + 1, from + count / 2, count / 2)
                    : descend(2 * node, from, count / 2);
        }

        void touch(int way) {
            filled.add(way);
            int node = 1;
            int from = 0;
            for (int count = ways; count > 1; count /= 2) {
                boolean right = way >= from + count / 2;
                rightIsNext[node] = !right;
                from += right ? count / 2 : 0;
                node = 2 * node + (right ? 1 : 0);
            }
        }
    }

    @ParameterizedTest(name = "{0} ways")
    @ValueSource(ints = {1, 2, 4, 8, 16, 32, 64})
    void treePlruPointsAwayFromWhatWasUsed(int ways) {
        SplittableRandom random = new SplittableRandom(ways);
        Replacer replacer = Replacer.of(Replacement.TREE_PLRU, 2, ways, 1);
        Tree tree = new Tree(ways);
        for (int step = 0; step < 2000; step++) {
            assertThat(replacer.victim(1)).isEqualTo(tree.victim());
            int way = random.nextBoolean() ? tree.victim() : random.nextInt(ways);
            if (random.nextInt(10) == 0 && tree.filled.remove(way)) {
                replacer.free(1, way);
            } else {
                replacer.touch(1, way);
                tree.touch(way);
            }
        }
        assertThat(replacer.victim(0)).as("the other set was left alone").isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8, 20})
    void randomTakesEmptyWaysFirstAndThenAnyAsItsSeedSays(int ways) {
        Replacer replacer = Replacer.of(Replacement.RANDOM, 1, ways, 42);
        Replacer twin = Replacer.of(Replacement.RANDOM, 1, ways, 42);
        Set<Integer> filled = new HashSet<>();
        for (int way = 0; way < ways; way++) {
            int victim = replacer.victim(0);
            assertThat(twin.victim(0)).isEqualTo(victim);
            assertThat(filled.add(victim)).isTrue();
            replacer.touch(0, victim);
            twin.touch(0, victim);
        }
        Set<Integer> victims = new HashSet<>();
        for (int i = 0; i < 100 * ways; i++) {
            int victim = replacer.victim(0);
            assertThat(twin.victim(0)).isEqualTo(victim);
            victims.add(victim);
        }
        assertThat(victims).isEqualTo(filled);
    }

    @Test
    void aTreeNeedsAPowerOfTwo() {
        for (int ways : new int[] {3, 12, 20}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Replacer.of(Replacement.TREE_PLRU, 4, ways, 1))
                    .withMessageContaining("" + ways);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TREE_PLRU", "RANDOM"})
    void policiesWithoutAnOrderTakeSixtyFourWaysAtMost(Replacement kind) {
        assertThatIllegalArgumentException().isThrownBy(() -> Replacer.of(kind, 1, 128, 1));
    }
}

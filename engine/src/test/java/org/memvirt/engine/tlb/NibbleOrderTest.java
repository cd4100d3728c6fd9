package org.memvirt.engine.tlb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NibbleOrderTest {
    @ParameterizedTest(name = "{0} ways")
    @ValueSource(ints = {1, 2, 3, 4, 7, 8, 9, 12, 15, 16})
    void aRandomHistoryIsThatOfAListInOrderOfUse(int ways) {
        SplittableRandom random = new SplittableRandom(ways);
        int oldestShift = 4 * (ways - 1);
        long order = NibbleOrder.START;
        List<Integer> list = new ArrayList<>(IntStream.range(0, ways).boxed().toList());
        for (int step = 0; step < 2000; step++) {
            int way = random.nextInt(ways);
            switch (random.nextInt(3)) {
                case 0 -> {
                    order = NibbleOrder.touch(order, way);
                    list.remove((Integer) way);
                    list.addFirst(way);
                }
                case 1 -> {
                    order = NibbleOrder.rotate(order, oldestShift);
                    list.addFirst(list.removeLast());
                }
                default -> {
                    order = NibbleOrder.free(order, way, ways);
                    list.remove((Integer) way);
                    list.addLast(way);
                }
            }
            assertThat(nibbles(order, 0, ways)).isEqualTo(list);
            assertThat(nibbles(order, ways, NibbleOrder.MOST_WAYS))
                    .as("ways that do not exist stay where they are")
                    .isEqualTo(nibbles(NibbleOrder.START, ways, NibbleOrder.MOST_WAYS));
        }
    }

    private static List<Integer> nibbles(long order, int from, int to) {
        return IntStream.range(from, to)
                .map(age -> (int) (order >>> 4 * age) & 15)
                .boxed()
                .toList();
    }
}

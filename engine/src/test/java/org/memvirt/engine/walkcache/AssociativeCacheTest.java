package org.memvirt.engine.walkcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AssociativeCacheTest {
    private record Key(long number, int tag) {}

    @ParameterizedTest(name = "{0} sets of {1}")
    @CsvSource({"1,1", "1,2", "1,4", "1,32", "2,3", "7,5", "16,8", "64,1", "3,100"})
    void aRandomHistoryIsThatOfListsInOrderOfUse(int sets, int ways) {
        SplittableRandom random = new SplittableRandom(31L * sets + ways);
        AssociativeCache cache = new AssociativeCache(sets, ways);
        List<List<Key>> model = new ArrayList<>();
        for (int set = 0; set < sets; set++) {
            model.add(new ArrayList<>());
        }
        int numbers = 1 + 2 * sets * ways;
        for (int step = 0; step < 6000; step++) {
            Key key = new Key(random.nextInt(numbers) - 3, random.nextInt(3));
            int set = cache.setOf(key.number);
            assertThat(set).isEqualTo((int) Long.remainderUnsigned(key.number, sets));
            List<Key> order = model.get(set);
            assertThat(cache.peek(key.number, key.tag) != AssociativeCache.NONE).isEqualTo(order.contains(key));
            switch (random.nextInt(10)) {
                case 0 -> {
                    int slot = cache.peek(key.number, key.tag);
                    if (slot != AssociativeCache.NONE) {
                        cache.remove(slot);
                        order.remove(key);
                    }
                }
                case 1 -> {
                    if (random.nextInt(200) == 0) {
                        cache.clear();
                        model.forEach(List::clear);
                    }
                }
                case 2 -> checkAges(cache, model, ways);
                default -> use(cache, set, key, order, ways);
            }
        }
        check(cache, model);
    }

    private static void use(AssociativeCache cache, int set, Key key, List<Key> order, int ways) {
        int slot = cache.find(set, key.number, key.tag);
        assertThat(slot != AssociativeCache.NONE).isEqualTo(order.remove(key));
        if (slot == AssociativeCache.NONE) {
            slot = cache.insert(set, key.number, key.tag);
            if (order.size() == ways) {
                order.removeLast();
            }
        }
        order.addFirst(key);
        assertThat(cache.isValid(slot)).isTrue();
        assertThat(cache.number(slot)).isEqualTo(key.number);
        assertThat(cache.tag(slot)).isEqualTo(key.tag);
    }

    private static void checkAges(AssociativeCache cache, List<List<Key>> model, int ways) {
        int[] slots = new int[cache.slots()];
        for (int set = 0; set < model.size(); set++) {
            cache.copyByAge(set, slots);
            List<Key> order = model.get(set);
            for (int age = 0; age < ways; age++) {
                int slot = slots[set * ways + ways - 1 - age];
                assertThat(cache.isValid(slot)).isEqualTo(age < order.size());
                if (cache.isValid(slot)) {
                    assertThat(new Key(cache.number(slot), cache.tag(slot))).isEqualTo(order.get(age));
                }
            }
        }
    }

    private static void check(AssociativeCache cache, List<List<Key>> model) {
        int valid = 0;
        for (int index = 0; index < cache.slots(); index++) {
            int slot = cache.slotAt(index);
            if (cache.isValid(slot)) {
                valid++;
                assertThat(model.get(cache.setOf(cache.number(slot))))
                        .contains(new Key(cache.number(slot), cache.tag(slot)));
            }
        }
        assertThat(valid).isEqualTo(model.stream().mapToInt(List::size).sum());
    }

    @Test
    void anEmptiedPlaceIsTheFirstToBeTaken() {
        AssociativeCache cache = new AssociativeCache(1, 3);
        cache.insert(0, 1, 0);
        int middle = cache.insert(0, 2, 0);
        cache.insert(0, 3, 0);
        cache.remove(middle);
        assertThat(cache.insert(0, 4, 0)).isEqualTo(middle);
        assertThat(cache.peek(1, 0)).isNotEqualTo(AssociativeCache.NONE);
        assertThat(cache.peek(3, 0)).isNotEqualTo(AssociativeCache.NONE);
    }

    @Test
    void aPeekChangesNothing() {
        AssociativeCache cache = new AssociativeCache(1, 2);
        cache.insert(0, 1, 0);
        cache.insert(0, 2, 0);
        cache.peek(1, 0);
        cache.insert(0, 3, 0);
        assertThat(cache.peek(1, 0)).as("1 was the least recently used").isEqualTo(AssociativeCache.NONE);
    }
}

package org.memvirt.engine.walkcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LruRunTest {
    private static final int MOST = 128;

    /** What a cache holds; the contents are the steps that wrote them. */
    private record Entry(long number, int tag, long content) {
        boolean is(long ofNumber, int ofTag) {
            return number == ofNumber && tag == ofTag;
        }
    }

    private final List<List<Entry>> model = new ArrayList<>();

    @ParameterizedTest(name = "{0} sets of {1}")
    @CsvSource({"1,1", "1,2", "1,4", "1,32", "2,3", "7,5", "16,8", "64,1", "3,100"})
    void aRandomRunIsThatOfListsInOrderOfUse(int sets, int ways) {
        SplittableRandom random = new SplittableRandom(31L * sets + ways);
        AssociativeCache cache = new AssociativeCache(sets, ways);
        LruRun run = new LruRun(cache, sets, ways, MOST);
        for (int set = 0; set < sets; set++) {
            model.add(new ArrayList<>());
        }
        for (int step = 0; step < 600; step++) {
            int numbers = 1 + random.nextInt((1 + random.nextInt(3)) * sets * ways);
            int tag = random.nextInt(8) / 7;
            long[] wanted = random.longs(1 + random.nextInt(MOST), -3, numbers - 3).toArray();
            System.arraycopy(wanted, 0, run.numbers(), run.first(), wanted.length);
            boolean all = run.use(wanted.length, tag);
            int[] missed = IntStream.range(0, wanted.length).filter(run::missed).toArray();
            assertThat(!all || missed.length == 0).isTrue();
            if (random.nextInt(4) != 0) {
                assertThat(missed).isEqualTo(use(cache, wanted, tag, step, ways));
                int kept = run.keep();
                for (int i = 0; i < kept; i++) {
                    assertThat(cache.number(run.keptSlot(i))).isEqualTo(wanted[run.keptUse(i)]);
                    cache.words[run.keptSlot(i) + AssociativeCache.CONTENT] = step;
                }
            }
            check(cache, ways);
            if (random.nextInt(8) == 0) {
                removeOne(cache, random);
            }
        }
    }

    /** Uses the keys in the model; returns those uses that find nothing. */
    private int[] use(AssociativeCache cache, long[] wanted, int tag, int step, int ways) {
        List<Integer> misses = new ArrayList<>();
        for (int use = 0; use < wanted.length; use++) {
            long number = wanted[use];
            List<Entry> order = model.get(cache.setOf(number));
            if (!order.removeIf(entry -> entry.is(number, tag))) {
                misses.add(use);
            }
            order.addFirst(new Entry(number, tag, step));
            if (order.size() > ways) {
                order.removeLast();
            }
        }
        return misses.stream().mapToInt(Integer::intValue).toArray();
    }

    private void removeOne(AssociativeCache cache, SplittableRandom random) {
        int slot = cache.slotAt(random.nextInt(cache.slots()));
        if (cache.isValid(slot)) {
            long number = cache.number(slot);
            int tag = cache.tag(slot);
            model.get(cache.setOf(number)).removeIf(entry -> entry.is(number, tag));
            cache.remove(slot);
        }
    }

    private void check(AssociativeCache cache, int ways) {
        int[] slots = new int[cache.slots()];
        for (int set = 0; set < model.size(); set++) {
            cache.copyByAge(set, slots);
            List<Entry> order = model.get(set);
            for (int age = 0; age < ways; age++) {
                int slot = slots[set * ways + ways - 1 - age];
                assertThat(cache.isValid(slot)).isEqualTo(age < order.size());
                if (cache.isValid(slot)) {
                    long content = cache.words[slot + AssociativeCache.CONTENT];
                    assertThat(new Entry(cache.number(slot), cache.tag(slot), content))
                            .isEqualTo(order.get(age));
                    assertThat(cache.peek(cache.number(slot), cache.tag(slot))).isEqualTo(slot);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0} sets of {1}")
    @CsvSource({"1,1", "1,4", "3,2"})
    void aRunTellsTheFirstUseThatFindsWhatTheCacheHeld(int sets, int ways) {
        AssociativeCache cache = new AssociativeCache(sets, ways);
        LruRun run = new LruRun(cache, sets, ways, MOST);
        int slot = cache.insert(cache.setOf(5), 5, 1);
        long[] wanted = {5, 5, 6, 5};
        for (int tag = 0; tag < 2; tag++) {
            System.arraycopy(wanted, 0, run.numbers(), run.first(), wanted.length);
            run.use(wanted.length, tag);
            for (int age = 0; age < run.slots(); age++) {
                assertThat(run.found(age)).isEqualTo(tag == 1 && run.slot(age) == slot ? 0 : -1);
            }
        }
    }
}

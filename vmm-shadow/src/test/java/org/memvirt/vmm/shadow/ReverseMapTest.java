package org.memvirt.vmm.shadow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.memvirt.api.access.Rights;
import org.memvirt.testkit.trial.Seeds;

/** The aliases of a piece of the guest's memory. */
final class ReverseMapTest {
    private static final long PAGE = 4096;

    private final ReverseMap map = new ReverseMap(12);
    private final ShadowTable table = new ScriptedGuest(Map.of()).shadow();

    private ShadowEntry entry(long gpa, int shift) {
        return new ShadowEntry(table, gpa, gpa, shift, shift, Rights.ALL, Rights.ALL, null);
    }

    private ShadowEntry add(long gpa, int shift) {
        ShadowEntry entry = entry(gpa, shift);
        map.add(entry);
        return entry;
    }

    @Test
    void whateverOrderTheyGoInTheOthersAreStillFound() {
        for (int gone = 0; gone < 3; gone++) {
            List<ShadowEntry> aliases = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                aliases.add(add(7 * PAGE, 12));
            }
            assertThat(map.leadingTo(7 * PAGE, 1)).containsExactlyInAnyOrderElementsOf(aliases);
            assertThat(map.size()).isEqualTo(3);
            map.remove(aliases.remove(gone));
            assertThat(map.leadingTo(7 * PAGE, PAGE)).containsExactlyInAnyOrderElementsOf(aliases);
            Collections.reverse(aliases);
            while (!aliases.isEmpty()) {
                map.remove(aliases.removeFirst());
                assertThat(map.leadingTo(7 * PAGE, PAGE)).containsExactlyInAnyOrderElementsOf(aliases);
                assertThat(map.size()).isEqualTo(aliases.size());
            }
        }
    }

    @Test
    void aRangeHasWhatLeadsToAnyPartOfIt() {
        ShadowEntry before = add(511 * PAGE, 12);
        ShadowEntry first = add(512 * PAGE, 12);
        ShadowEntry large = add(512 * PAGE, 21);
        ShadowEntry last = add(1023 * PAGE, 12);
        ShadowEntry after = add(1024 * PAGE, 12);
        assertThat(map.leadingTo(512 * PAGE, 1)).containsExactlyInAnyOrder(first, large);
        assertThat(map.leadingTo(700 * PAGE, PAGE)).containsExactly(large);
        assertThat(map.leadingTo(1023 * PAGE, 2 * PAGE)).containsExactlyInAnyOrder(large, last, after);
        assertThat(map.leadingTo(512 * PAGE, 512 * PAGE)).containsExactlyInAnyOrder(first, large, last);
        assertThat(map.leadingTo(0, 512 * PAGE)).containsExactly(before);
        assertThat(map.leadingTo(1024 * PAGE, 1 << 30)).containsExactly(after);
    }

    @Test
    void itFindsWhatALookThroughAllFinds() {
        Seeds.rounds(200, random -> {
            ReverseMap tried = new ReverseMap(12);
            List<ShadowEntry> model = new ArrayList<>();
            for (int step = 0; step < 60; step++) {
                if (model.isEmpty() || random.nextInt(3) != 0) {
                    int shift = random.nextInt(4) == 0 ? 21 : 12;
                    ShadowEntry made = entry(random.nextLong(1 << 24) & -1L << shift, shift);
                    tried.add(made);
                    model.add(made);
                } else {
                    tried.remove(model.remove(random.nextInt(model.size())));
                }
                check(tried, model, random);
            }
        });
    }

    private static void check(ReverseMap tried, List<ShadowEntry> model, SplittableRandom random) {
        long gpa = random.nextLong(1 << 24) & -PAGE;
        long bytes = PAGE * (1 + random.nextInt(random.nextBoolean() ? 4 : 2048));
        assertThat(tried.size()).isEqualTo(model.size());
        assertThat(tried.leadingTo(gpa, bytes)).containsExactlyInAnyOrderElementsOf(model.stream()
                .filter(entry -> entry.gpa < gpa + bytes && gpa < entry.gpa + (1L << entry.shift))
                .toList());
    }
}

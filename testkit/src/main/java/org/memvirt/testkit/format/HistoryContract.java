package org.memvirt.testkit.format;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.memvirt.testkit.trial.Histories;
import org.memvirt.testkit.trial.Seeds;

/** Random histories of one table beside a plain map that does the same, and caches that obey what edits say is stale. */
public interface HistoryContract extends FormatUnderTest {
    @Test
    default void aRandomHistoryTranslatesAsAPlainMapDoes() {
        Seeds.rounds(20, random -> {
            List<Step> steps = new ArrayList<>();
            for (int step = 0; step < 300; step++) {
                steps.add(draw(random));
            }
            Histories.check(steps, history -> HistoryPlayer.play(this, history, 1));
        });
    }

    private Step draw(SplittableRandom random) {
        int kind = random.nextInt(10);
        int shift = kind < 3 || kind == 6 ? randomShift(random) : 0;
        long input = randomInput(random, kind < 3 ? shift : 0);
        return switch (kind) {
            case 0, 1, 2 -> new Step.Map(
                    input, randomOutput(random, shift), shift, randomRights(random), random.nextInt(8));
            case 3 -> new Step.Unmap(input);
            case 4 -> new Step.Protect(input, randomRights(random));
            case 5 -> {
                int set = random.nextInt(4) << 1;
                yield new Step.Mark(input, set, (random.nextInt(4) << 1) & format().attributes() & ~set);
            }
            case 6 -> new Step.Split(input, shift);
            default -> new Step.Access(input + random.nextLong(1L << basePage()), 1 << random.nextInt(6));
        };
    }
}

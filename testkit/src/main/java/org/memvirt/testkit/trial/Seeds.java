package org.memvirt.testkit.trial;

import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.opentest4j.IncompleteExecutionException;

/**
 * Random tests that can be repeated. Each round gets a seed of its own; a failing round names it, and
 * {@code -Dmemvirt.seed=N} makes that round the first one. Without the property every run takes the same seeds;
 * {@code -Dmemvirt.seed=random} takes new ones.
 */
public final class Seeds {
    /** The system property that chooses the seed of the first round. */
    public static final String PROPERTY = "memvirt.seed";

    private static final long USUAL = 20_080_301;

    private Seeds() {}

    /** Runs {@code test} that often, each time with a fresh generator. */
    public static void rounds(int rounds, Consumer<SplittableRandom> test) {
        long seed = first();
        for (int round = 0; round < rounds; round++) {
            run(seed, test);
            seed = new SplittableRandom(seed).nextLong() >>> 1;
        }
    }

    /** The generator of a test that has but one round. */
    public static SplittableRandom random() {
        return new SplittableRandom(first());
    }

    /** The seed that the first round takes. */
    public static long first() {
        String given = System.getProperty(PROPERTY);
        if (given == null) {
            return USUAL;
        }
        return given.equals("random") ? System.nanoTime() : Long.parseLong(given);
    }

    private static void run(long seed, Consumer<SplittableRandom> test) {
        try {
            test.accept(new SplittableRandom(seed));
        } catch (IncompleteExecutionException skipped) {
            throw skipped;
        } catch (AssertionError | RuntimeException failure) {
            throw new AssertionError(
                    "with seed %d (-D%s=%d repeats it): %s".formatted(seed, PROPERTY, seed, failure.getMessage()),
                    failure);
        }
    }
}

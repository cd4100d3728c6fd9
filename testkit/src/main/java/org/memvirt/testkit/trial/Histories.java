package org.memvirt.testkit.trial;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Random tests that are lists of steps. One that fails is made as short as can be found, and the message tells its last
 * steps. Any part of a history must be one that can be played.
 */
public final class Histories {
    /** How often a history is played in order to shorten it. */
    private static final int MOST_TRIES = 400;

    private static final int SHOWN = 15;

    private Histories() {}

    /** Plays a history on something new; throws an assertion error, or any other, where that is wrong. */
    @FunctionalInterface
    public interface Player<S> {
        void play(List<S> steps);
    }

    /**
     * Plays a history.
     *
     * @throws AssertionError if it fails; with the message of the shortest that fails, too, and the steps of that
     */
    public static <S> void check(List<S> steps, Player<S> player) {
        Throwable failure = failure(steps, player);
        if (failure == null) {
            return;
        }
        List<S> shortest = shortest(steps, player);
        Throwable its = failure(shortest, player);
        Throwable told = its == null ? failure : its;
        StringBuilder message = new StringBuilder(String.valueOf(told.getMessage()))
                .append("\nThe shortest history found that fails has %d of %d steps%s:".formatted(
                        shortest.size(), steps.size(), shortest.size() > SHOWN ? "; the last are" : ""));
        for (int at = Math.max(0, shortest.size() - SHOWN); at < shortest.size(); at++) {
            message.append("\n  %d. %s".formatted(at + 1, shortest.get(at)));
        }
        throw new AssertionError(message.toString(), told);
    }

    private static <S> @Nullable Throwable failure(List<S> steps, Player<S> player) {
        try {
            player.play(steps);
            return null;
        } catch (AssertionError | RuntimeException failed) {
            return failed;
        }
    }

    /** Leaves out parts, half of the steps first and single ones last, as long as what is left fails. */
    private static <S> List<S> shortest(List<S> failing, Player<S> player) {
        List<S> shortest = failing;
        int tries = MOST_TRIES;
        int part = Math.max(1, failing.size() / 2);
        while (tries > 0) {
            boolean shortened = false;
            // From the end, where a history goes on after it has failed.
            for (int from = shortest.size() - part; tries > 0 && from > -part; from -= part) {
                List<S> without = new ArrayList<>(shortest);
                without.subList(Math.max(0, from), Math.min(without.size(), from + part)).clear();
                tries--;
                if (failure(without, player) != null) {
                    shortest = without;
                    shortened = true;
                }
            }
            if (part == 1 && !shortened) {
                break;
            }
            part = Math.max(1, Math.min(part, shortest.size()) / 2);
        }
        return shortest;
    }
}

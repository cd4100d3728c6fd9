package org.memvirt.runner.config;

import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.engine.Input;
import org.memvirt.engine.RunPlan;
import org.memvirt.runner.trace.FoldedSource;
import org.memvirt.runner.trace.Folding;
import org.memvirt.runner.trace.KeptInput;
import org.memvirt.runner.trace.LeftOut;
import org.memvirt.runner.trace.Placed;
import org.memvirt.runner.trace.UserHalfSource;

/**
 * What a run plays.
 *
 * @param skipsOutside whether accesses outside the user's half are left out
 * @param folding how addresses are folded into those that programs have; null if they are not
 * @param config what was resolved, by long option name
 * @param leftOut what was not played of it when it was read last
 * @param trace what one process plays of a trace; null for a workload
 */
public record InputChoice(
        Input input,
        RunPlan plan,
        Footprint footprint,
        boolean skipsOutside,
        @Nullable Folding folding,
        Map<String, Object> config,
        LeftOut leftOut,
        @Nullable Trace trace) {

    /**
     * A trace as one process plays it.
     *
     * @param name for messages
     * @param readsAgain whether it can be read more than once
     * @param processes that play it in turn
     * @param slice accesses of a turn
     */
    public record Trace(String name, boolean readsAgain, int processes, long slice, Opening opening) {
        /** Opens it from its beginning. */
        public interface Opening {
            Placed open() throws IOException;
        }

        /** Where an access of all processes together stands: that which is refused is of the first to come to it. */
        private String place(long access, long userEnd) throws IOException {
            if (!readsAgain || processes > 1 && userEnd != -1) {
                return name;
            }
            long ofProcess = processes == 1 ? access : access / (processes * slice) * slice + access % slice;
            try (Placed source = opening.open()) {
                return Placed.of(source, ofProcess, userEnd);
            }
        }
    }

    /** The same, kept in memory if it could be read only once. */
    public InputChoice repeatable() {
        return trace == null || trace.readsAgain
                ? this
                : new InputChoice(new KeptInput(input), plan, footprint, skipsOutside, folding, config, leftOut,
                        trace);
    }

    /** Whether machines play different accesses whose programs have different addresses. */
    public boolean dependsOnUserEnd() {
        return skipsOutside || folding != null;
    }

    /**
     * The accesses that a machine plays.
     *
     * @param userEnd the address after the last that its programs may have
     */
    public Input of(long userEnd) {
        Folding into = folding;
        if (into != null) {
            return () -> new FoldedSource(input.open(), userEnd, into);
        }
        return skipsOutside ? () -> new UserHalfSource(input.open(), userEnd, leftOut) : input;
    }

    /**
     * Where an access stands: the file and its line or record, or what is known of that; null for a workload.
     *
     * @param access its number among those that the machine played, from 0
     */
    public @Nullable String place(long access, long userEnd) {
        if (trace == null) {
            return null;
        }
        try {
            return trace.place(access, skipsOutside ? userEnd : -1);
        } catch (IOException e) {
            return trace.name; // It has changed meanwhile.
        }
    }
}

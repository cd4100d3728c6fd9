package org.memvirt.runner.report;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.engine.SimulationResult;

/**
 * One run to be reported.
 *
 * @param name what tells it from others beside it: the strategy
 * @param virtual whether there was a VMM below the guest
 * @param config everything resolved, by long option name
 * @param result what was counted, also when the run did not reach its end
 * @param leftOut what of the input was not played
 * @param error why it did not reach its end, or null
 * @param audit what the audit found, empty when all is right; null when there was none
 */
public record RunReport(
        String name,
        boolean virtual,
        Map<String, Object> config,
        SimulationResult result,
        LeftOut leftOut,
        @Nullable String error,
        @Nullable List<String> audit) {

    /**
     * How much of an input was read and not played.
     *
     * @param badRecords broken lines or records of a trace
     * @param outside accesses to addresses outside the user's half
     */
    public record LeftOut(long badRecords, long outside) {}

    /** Whether the run ended before its input did. */
    public boolean isPartial() {
        return error != null;
    }
}

package org.memvirt.runner.config;

import java.util.Map;
import org.memvirt.engine.Input;
import org.memvirt.engine.RunPlan;
import org.memvirt.runner.trace.KeptInput;
import org.memvirt.runner.trace.TraceFiles;

/**
 * What a run plays.
 *
 * @param footprint bytes that it touches, or {@link #UNKNOWN}
 * @param config what was resolved, by long option name
 */
public record InputChoice(Input input, RunPlan plan, long footprint, Map<String, Object> config) {
    /** Nobody knows before it has been read. */
    public static final long UNKNOWN = -1;

    /** The same, kept in memory if it could be read only once. */
    public InputChoice repeatable() {
        return TraceFiles.isStandardInput(config.get("trace"))
                ? new InputChoice(new KeptInput(input), plan, footprint, config)
                : this;
    }
}

package org.memvirt.runner.config;

import jakarta.inject.Inject;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.WorkloadProvider;
import org.memvirt.engine.RunPlan;
import org.memvirt.runner.plugin.Plugins;
import org.memvirt.runner.trace.LimitedSource;
import org.memvirt.runner.trace.SkipReport;
import org.memvirt.runner.trace.TraceFiles;
import org.memvirt.runner.usage.WrongUsage;

/** Turns {@link InputOptions} into an input. */
public final class InputResolver {
    private static final long USUAL_ACCESSES = 10_000_000;
    private static final String FOOTPRINT = "footprint";

    private final TraceFiles traces;
    private final Plugins<WorkloadProvider> workloads;

    @Inject
    public InputResolver(TraceFiles traces, Plugins<WorkloadProvider> workloads) {
        this.traces = traces;
        this.workloads = workloads;
    }

    /**
     * Resolves what is to be played.
     *
     * @param skips is told when broken records were passed over
     * @throws WrongUsage when options contradict each other or name what is not there
     */
    public InputChoice resolve(InputOptions options, long seed, SkipReport skips) {
        if (options.accesses != null && options.accesses < 1) {
            throw new WrongUsage("--accesses %d: a run makes at least one".formatted(options.accesses));
        }
        if (options.passes < 1) {
            throw new WrongUsage("--passes %d: an input is played at least once".formatted(options.passes));
        }
        if (options.trace != null && options.workload != null) {
            throw new WrongUsage("--trace and --workload exclude each other: give one");
        }
        InputChoice choice;
        if (options.trace != null) {
            choice = trace(options, options.trace, skips);
        } else if (options.workload != null) {
            choice = workload(options, options.workload, seed);
        } else {
            throw new WrongUsage("nothing to play: give --trace FILE or --workload NAME");
        }
        choice.config().put("passes", options.passes);
        choice.config().put("prefault", options.prefault);
        return choice;
    }

    private InputChoice trace(InputOptions options, String path, SkipReport skips) {
        long skip = options.skipBadLines == null ? 0 : options.skipBadLines;
        if (skip < 0) {
            throw new WrongUsage("--skip-bad-lines %d: it is 0 or more".formatted(skip));
        }
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("trace", path);
        putIfGiven(config, "trace-format", options.traceFormat);
        putIfGiven(config, "accesses", options.accesses);
        config.put("skip-bad-lines", skip);
        long most = options.accesses == null ? Long.MAX_VALUE : options.accesses;
        return new InputChoice(
                () -> new LimitedSource(traces.open(path, options.traceFormat, skip), most, skips),
                plan(options),
                InputChoice.UNKNOWN,
                config);
    }

    private static void putIfGiven(Map<String, Object> config, String key, @Nullable Object value) {
        if (value != null) {
            config.put(key, value);
        }
    }

    private InputChoice workload(InputOptions options, String text, long seed) {
        if (options.traceFormat != null || options.skipBadLines != null) {
            throw new WrongUsage("--trace-format and --skip-bad-lines are for --trace, not for --workload");
        }
        Selection selection = Selection.parse("--workload", text);
        WorkloadProvider workload = workloads.get(selection.name());
        Options values = selection.values("workload", workload.options());
        long accesses = options.accesses == null ? USUAL_ACCESSES : options.accesses;
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("workload", selection.resolved(workload.options(), values));
        config.put("accesses", accesses);
        boolean tellsFootprint = workload.options().stream()
                .anyMatch(option -> option.name().equals(FOOTPRINT) && option.kind() == Option.Kind.SIZE);
        return new InputChoice(
                () -> open(workload, values, accesses, seed),
                plan(options),
                tellsFootprint ? values.size(FOOTPRINT) : InputChoice.UNKNOWN,
                config);
    }

    private static AccessSource open(WorkloadProvider workload, Options values, long accesses, long seed) {
        try {
            return workload.open(values, accesses, seed);
        } catch (IllegalArgumentException e) {
            throw new WrongUsage("--workload " + workload.name() + ": " + e.getMessage(), e);
        }
    }

    private static RunPlan plan(InputOptions options) {
        return new RunPlan(options.passes, options.prefault);
    }
}

package org.memvirt.runner.config;

import jakarta.inject.Inject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.api.workload.WorkloadProvider;
import org.memvirt.engine.Input;
import org.memvirt.engine.RunPlan;
import org.memvirt.runner.plugin.CheckedSource;
import org.memvirt.runner.plugin.Plugin;
import org.memvirt.runner.plugin.Plugins;
import org.memvirt.runner.trace.Folding;
import org.memvirt.runner.trace.LeftOut;
import org.memvirt.runner.trace.LimitedSource;
import org.memvirt.runner.trace.TraceFiles;
import org.memvirt.runner.usage.WrongUsage;
import org.memvirt.runner.workload.RoundRobin;

/** Turns {@link InputOptions} into an input. */
public final class InputResolver {
    private static final long USUAL_ACCESSES = 10_000_000;

    /** Each reads its own input, through buffers of some 40 KiB. */
    private static final int MOST_PROCESSES = 1024;

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
     * @throws WrongUsage when options contradict each other or name what is not there
     */
    public InputChoice resolve(InputOptions options, long seed) {
        if (options.accesses != null && options.accesses < 1) {
            throw new WrongUsage("--accesses %d: a run makes at least one".formatted(options.accesses));
        }
        if (options.passes < 1) {
            throw new WrongUsage("--passes %d: an input is played at least once".formatted(options.passes));
        }
        if (options.processes < 1 || options.processes > MOST_PROCESSES) {
            throw new WrongUsage("--processes %d: there are 1 to %d".formatted(options.processes, MOST_PROCESSES));
        }
        if (options.slice < 1) {
            throw new WrongUsage("--slice %d: a process makes at least one access".formatted(options.slice));
        }
        if (options.quantum < 1) {
            throw new WrongUsage("--quantum %d: a vCPU makes at least one access".formatted(options.quantum));
        }
        if (options.trace != null && options.workload != null) {
            throw new WrongUsage("--trace and --workload exclude each other: give one");
        }
        if (options.foldAddresses && options.skipOutside) {
            throw new WrongUsage("--fold-addresses and --skip-outside exclude each other: give one");
        }
        InputChoice choice;
        if (options.trace != null) {
            choice = trace(options, options.trace);
        } else if (options.workload != null) {
            choice = workload(options, options.workload, seed);
        } else {
            throw new WrongUsage("nothing to play: give --trace FILE or --workload NAME, or --scenario NAME");
        }
        if (options.processes > 1) {
            choice.config().put("processes", options.processes);
            choice.config().put("slice", options.slice);
        }
        if (options.skipOutside) {
            choice.config().put("skip-outside", true);
        }
        if (options.foldAddresses) {
            choice.config().put("fold-addresses", true);
        }
        choice.config().put("quantum", options.quantum);
        choice.config().put("passes", options.passes);
        choice.config().put("prefault", options.prefault);
        return choice;
    }

    private InputChoice trace(InputOptions options, String path) {
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
        boolean readsAgain = TraceFiles.readsAgain(path);
        if (options.processes > 1 && !readsAgain) {
            throw new WrongUsage("--processes %d: %s can be read only once; give an ordinary file"
                    .formatted(options.processes, TraceFiles.name(path)));
        }
        LeftOut leftOut = new LeftOut();
        return new InputChoice(
                inTurn(options, leftOut,
                        process -> new LimitedSource(traces.open(path, options.traceFormat, skip), most, leftOut)),
                plan(options),
                new Footprint(Footprint.UNKNOWN, options.processes),
                options.skipOutside,
                options.foldAddresses ? new Folding() : null,
                config,
                leftOut,
                new InputChoice.Trace(
                        TraceFiles.name(path), readsAgain, options.processes, options.slice,
                        () -> traces.open(path, options.traceFormat, skip)));
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
        Plugin<WorkloadProvider> workload = workloads.plugin(selection.name());
        List<Option> declared = workload.answered("workload", "its options", workload.service().options());
        Options values = selection.values("--workload", "workload", declared);
        long accesses = options.accesses == null ? USUAL_ACCESSES : options.accesses;
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("workload", selection.resolved(declared, values));
        config.put("accesses", accesses);
        boolean tellsFootprint = declared.stream()
                .anyMatch(option -> option.name().equals(FOOTPRINT) && option.kind() == Option.Kind.SIZE);
        LeftOut leftOut = new LeftOut();
        return new InputChoice(
                inTurn(options, leftOut, process -> open(workload, values, accesses, seed + process)),
                plan(options),
                new Footprint(tellsFootprint ? values.size(FOOTPRINT) : Footprint.UNKNOWN, options.processes),
                options.skipOutside,
                options.foldAddresses ? new Folding() : null,
                config,
                leftOut,
                null);
    }

    /** Opens what one of the processes plays. */
    private interface OfProcess {
        AccessSource open(int process) throws IOException;
    }

    private static Input inTurn(InputOptions options, LeftOut leftOut, OfProcess ofProcess) {
        return () -> {
            leftOut.clearBad();
            if (options.processes == 1) {
                return ofProcess.open(0);
            }
            List<AccessSource> sources = new ArrayList<>();
            try {
                for (int process = 0; process < options.processes; process++) {
                    sources.add(ofProcess.open(process));
                }
            } catch (IOException | RuntimeException e) {
                RoundRobin.close(sources, e);
                throw e;
            }
            return new RoundRobin(sources, options.slice);
        };
    }

    private static AccessSource open(Plugin<WorkloadProvider> workload, Options values, long accesses, long seed) {
        try {
            return CheckedSource.of(workload, "workload", workload.service().open(values, accesses, seed));
        } catch (IllegalArgumentException e) {
            throw new WrongUsage("--workload " + workload.name() + ": " + e.getMessage(), e);
        }
    }

    private static RunPlan plan(InputOptions options) {
        return new RunPlan(options.passes, options.prefault, options.quantum);
    }
}

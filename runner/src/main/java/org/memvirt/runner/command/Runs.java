package org.memvirt.runner.command;

import com.google.inject.Injector;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.engine.InputRefused;
import org.memvirt.engine.Machine;
import org.memvirt.engine.MachineConfig;
import org.memvirt.engine.SideBySide;
import org.memvirt.engine.Simulation;
import org.memvirt.runner.config.InputChoice;
import org.memvirt.runner.config.InputResolver;
import org.memvirt.runner.config.MachineChoice;
import org.memvirt.runner.config.MachineList;
import org.memvirt.runner.config.MachineResolver;
import org.memvirt.runner.file.OutputFiles;
import org.memvirt.runner.metrics.MachineMetrics;
import org.memvirt.runner.metrics.MetricsServer;
import org.memvirt.runner.plugin.PluginFault;
import org.memvirt.runner.report.RunReport;
import org.memvirt.runner.scenario.Scenario;
import org.memvirt.runner.trace.Folding;
import org.memvirt.runner.trace.LeftOut;
import org.memvirt.runner.usage.BadInput;
import org.memvirt.runner.usage.WrongUsage;

/** Plays one input on machines and reports what they counted. */
final class Runs {
    private final Console console;
    private final RunOptions options;
    private final MachineResolver machineResolver;
    private final InputChoice input;
    private final @Nullable Scenario scenario;
    private final Set<String> leftOutTold = new HashSet<>();
    private @Nullable Exception failure;

    /**
     * Finds the input and the backends.
     *
     * @throws WrongUsage when options contradict each other or name what is not there
     */
    Runs(Console console, RunOptions options) throws IOException {
        this.console = console;
        this.options = options;
        options.metrics.check();
        options.where.timeLineEvery();
        options.machine.shape = options.shape;
        String metricsFile = options.metrics.file == null ? null : options.metrics.file.toString();
        OutputFiles files = new OutputFiles()
                .reads("--trace", options.input.trace)
                .reads("--registers", options.machine.registers.file())
                .reads("--config", options.config.file == null ? null : options.config.file.toString())
                .writes("--json", options.where.json)
                .writes("--csv", options.where.csv)
                .writes("--timeline", options.where.timeLineFile())
                .writes("--metrics-file", metricsFile);
        Injector injector = RunnerModule.injector(console, options.common);
        InputResolver inputs = injector.getInstance(InputResolver.class);
        String given = options.input.scenario;
        ScenarioChoice chosen =
                given == null ? null : ScenarioChoice.of(given, options.input, options.machine, inputs, files);
        scenario = chosen == null ? null : chosen.scenario();
        input = chosen == null ? inputs.resolve(options.input, options.machine.seed) : chosen.input();
        machineResolver = injector.getInstance(MachineResolver.class);
    }

    /** The machines, as many as the options describe. */
    List<MachineChoice> machines(MachineList list) {
        return machineResolver.resolve(options.machine, list, input.footprint());
    }

    /** Tells, once, what of the input was not played, or not as it stands. */
    private void tellLeftOut(LeftOut leftOut, @Nullable Folding folding) {
        String folded = folding == null ? null : folding.about();
        for (String about : new String[] {leftOut.aboutBad(), leftOut.aboutOutside(), folded}) {
            if (about != null && !options.common.quiet && leftOutTold.add(about)) {
                console.notice(about);
            }
        }
    }

    /**
     * Runs all machines and reports.
     *
     * @param comparing whether the report is that of a comparison, even of one machine
     * @param threads on which machines may be played at the same time
     * @return the exit status
     */
    int play(List<MachineChoice> choices, boolean comparing, int threads) throws Exception {
        try (Interruption interruption = new Interruption()) {
            MachineMetrics metrics = options.metrics.wanted() ? new MachineMetrics() : null;
            List<RunReport> reports = new ArrayList<>();
            try (MetricsServer server = serve(metrics)) {
                if (scenario == null) {
                    List<PlayedMachine> machines = build(choices, choices, metrics);
                    begin(server);
                    playInput(machines, comparing, threads, interruption);
                    machines.forEach(machine -> report(machine, reports));
                } else {
                    // One after another, so that only one is in memory.
                    for (MachineChoice choice : choices) {
                        List<PlayedMachine> machines = build(List.of(choice), choices, metrics);
                        begin(server);
                        machines.forEach(machine -> playScenario(machine, scenario, choices, interruption));
                        machines.forEach(machine -> report(machine, reports));
                    }
                }
            }
            if (reports.isEmpty() && failure != null) {
                throw failure;
            }
            ReportWriter writer = new ReportWriter(console, options.where, options.common.quiet);
            attempt(() -> writer.write(reports, comparing));
            Path metricsFile = options.metrics.file;
            if (metrics != null && metricsFile != null) {
                attempt(() -> metrics.write(metricsFile));
            }
            if (failure != null) {
                throw failure;
            }
            if (interruption.happened()) {
                return ExitStatus.INTERRUPTED;
            }
            return writer.writeAudit(reports);
        }
    }

    /** Builds machines; one that cannot be leaves the others alone. */
    private List<PlayedMachine> build(
            List<MachineChoice> choices, List<MachineChoice> all, @Nullable MachineMetrics metrics) {
        List<PlayedMachine> machines = new ArrayList<>();
        for (MachineChoice choice : choices) {
            try {
                Machine machine = build(choice, options.where.audit);
                PlayedMachine built =
                        new PlayedMachine(choice, MachineNames.of(choice, all), machine, input.plan());
                if (options.where.timeLine != null) {
                    built.simulation().keepTimeLine(options.where.timeLineEvery());
                }
                if (metrics != null) {
                    metrics.add(built.labels(), machine.meters());
                }
                machines.add(built);
            } catch (RuntimeException | Error e) {
                failed(explained(e, 0));
            }
        }
        return machines;
    }

    /** What ended a machine's run, as the plug-in's whose fault it is. */
    private Exception explained(Throwable ended, long accesses) {
        PluginFault fault = ExitStatus.of(ended) == ExitStatus.INTERNAL ? console.plugins().faultIn(ended) : null;
        if (fault != null) {
            return accesses == 0 ? fault : fault.after(accesses);
        }
        if (ended instanceof Error error) {
            throw error;
        }
        return (Exception) ended;
    }

    private void failed(Exception why) {
        failure = failure == null ? why : failure;
    }

    /** Plays the input on all machines side by side: on those together whose programs have the same addresses. */
    private void playInput(
            List<PlayedMachine> machines, boolean comparing, int threads, Interruption interruption) {
        Map<Long, List<PlayedMachine>> groups = new LinkedHashMap<>();
        for (PlayedMachine machine : machines) {
            long key = input.dependsOnUserEnd() ? machine.userEnd() : 0;
            groups.computeIfAbsent(key, userEnd -> new ArrayList<>()).add(machine);
        }
        boolean again = groups.size() > 1 || machines.stream().anyMatch(PlayedMachine::readsForEachVcpu);
        InputChoice played = comparing && again ? input.repeatable() : input;
        for (List<PlayedMachine> group : groups.values()) {
            SideBySide together = new SideBySide(
                    group.stream().map(PlayedMachine::simulation).toList(), threads);
            interruption.watch(together::stop);
            String title = group.size() == 1 ? group.getFirst().name() : group.size() + " machines";
            try (ProgressLine progress = progress(title, together::progress)) {
                together.run(played.of(group.getFirst().userEnd()));
            }
            for (PlayedMachine machine : group) {
                machine.took(played.leftOut());
                Throwable why = machine.simulation().failure();
                if (why instanceof InputRefused refused) {
                    machine.ended(placed(refused, played, machine.userEnd()));
                } else if (why != null) {
                    machine.ended(explained(why, machine.accesses()));
                }
            }
            tellLeftOut(played.leftOut(), played.folding());
        }
    }

    private void playScenario(
            PlayedMachine machine, Scenario played, List<MachineChoice> all, Interruption interruption) {
        Simulation simulation = machine.simulation();
        interruption.watch(simulation::stop);
        String title = ProgressLine.title(machine.name(), all.indexOf(machine.choice()), all.size());
        try (ProgressLine progress = progress(title, simulation::progress)) {
            simulation.run(played.play(options.input.quantum));
        } catch (InputRefused e) {
            machine.ended(placed(e, input, machine.userEnd()));
        } catch (IOException | RuntimeException | Error e) {
            machine.ended(explained(e, machine.accesses()));
        }
    }

    /** Adds the report of a machine that was played, unless it came to nothing. */
    private void report(PlayedMachine machine, List<RunReport> reports) {
        Exception ended = machine.whyEnded();
        if (ended != null) {
            failed(ended);
            if (machine.accesses() == 0) {
                return; // There is nothing to report but this.
            }
        }
        String error = ended == null ? null : ExitStatus.message(ended);
        if (error == null && machine.simulation().wasStopped()) {
            error = "interrupted";
        }
        reports.add(machine.report(input.config(), error, options.where.audit));
    }

    private interface Writing {
        void write() throws IOException;
    }

    /** Writes something; a failure is the command's, or told beside the one that there is already. */
    private void attempt(Writing writing) {
        try {
            writing.write();
        } catch (IOException e) {
            if (failure == null) {
                failure = e;
            } else {
                console.notice(ExitStatus.message(e));
            }
        }
    }

    private @Nullable MetricsServer serve(@Nullable MachineMetrics metrics) throws IOException {
        if (metrics == null || options.metrics.port == null) {
            return null;
        }
        return new MetricsServer(options.metrics.hostOrLoopback(), options.metrics.port, metrics);
    }

    /** Lets Prometheus in, now that there is a machine to tell of. */
    private void begin(@Nullable MetricsServer server) {
        if (server != null && server.begin() && !options.common.quiet) {
            console.notice("metrics at " + server.address());
        }
    }

    /** The same with the file, and the line or record there, that holds what was refused; or with the workload. */
    private static RuntimeException placed(InputRefused refused, InputChoice played, long userEnd) {
        String place = played.place(refused.access(), userEnd);
        return new BadInput(
                "%s: %s".formatted(
                        place == null ? "--workload " + played.config().get("workload") : place, refused.getMessage()),
                refused);
    }

    static Machine build(MachineChoice choice) {
        return build(choice, false);
    }

    /**
     * @param audited whether the contents of pages are checked, where the host does something with them, and how table entries
     *     change, where that matters
     */
    private static Machine build(MachineChoice choice, boolean audited) {
        try {
            MachineConfig config = choice.machine();
            Machine machine = new Machine(config.withHostPolicy(config.hostPolicy().withChecks(audited)));
            if (audited) {
                machine.watchTables();
            }
            return machine;
        } catch (IllegalArgumentException e) {
            throw new WrongUsage(e.getMessage(), e);
        } catch (VmRefused e) {
            throw new WrongUsage("--vmm %s: %s".formatted(choice.vmm(), e.getMessage()), e);
        } catch (TableFrames.OutOfMemory e) {
            throw new WrongUsage(
                    "--vmm %s: the guest does not even boot: %s; give more with --guest-memory or --host-memory"
                            .formatted(choice.vmm(), e.getMessage()),
                    e);
        }
    }

    private @Nullable ProgressLine progress(String name, DoubleSupplier done) {
        return console.progress() && !options.common.quiet ? new ProgressLine(console.err(), name, done) : null;
    }
}

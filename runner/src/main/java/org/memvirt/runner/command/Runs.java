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
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.engine.InputRefused;
import org.memvirt.engine.Machine;
import org.memvirt.engine.MachineConfig;
import org.memvirt.engine.Simulation;
import org.memvirt.runner.config.InputChoice;
import org.memvirt.runner.config.InputResolver;
import org.memvirt.runner.config.MachineChoice;
import org.memvirt.runner.config.MachineResolver;
import org.memvirt.runner.config.Selection;
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

/** Plays one input on machines, one after another, and reports what they counted. */
final class Runs {
    private final Console console;
    private final RunOptions options;
    private final MachineResolver machineResolver;
    private final InputChoice input;
    private final @Nullable Scenario scenario;
    private final List<RunReport> reports = new ArrayList<>();
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
        options.machine.shape = options.shape;
        String metricsFile = options.metrics.file == null ? null : options.metrics.file.toString();
        new OutputFiles()
                .reads("--trace", options.input.trace)
                .reads("--registers", options.machine.registers.file())
                .reads("--config", options.config.file == null ? null : options.config.file.toString())
                .writes("--json", options.where.json)
                .writes("--csv", options.where.csv)
                .writes("--metrics-file", metricsFile);
        Injector injector = RunnerModule.injector(console, options.common);
        InputResolver inputs = injector.getInstance(InputResolver.class);
        String given = options.input.scenario;
        ScenarioChoice chosen = given == null ? null : ScenarioChoice.of(given, options.input, options.machine, inputs);
        scenario = chosen == null ? null : chosen.scenario();
        input = chosen == null ? inputs.resolve(options.input, options.machine.seed) : chosen.input();
        machineResolver = injector.getInstance(MachineResolver.class);
    }

    /** The machines, one a strategy. */
    List<MachineChoice> machines(List<Selection> vmms) {
        return machineResolver.resolve(options.machine, vmms, input.footprint());
    }

    /** The same on each of these MMUs. */
    List<MachineChoice> machines(List<String> mmus, List<Selection> vmms) {
        return machineResolver.resolve(options.machine, mmus, vmms, input.footprint());
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
     * @return the exit status
     */
    int play(List<MachineChoice> machines, boolean comparing) throws Exception {
        InputChoice played = comparing ? input.repeatable() : input;
        try (Interruption interruption = new Interruption()) {
            MachineMetrics metrics = options.metrics.wanted() ? new MachineMetrics() : null;
            try (MetricsServer server = serve(metrics)) {
                playAll(machines, played, metrics, server, interruption);
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

    private void playAll(
            List<MachineChoice> machines,
            InputChoice played,
            @Nullable MachineMetrics metrics,
            @Nullable MetricsServer server,
            Interruption interruption)
            throws Exception {
        for (MachineChoice machine : machines) {
            try {
                play(machine, played, machines, metrics, server, interruption);
            } catch (Exception e) {
                if (reports.isEmpty()) {
                    throw e;
                }
                failure = failure == null ? e : failure; // What the machines before it counted is reported.
                return;
            }
            if (interruption.happened() || failure != null && ExitStatus.of(failure) != ExitStatus.BAD_INPUT) {
                return;
            }
        }
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
    private void begin(MetricsServer server) {
        if (server.begin() && !options.common.quiet) {
            console.notice("metrics at " + server.address());
        }
    }

    /**
     * The strategy's name, or the strategy with its options where one machine is not the only one with that name; after the MMU's
     * where there are several.
     */
    private static String name(MachineChoice machine, List<MachineChoice> all) {
        List<MachineChoice> alike = all.stream().filter(other -> other.mmu().equals(machine.mmu())).toList();
        long same = alike.stream().filter(other -> other.vmm().equals(machine.vmm())).count();
        String vmm = same == 1 ? machine.vmm() : String.valueOf(machine.config().get("vmm"));
        return alike.size() == all.size() ? vmm : machine.mmu() + " " + vmm;
    }

    private void play(
            MachineChoice choice,
            InputChoice played,
            List<MachineChoice> all,
            @Nullable MachineMetrics metrics,
            @Nullable MetricsServer server,
            Interruption interruption)
            throws Exception {
        String name = name(choice, all);
        Machine machine = build(choice, options.where.audit);
        Simulation simulation = new Simulation(machine, played.plan());
        if (metrics != null) {
            metrics.add(
                    Map.of("mmu", choice.mmu(), "format", choice.machine().format().name(), "vmm", name),
                    machine.meters());
        }
        if (server != null) {
            begin(server);
        }
        interruption.watch(simulation);
        Exception ended = null;
        long userEnd = machine.kernel().userEnd();
        try (ProgressLine progress = progress(ProgressLine.title(name, all.indexOf(choice), all.size()), simulation)) {
            if (scenario == null) {
                simulation.run(played.of(userEnd));
            } else {
                simulation.run(scenario.play(options.input.quantum));
            }
        } catch (InputRefused e) {
            ended = placed(e, played, userEnd);
        } catch (IOException | RuntimeException | Error e) {
            PluginFault fault = ExitStatus.of(e) == ExitStatus.INTERNAL ? console.plugins().faultIn(e) : null;
            if (fault == null && !(e instanceof Exception)) {
                throw e;
            }
            ended = fault == null ? (Exception) e : fault.after(machine.counters().accesses());
        }
        tellLeftOut(played.leftOut(), played.folding());
        if (ended != null && machine.counters().accesses() == 0) {
            throw ended; // There is nothing to report but this.
        }
        if (failure == null) {
            failure = ended;
        }
        String error = ended == null ? null : ExitStatus.message(ended);
        if (error == null && interruption.happened()) {
            error = "interrupted";
        }
        Map<String, Object> config = new LinkedHashMap<>(choice.config());
        config.putAll(played.config());
        reports.add(new RunReport(
                name, choice.machine().vmm().isVirtual(), config, simulation.resultSoFar(),
                new RunReport.LeftOut(played.leftOut().badRecords(), played.leftOut().outside()), error,
                options.where.audit ? machine.audit() : null));
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

    private @Nullable ProgressLine progress(String name, Simulation simulation) {
        return console.progress() && !options.common.quiet ? new ProgressLine(console.err(), name, simulation) : null;
    }
}

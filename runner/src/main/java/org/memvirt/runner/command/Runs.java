package org.memvirt.runner.command;

import com.google.inject.Injector;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.table.TableFrames;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.engine.Machine;
import org.memvirt.engine.Simulation;
import org.memvirt.runner.config.InputChoice;
import org.memvirt.runner.config.InputResolver;
import org.memvirt.runner.config.MachineChoice;
import org.memvirt.runner.config.MachineResolver;
import org.memvirt.runner.config.Selection;
import org.memvirt.runner.metrics.MachineMetrics;
import org.memvirt.runner.metrics.MetricsServer;
import org.memvirt.runner.report.RunReport;
import org.memvirt.runner.usage.WrongUsage;

/** Plays one input on machines, one after another, and reports what they counted. */
final class Runs {
    private final Console console;
    private final RunOptions options;
    private final MachineResolver machineResolver;
    private final InputChoice input;
    private final List<RunReport> reports = new ArrayList<>();
    private final Set<String> skipsTold = new HashSet<>();
    private @Nullable Exception failure;

    /**
     * Finds the input and the backends.
     *
     * @throws WrongUsage when options contradict each other or name what is not there
     */
    Runs(Console console, RunOptions options) {
        this.console = console;
        this.options = options;
        options.metrics.check();
        Injector injector = RunnerModule.injector(console, options.common);
        input = injector.getInstance(InputResolver.class)
                .resolve(options.input, options.machine.seed, this::tellSkipped);
        machineResolver = injector.getInstance(MachineResolver.class);
    }

    /** The machines, one a strategy. */
    List<MachineChoice> machines(List<Selection> vmms) {
        return machineResolver.resolve(options.machine, vmms, input.footprint());
    }

    /** Tells, once, that broken records of a trace were passed over. */
    private void tellSkipped(long count, String first) {
        if (!options.common.quiet && skipsTold.add(first)) {
            console.notice("passed over %d broken records of the trace; the first: %s".formatted(count, first));
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
                for (MachineChoice machine : machines) {
                    play(machine, played, name(machine, machines), metrics, interruption);
                    if (interruption.happened() || failure != null && ExitStatus.of(failure) != ExitStatus.BAD_INPUT) {
                        break;
                    }
                }
            }
            if (metrics != null && options.metrics.file != null) {
                metrics.write(options.metrics.file);
            }
            ReportWriter writer = new ReportWriter(console, options.where, options.common.quiet);
            writer.write(reports, comparing);
            if (failure != null) {
                throw failure;
            }
            if (interruption.happened()) {
                return ExitStatus.INTERRUPTED;
            }
            return writer.writeAudit(reports);
        }
    }

    private @Nullable MetricsServer serve(@Nullable MachineMetrics metrics) throws IOException {
        if (metrics == null || options.metrics.port == null) {
            return null;
        }
        MetricsServer server = new MetricsServer(options.metrics.hostOrLoopback(), options.metrics.port, metrics);
        if (!options.common.quiet) {
            console.notice("metrics at " + server.address());
        }
        return server;
    }

    /** The strategy's name, or the strategy with its options where one machine is not the only one with that name. */
    private static String name(MachineChoice machine, List<MachineChoice> all) {
        long same = all.stream().filter(other -> other.vmm().equals(machine.vmm())).count();
        return same == 1 ? machine.vmm() : String.valueOf(machine.config().get("vmm"));
    }

    private void play(
            MachineChoice choice,
            InputChoice played,
            String name,
            @Nullable MachineMetrics metrics,
            Interruption interruption)
            throws Exception {
        Machine machine = build(choice);
        Simulation simulation = new Simulation(machine, played.plan());
        if (metrics != null) {
            metrics.add(
                    Map.of("mmu", choice.mmu(), "format", choice.machine().format().name(), "vmm", name),
                    machine.meters());
        }
        interruption.watch(simulation);
        Exception ended = null;
        try (ProgressLine progress = progress(name, simulation)) {
            simulation.run(played.input());
        } catch (IOException | RuntimeException e) {
            ended = e;
        }
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
                name, config, simulation.resultSoFar(), error, options.where.audit ? machine.audit() : null));
    }

    static Machine build(MachineChoice choice) {
        try {
            return new Machine(choice.machine());
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

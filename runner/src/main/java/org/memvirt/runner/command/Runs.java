package org.memvirt.runner.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.mmu.TableFrames;
import org.memvirt.api.vmm.VmRefused;
import org.memvirt.engine.Machine;
import org.memvirt.engine.Simulation;
import org.memvirt.runner.config.InputChoice;
import org.memvirt.runner.config.MachineChoice;
import org.memvirt.runner.file.ReplacedFile;
import org.memvirt.runner.metrics.MachineMetrics;
import org.memvirt.runner.metrics.MetricsServer;
import org.memvirt.runner.report.CsvReport;
import org.memvirt.runner.report.JsonReport;
import org.memvirt.runner.report.RunReport;
import org.memvirt.runner.report.TableReport;
import org.memvirt.runner.usage.WrongUsage;

/** Plays one input on machines, one after another, and reports what they counted. */
final class Runs {
    private final Console console;
    private final CommonOptions common;
    private final ReportOptions where;
    private final MetricsOptions metricsOptions;
    private final List<RunReport> reports = new ArrayList<>();
    private final Set<String> skipsTold = new HashSet<>();
    private @Nullable Exception failure;

    Runs(Console console, CommonOptions common, ReportOptions where, MetricsOptions metricsOptions) {
        this.console = console;
        this.common = common;
        this.where = where;
        this.metricsOptions = metricsOptions;
    }

    /** Tells, once, that broken records of a trace were passed over. */
    void tellSkipped(long count, String first) {
        if (!common.quiet && skipsTold.add(first)) {
            console.notice("passed over %d broken records of the trace; the first: %s".formatted(count, first));
        }
    }

    /**
     * Runs all machines and reports.
     *
     * @param comparing whether the report is that of a comparison, even of one machine
     * @return the exit status
     */
    int play(List<MachineChoice> machines, InputChoice input, boolean comparing) throws Exception {
        try (Interruption interruption = new Interruption()) {
            MachineMetrics metrics = metricsOptions.wanted() ? new MachineMetrics() : null;
            try (MetricsServer server = serve(metrics)) {
                for (MachineChoice machine : machines) {
                    play(machine, input, name(machine, machines), metrics, interruption);
                    if (interruption.happened() || failure != null && ExitStatus.of(failure) != ExitStatus.BAD_INPUT) {
                        break;
                    }
                }
            }
            if (metrics != null && metricsOptions.file != null) {
                metrics.write(metricsOptions.file);
            }
            report(comparing);
            if (failure != null) {
                throw failure;
            }
            if (interruption.happened()) {
                return ExitStatus.INTERRUPTED;
            }
            return reportAudit();
        }
    }

    private @Nullable MetricsServer serve(@Nullable MachineMetrics metrics) throws IOException {
        if (metrics == null || metricsOptions.port == null) {
            return null;
        }
        MetricsServer server = new MetricsServer(metricsOptions.hostOrLoopback(), metricsOptions.port, metrics);
        if (!common.quiet) {
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
            InputChoice input,
            String name,
            @Nullable MachineMetrics metrics,
            Interruption interruption)
            throws Exception {
        Machine machine = build(choice);
        Simulation simulation = new Simulation(machine, input.plan());
        if (metrics != null) {
            metrics.add(
                    Map.of("mmu", choice.mmu(), "format", choice.machine().format().name(), "vmm", name),
                    machine.meters());
        }
        interruption.watch(simulation);
        Exception ended = null;
        try (ProgressLine progress = progress(name, simulation)) {
            simulation.run(input.input());
        } catch (IOException | RuntimeException e) {
            ended = e;
        }
        if (ended != null && machine.tally().accesses() == 0) {
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
        config.putAll(input.config());
        reports.add(new RunReport(
                name, config, simulation.resultSoFar(), error, where.audit ? machine.audit() : null));
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
        return console.progress() && !common.quiet ? new ProgressLine(console.err(), name, simulation) : null;
    }

    private void report(boolean comparing) throws IOException {
        if (where.json != null || where.csv != null) {
            JsonReport json = new JsonReport(Version.number());
            String text = comparing ? json.compare(reports) : json.run(reports.getFirst());
            if (where.jsonToStandardOutput()) {
                console.out().print(text);
            } else if (where.json != null) {
                ReplacedFile.write(Path.of(where.json), text);
            }
            if (where.csv != null) {
                ReplacedFile.write(where.csv, new CsvReport(json).text(reports));
            }
        }
        boolean inFile = where.csv != null || where.json != null;
        if (!where.jsonToStandardOutput() && !(common.quiet && inFile)) {
            console.out().print(new TableReport(console.coloured()).text(reports));
        }
        console.out().flush();
    }

    private int reportAudit() {
        int status = ExitStatus.DONE;
        for (RunReport report : reports) {
            if (report.audit() == null) {
                continue;
            }
            for (String broken : report.audit()) {
                console.notice("audit of %s: %s".formatted(report.name(), broken));
                status = ExitStatus.CHECK_FAILED;
            }
        }
        if (where.audit && status == ExitStatus.DONE && !common.quiet) {
            console.notice("audit passed");
        }
        return status;
    }
}

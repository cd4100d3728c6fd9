package org.memvirt.runner.command;

import com.google.inject.Injector;
import java.util.List;
import java.util.concurrent.Callable;
import org.memvirt.runner.config.InputChoice;
import org.memvirt.runner.config.InputOptions;
import org.memvirt.runner.config.InputResolver;
import org.memvirt.runner.config.MachineChoice;
import org.memvirt.runner.config.MachineOptions;
import org.memvirt.runner.config.MachineResolver;
import org.memvirt.runner.config.Selection;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code memvirt run}: one simulation. */
@Command(name = "run", description = "Run one simulation and report what address translation did.",
        sortOptions = false, usageHelpWidth = 100,
        customSynopsis = "memvirt run (--trace FILE | --workload NAME) [OPTIONS]")
final class RunCommand implements Callable<Integer> {
    private final Console console;

    @Option(names = "--vmm", paramLabel = "NAME[:key=value,...]", defaultValue = "nested",
            description = "The virtualization strategy (default: ${DEFAULT-VALUE}).")
    private String vmm = "nested";

    @Mixin
    private final InputOptions input = new InputOptions();

    @Mixin
    private final MachineOptions machine = new MachineOptions();

    @Mixin
    private final ReportOptions where = new ReportOptions();

    @Mixin
    private final MetricsOptions metrics = new MetricsOptions();

    @Mixin
    private final ConfigOption config = new ConfigOption();

    @Mixin
    private final CommonOptions common = new CommonOptions();

    RunCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        metrics.check();
        Injector injector = RunnerModule.injector(console, common);
        Runs runs = new Runs(console, common, where, metrics);
        InputChoice choice =
                injector.getInstance(InputResolver.class).resolve(input, machine.seed, runs::tellSkipped);
        List<MachineChoice> machines = injector.getInstance(MachineResolver.class)
                .resolve(machine, List.of(Selection.parse("--vmm", vmm)), choice.footprint());
        return runs.play(machines, choice, false);
    }
}

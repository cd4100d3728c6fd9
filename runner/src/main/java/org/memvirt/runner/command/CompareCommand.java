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
import org.memvirt.runner.usage.WrongUsage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code memvirt compare}: the same input under several strategies. */
@Command(name = "compare", description = "Run the same input under several strategies, side by side.",
        sortOptions = false, usageHelpWidth = 100,
        customSynopsis = "memvirt compare (--trace FILE | --workload NAME) [OPTIONS]")
final class CompareCommand implements Callable<Integer> {
    private final Console console;

    @Option(names = "--vmm", paramLabel = "NAME[:key=value,...],...", defaultValue = "native,static,nested",
            description = "The virtualization strategies; ratios are to the first (default: ${DEFAULT-VALUE}).")
    private String vmms = "native,static,nested";

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

    CompareCommand(Console console) {
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
                .resolve(machine, Selection.parseList("--vmm", vmms), choice.footprint());
        if (machines.stream().map(each -> each.config().get("vmm")).distinct().count() < machines.size()) {
            throw new WrongUsage("--vmm %s: one of them is there twice".formatted(vmms));
        }
        return runs.play(machines, choice.repeatable(), true);
    }
}

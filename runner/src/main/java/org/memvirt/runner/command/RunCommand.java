package org.memvirt.runner.command;

import java.util.List;
import java.util.concurrent.Callable;
import org.memvirt.runner.config.MachineList;
import org.memvirt.runner.config.Selection;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code memvirt run}: one simulation. */
@Command(name = "run", description = "Run one simulation and report what address translation did.",
        sortOptions = false, usageHelpWidth = 100,
        customSynopsis = "memvirt run (--trace FILE | --workload NAME | --scenario NAME) [OPTIONS]")
final class RunCommand implements Callable<Integer> {
    private final Console console;

    @Option(names = "--vmm", paramLabel = "NAME[:key=value,...]", defaultValue = "nested",
            description = "The virtualization strategy (default: ${DEFAULT-VALUE}).")
    private String vmm = "nested";

    @Mixin
    private final RunOptions options = new RunOptions();

    RunCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        Runs runs = new Runs(console, options);
        List<Selection> one = List.of(Selection.parse("--vmm", vmm));
        return runs.play(runs.machines(MachineList.ofOne(options.machine, one)), false, 1);
    }
}

package org.memvirt.runner.command;

import java.util.List;
import java.util.concurrent.Callable;
import org.memvirt.runner.config.MachineChoice;
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

    @Option(names = "--vmm", paramLabel = "NAME[:key=value,...],...", defaultValue = "native,static,shadow,nested",
            description = "The virtualization strategies; ratios are to the first (default: ${DEFAULT-VALUE}).")
    private String vmms = "native,static,shadow,nested";

    @Mixin
    private final RunOptions options = new RunOptions();

    CompareCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        Runs runs = new Runs(console, options);
        List<MachineChoice> machines = runs.machines(Selection.parseList("--vmm", vmms));
        if (machines.stream().map(each -> each.config().get("vmm")).distinct().count() < machines.size()) {
            throw new WrongUsage("--vmm %s: one of them is there twice".formatted(vmms));
        }
        return runs.play(machines, true);
    }
}

package org.memvirt.runner.command;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.config.CountText;
import org.memvirt.runner.config.MachineChoice;
import org.memvirt.runner.config.Selection;
import org.memvirt.runner.usage.WrongUsage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code memvirt compare}: the same input under several strategies, and on several MMUs. */
@Command(name = "compare",
        description = "Run the same input under several strategies, side by side; with --mmu NAME,NAME,... on each of"
                + " those MMUs.",
        sortOptions = false, usageHelpWidth = 100,
        customSynopsis = "memvirt compare (--trace FILE | --workload NAME | --scenario NAME) [OPTIONS]")
final class CompareCommand implements Callable<Integer> {
    private final Console console;

    @Option(names = "--vmm", paramLabel = "NAME[:key=value,...],...", defaultValue = "native,static,shadow,nested",
            description = "The virtualization strategies; ratios are to the first (default: ${DEFAULT-VALUE}).")
    private String vmms = "native,static,shadow,nested";

    @Option(names = "--jobs", paramLabel = "N", converter = CountText.Small.class,
            description = "Play up to N machines at the same time; results are the same for any N (default: as many as"
                    + " there are processors).")
    private @Nullable Integer jobs;

    @Mixin
    private final RunOptions options = new RunOptions();

    CompareCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        if (jobs != null && jobs < 1) {
            throw new WrongUsage("--jobs %d: at least one machine plays at a time".formatted(jobs));
        }
        Runs runs = new Runs(console, options);
        List<Selection> strategies = Selection.parseList("--vmm", vmms);
        String mmus = options.machine.mmu;
        List<MachineChoice> machines = mmus == null || !mmus.contains(",")
                ? runs.machines(strategies)
                : runs.machines(List.of(mmus.split(",", -1)), strategies);
        if (areFewer(machines, each -> each.config().get("mmu") + " " + each.config().get("vmm"))) {
            throw new WrongUsage(
                    areFewer(machines.subList(0, strategies.size()), each -> String.valueOf(each.config().get("vmm")))
                            ? "--vmm %s: one of them is there twice".formatted(vmms)
                            : "--mmu %s: one of them is there twice".formatted(mmus));
        }
        return runs.play(machines, true, jobs == null ? Runtime.getRuntime().availableProcessors() : jobs);
    }

    /** Whether some of the machines are alike. */
    private static boolean areFewer(List<MachineChoice> machines, Function<MachineChoice, String> what) {
        return machines.stream().map(what).distinct().count() < machines.size();
    }
}

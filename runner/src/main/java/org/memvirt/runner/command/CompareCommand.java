package org.memvirt.runner.command;

import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.config.CountText;
import org.memvirt.runner.config.MachineChoice;
import org.memvirt.runner.config.MachineList;
import org.memvirt.runner.config.Selection;
import org.memvirt.runner.usage.WrongUsage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code memvirt compare}: the same input under several strategies, on several MMUs, with several TLBs and walk caches. */
@Command(name = "compare",
        description = "Run the same input under several strategies, side by side; with --mmu, --tlb or --walk-cache"
                + " NAME,NAME,... on each of those, too.",
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
        MachineList list = MachineList.ofSeveral(options.machine, Selection.parseList("--vmm", vmms));
        List<MachineChoice> machines = runs.machines(list);
        refuseTwice("--vmm", vmms, list.vmms().size(), machines);
        refuseTwice("--mmu", options.machine.mmu, list.mmus().size(), machines);
        refuseTwice("--tlb", options.machine.tlb, list.tlbs().size(), machines);
        refuseTwice("--walk-cache", options.machine.walkCache, list.walkCaches().size(), machines);
        return runs.play(machines, true, jobs == null ? Runtime.getRuntime().availableProcessors() : jobs);
    }

    /** Refuses an option that names one thing twice. */
    private static void refuseTwice(String option, @Nullable String given, int count, List<MachineChoice> machines) {
        long different = machines.stream()
                .map(machine -> machine.config().get(option.substring(2)))
                .distinct()
                .count();
        if (different < count) {
            throw new WrongUsage("%s %s: one of them is there twice".formatted(option, given));
        }
    }
}

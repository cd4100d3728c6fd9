package org.memvirt.runner.command;

import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.TypeLiteral;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.workload.TraceFormat;
import org.memvirt.api.workload.WorkloadProvider;
import org.memvirt.runner.config.Backends;
import org.memvirt.runner.plugin.PluginFolder;
import org.memvirt.runner.plugin.Plugins;
import org.memvirt.runner.report.JsonReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code memvirt list}: every backend that was found. */
@Command(name = "list", description = "List MMUs, formats, presets, strategies, workloads and trace formats.",
        sortOptions = false, usageHelpWidth = 100, customSynopsis = "memvirt list [WHAT...] [OPTIONS]")
final class ListCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(arity = "0..*", paramLabel = "WHAT",
            description = "mmus, formats, tlbs, walk-caches, nested-tlbs, strategies, workloads, scenarios, trace-formats, cost-models"
                    + " or plugins; several, or all without one.")
    private List<String> what = List.of();

    @Option(names = "--json", arity = "0..1", paramLabel = "FILE", fallbackValue = ReportOptions.STANDARD_OUTPUT,
            preprocessor = AttachedFile.class, description = "As JSON, on standard output or in a file (--json=FILE).")
    private @Nullable String json;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    ListCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        Set<ListedPart> parts = ListedPart.of(what);
        common.quiet = true; // The list itself tells of broken plug-ins.
        Injector injector = RunnerModule.injector(console, common);
        Listing listing = Listing.of(
                injector.getInstance(Backends.class),
                injector.getInstance(Key.get(new TypeLiteral<Plugins<WorkloadProvider>>() {})),
                injector.getInstance(Key.get(new TypeLiteral<Plugins<TraceFormat>>() {})),
                injector.getInstance(PluginFolder.class))
                .only(parts);
        if (json == null) {
            console.out().print(ListingText.of(listing, parts));
        } else {
            ResultStream.write(console, json, JsonReport.text(listing));
        }
        return ExitStatus.DONE;
    }
}

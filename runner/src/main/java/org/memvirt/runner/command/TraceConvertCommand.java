package org.memvirt.runner.command;

import com.google.inject.Injector;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.runner.config.CountText;
import org.memvirt.runner.config.InputChoice;
import org.memvirt.runner.config.InputOptions;
import org.memvirt.runner.config.InputResolver;
import org.memvirt.runner.file.OutputFiles;
import org.memvirt.runner.report.Numbers;
import org.memvirt.runner.trace.TraceFileWriter;
import org.memvirt.runner.trace.TraceWriter;
import org.memvirt.runner.usage.BadInput;
import org.memvirt.runner.usage.WrongUsage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code memvirt trace convert}: a trace, or a workload, into a file of a format of choice. */
@Command(name = "convert", description = "Write a trace, or a workload's accesses, in another format.",
        sortOptions = false, usageHelpWidth = 100, customSynopsis = {
            "memvirt trace convert IN OUT [OPTIONS]",
            "   or: memvirt trace convert --workload NAME OUT [OPTIONS]"})
final class TraceConvertCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(arity = "1..2", paramLabel = "FILE",
            description = "The trace to read, unless --workload is given; and the file to write, compressed if it ends"
                    + " in .xz, .gz or .zst. - is standard input or output.")
    private List<String> files = List.of();

    @Option(names = "--to", paramLabel = "binary|text|lackey|packed", defaultValue = "binary",
            description = "The format to write (default: ${DEFAULT-VALUE}).")
    private String format = "binary";

    @Option(names = "--trace-format", paramLabel = "NAME",
            description = "The trace's format (default: by its content).")
    private @Nullable String traceFormat;

    @Option(names = "--skip-bad-lines", paramLabel = "N", converter = CountText.class,
            description = "Pass over up to N broken lines or records (default: 0).")
    private @Nullable Long skipBadLines;

    @Option(names = "--workload", paramLabel = "NAME[:key=value,...]", description = "Write a workload's accesses.")
    private @Nullable String workload;

    @Option(names = "--accesses", paramLabel = "N", converter = CountText.class,
            description = "How many accesses (default: 10000000 of a workload, all of a trace).")
    private @Nullable Long accesses;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1",
            description = "The workload's seed (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    TraceConvertCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        if (workload == null && files.size() < 2) {
            throw new WrongUsage("trace convert: give the trace to read and the file to write");
        }
        new OutputFiles()
                .reads("the trace", files.size() == 2 ? files.getFirst() : null)
                .writes("the new trace", files.getLast());
        InputOptions options = new InputOptions();
        options.trace = files.size() == 2 ? files.getFirst() : null;
        options.traceFormat = traceFormat;
        options.skipBadLines = skipBadLines;
        options.workload = workload;
        options.accesses = accesses;
        Injector injector = RunnerModule.injector(console, common);
        InputResolver resolver = injector.getInstance(InputResolver.class);
        String target = files.getLast();
        InputChoice input = resolver.resolve(options, seed);
        long written;
        try (AccessSource source = input.input().open()) {
            written = write(source, target);
        } catch (TraceWriter.NoRoom e) {
            String place = input.place(e.access, -1);
            throw place == null ? new WrongUsage(e.getMessage(), e) : new BadInput(place + ": " + e.getMessage(), e);
        }
        if (!common.quiet) {
            String bad = input.leftOut().aboutBad();
            if (bad != null) {
                console.notice(bad);
            }
            console.notice("%s: %s accesses in format %s".formatted(target, Numbers.whole(written), format));
        }
        return ExitStatus.DONE;
    }

    private long write(AccessSource source, String target) throws IOException {
        return target.equals("-")
                ? TraceFileWriter.copy(source, console.resultStream(), format).written()
                : TraceFileWriter.write(source, Path.of(target), format);
    }
}

package org.memvirt.runner.command;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.config.CountText;
import org.memvirt.runner.file.OutputFiles;
import org.memvirt.runner.report.JsonReport;
import org.memvirt.runner.report.Numbers;
import org.memvirt.runner.trace.TraceFiles;
import org.memvirt.runner.trace.TraceSource;
import org.memvirt.runner.trace.TraceSummary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code memvirt trace info}: what is in a trace. */
@Command(name = "info", description = "Describe a trace: its format, accesses by kind, pages, addresses.",
        sortOptions = false, usageHelpWidth = 100, customSynopsis = "memvirt trace info FILE [OPTIONS]")
final class TraceInfoCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "FILE", description = "The trace; - is standard input.")
    private String file = "";

    @Option(names = "--trace-format", paramLabel = "NAME", description = "Its format (default: by its content).")
    private @Nullable String traceFormat;

    @Option(names = "--skip-bad-lines", paramLabel = "N", converter = CountText.class, defaultValue = "0",
            description = "Pass over up to N broken lines or records (default: ${DEFAULT-VALUE}).")
    private long skipBadLines;

    @Option(names = "--json", arity = "0..1", paramLabel = "FILE", fallbackValue = ReportOptions.STANDARD_OUTPUT,
            preprocessor = AttachedFile.class, description = "As JSON, on standard output or in a file (--json=FILE).")
    private @Nullable String json;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    TraceInfoCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        new OutputFiles().reads("the trace", file).writes("--json", json);
        TraceFiles traces = RunnerModule.injector(console, common).getInstance(TraceFiles.class);
        try (TraceSource source = traces.open(file, traceFormat, skipBadLines)) {
            TraceSummary summary = TraceSummary.of(source);
            if (json == null) {
                console.out().print(text(source, summary));
            } else {
                ResultStream.write(console, json, JsonReport.text(tree(source, summary)));
            }
        }
        return ExitStatus.DONE;
    }

    private String text(TraceSource source, TraceSummary summary) {
        StringBuilder text = new StringBuilder();
        String compression = source.compression();
        line(text, "trace", file);
        line(text, "format", source.format() + (compression == null ? "" : ", compressed with " + compression));
        line(text, "accesses", Numbers.whole(summary.accesses()));
        line(text, "  fetches", Numbers.whole(summary.fetches()));
        line(text, "  loads", Numbers.whole(summary.loads()));
        line(text, "  stores", Numbers.whole(summary.stores()));
        line(text, "  modifies", Numbers.whole(summary.modifies()));
        summary.events().forEach((kind, count) -> line(text, "event " + kind, Numbers.whole(count)));
        line(text, "4K pages touched", Numbers.whole(summary.pages()) + " = " + Numbers.bytes(summary.footprint()));
        line(text, "2M pages touched", Numbers.whole(summary.largePages()));
        line(text, "lowest address", "0x%012x".formatted(summary.lowestAddress()));
        line(text, "highest address", "0x%012x".formatted(summary.highestAddress()));
        if (source.skipped() > 0) {
            line(text, "broken, passed over", Numbers.whole(source.skipped()));
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String label, String value) {
        text.append("%-20s %s%n".formatted(label, value));
    }

    private Map<String, Object> tree(TraceSource source, TraceSummary summary) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("schema", "memvirt-trace/1");
        tree.put("version", Version.number());
        tree.put("trace", file);
        tree.put("format", source.format());
        String compression = source.compression();
        tree.put("compression", compression == null ? "none" : compression);
        tree.put("accesses", summary.accesses());
        tree.put("fetches", summary.fetches());
        tree.put("loads", summary.loads());
        tree.put("stores", summary.stores());
        tree.put("modifies", summary.modifies());
        tree.put("events", summary.events());
        tree.put("pages", summary.pages());
        tree.put("largePages", summary.largePages());
        tree.put("footprintBytes", summary.footprint());
        tree.put("lowestAddress", "0x%x".formatted(summary.lowestAddress()));
        tree.put("highestAddress", "0x%x".formatted(summary.highestAddress()));
        tree.put("skipped", source.skipped());
        return tree;
    }
}

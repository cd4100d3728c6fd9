package org.memvirt.runner.command;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.architecture.MmuProvider;
import org.memvirt.runner.config.CountText;
import org.memvirt.runner.conform.Conformance;
import org.memvirt.runner.conform.FileReport;
import org.memvirt.runner.conform.Recordings;
import org.memvirt.runner.conform.TlbLogs;
import org.memvirt.runner.file.OutputFiles;
import org.memvirt.runner.plugin.Plugins;
import org.memvirt.runner.report.JsonReport;
import org.memvirt.runner.usage.WrongUsage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code memvirt conform}: recorded vectors, played again. */
@Command(name = "conform",
        description = "Play recorded vectors: what a processor answered, compared with what memvirt answers.",
        sortOptions = false, usageHelpWidth = 100, customSynopsis = "memvirt conform FILE... [OPTIONS]")
final class ConformCommand implements Callable<Integer> {
    private static final double NANOS = 1e9;

    private final Console console;

    @Parameters(arity = "1..*", paramLabel = "FILE",
            description = "Files of vectors (JSON Lines, memvirt-vectors/1), or logs of TLB events; .xz, .gz and .zst are unpacked by content; -"
                    + " is standard input.")
    private List<String> files = List.of();

    @Option(names = "--max-mismatches", paramLabel = "N", converter = CountText.Small.class, defaultValue = "5",
            description = "Show that many mismatches of each file; all are counted (default: ${DEFAULT-VALUE}).")
    private int maxMismatches = 5;

    @Option(names = "--record", paramLabel = "FILE|DIR",
            description = "Write memvirt's own answers to the same cases as vectors; compressed if the name ends in .xz,"
                    + " .gz or .zst.")
    private @Nullable Path record;

    @Option(names = "--tlb", paramLabel = "NAME",
            description = "The TLB of the machine that logs of TLB events tell of, by the name that 'memvirt list' shows"
                    + " (default: the first of the MMU that reads the log).")
    private @Nullable String tlb;

    @Option(names = "--json", arity = "0..1", paramLabel = "FILE", fallbackValue = ReportOptions.STANDARD_OUTPUT,
            preprocessor = JsonNamedFile.class,
            description = "The counts as JSON, on standard output in place of the table, or in a file (one that ends in"
                    + " .json, or --json=FILE).")
    private @Nullable String json;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    ConformCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        if (maxMismatches < 0) {
            throw new WrongUsage("--max-mismatches %d: it is 0 or more".formatted(maxMismatches));
        }
        Set<String> seen = new HashSet<>();
        for (String file : files) {
            if (!seen.add(file)) {
                throw new WrongUsage("%s is there twice".formatted(file));
            }
        }
        OutputFiles outputs = new OutputFiles();
        Recordings recordings = record == null ? Recordings.none() : Recordings.to(record, files);
        for (String file : files) {
            Path recording = recordings.of(file);
            outputs.reads("the vectors", file).writes("--record", recording == null ? null : recording.toString());
        }
        outputs.writes("--json", json);
        Plugins<MmuProvider> mmus = RunnerModule.mmus(console, common);
        Conformance conformance = new Conformance(
                mmus,
                new TlbLogs(mmus, tlb),
                console.in(),
                recordings,
                "memvirt " + Version.number(),
                maxMismatches,
                MismatchDrawing::new);
        long start = System.nanoTime();
        List<FileReport> reports = conformance.play(files);
        ConformReport report = new ConformReport(reports, (System.nanoTime() - start) / NANOS);
        boolean jsonOut = ReportOptions.STANDARD_OUTPUT.equals(json);
        (jsonOut ? console.err() : console.out()).print(report.mismatches());
        if (json == null || !jsonOut && !common.quiet) {
            console.out().print(report.table());
        }
        if (json != null) {
            ResultStream.write(console, json, JsonReport.text(report.tree()));
        }
        console.out().flush();
        return status(reports);
    }

    private int status(List<FileReport> reports) {
        int status = reports.stream().anyMatch(each -> each.tally().mismatches() > 0)
                ? ExitStatus.CHECK_FAILED
                : ExitStatus.DONE;
        Failures failures = new Failures(console, common.debug ? List.of("--debug") : List.of());
        for (FileReport each : reports) {
            Exception failure = each.failure();
            if (failure != null) {
                status = Math.max(status, failures.report(failure));
            }
        }
        return status;
    }
}

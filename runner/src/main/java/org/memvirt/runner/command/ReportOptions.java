package org.memvirt.runner.command;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say where results go. */
final class ReportOptions {
    /** In place of a file: standard output. */
    static final String STANDARD_OUTPUT = "-";

    @Option(names = "--json", arity = "0..1", paramLabel = "FILE", fallbackValue = STANDARD_OUTPUT,
            preprocessor = AttachedFile.class,
            description = "Results as JSON, in a file or, without one, in place of the table.")
    @Nullable String json;

    @Option(names = "--csv", paramLabel = "FILE", description = "Results as CSV, one row a run.")
    @Nullable Path csv;

    @Option(names = "--audit", arity = "0..1", paramLabel = "true|false", fallbackValue = "true",
            defaultValue = "false",
            description = "Check the machine's invariants at the end; exit status 1 if one is broken.")
    boolean audit;

    boolean jsonToStandardOutput() {
        return STANDARD_OUTPUT.equals(json);
    }
}

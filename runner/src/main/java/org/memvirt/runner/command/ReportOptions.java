package org.memvirt.runner.command;

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

    @Option(names = "--csv", paramLabel = "FILE",
            description = "Results as CSV, one row a run, in a file or, with -, in place of the table.")
    @Nullable String csv;

    @Option(names = "--audit", arity = "0..1", paramLabel = "true|false", fallbackValue = "true",
            defaultValue = "false",
            description = "Check the machine's invariants at the end; exit status 1 if one is broken.")
    boolean audit;

    /** Whether something else takes the place of the table. */
    boolean takesStandardOutput() {
        return STANDARD_OUTPUT.equals(json) || STANDARD_OUTPUT.equals(csv);
    }
}

package org.memvirt.runner.command;

import org.jspecify.annotations.Nullable;
import org.memvirt.api.option.Counts;
import org.memvirt.runner.usage.WrongUsage;
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

    @Option(names = "--timeline", paramLabel = "N[,FILE]",
            description = "What was counted from point to point, every N accesses: in the JSON, and as CSV in a file.")
    @Nullable String timeLine;

    /** Accesses between two points of the time line, or -1 for none. */
    long timeLineEvery() {
        if (timeLine == null) {
            return -1;
        }
        String number = timeLine.split(",", 2)[0];
        try {
            long every = Counts.parse(number);
            if (every > 0) {
                return every;
            }
        } catch (IllegalArgumentException e) {
            throw new WrongUsage("--timeline %s: %s".formatted(timeLine, e.getMessage()), e);
        }
        throw new WrongUsage("--timeline %s: points lie at least one access apart".formatted(timeLine));
    }

    /** The file for the points, or null. */
    @Nullable String timeLineFile() {
        int comma = timeLine == null ? -1 : timeLine.indexOf(',');
        return comma < 0 || timeLine == null ? null : timeLine.substring(comma + 1);
    }

    /** Whether something else takes the place of the table. */
    boolean takesStandardOutput() {
        return STANDARD_OUTPUT.equals(json) || STANDARD_OUTPUT.equals(csv) || STANDARD_OUTPUT.equals(timeLineFile());
    }
}

package org.memvirt.runner.command;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.report.CsvReport;
import org.memvirt.runner.report.JsonReport;
import org.memvirt.runner.report.RunReport;
import org.memvirt.runner.report.TableReport;
import org.memvirt.runner.report.TimeLineReport;

/** Writes what runs counted to where the options say. */
final class ReportWriter {
    private final Console console;
    private final ReportOptions where;
    private final boolean quiet;

    /** @param quiet no table where results go to a file, and no word of an audit that passed */
    ReportWriter(Console console, ReportOptions where, boolean quiet) {
        this.console = console;
        this.where = where;
        this.quiet = quiet;
    }

    /**
     * Writes all. What cannot be written keeps nothing else from being; and where a file cannot be, the table is shown.
     *
     * @param comparing whether the report is that of a comparison, even of one run
     * @throws IOException the first failure, once all else is written
     */
    void write(List<RunReport> reports, boolean comparing) throws IOException {
        JsonReport json = new JsonReport(Version.number());
        IOException failure = null;
        if (where.json != null) {
            failure = first(failure, where.json, comparing ? json.compare(reports) : json.run(reports.getFirst()));
        }
        if (where.csv != null) {
            failure = first(failure, where.csv, new CsvReport(json).text(reports));
        }
        String points = where.timeLineFile();
        if (points != null) {
            failure = first(failure, points, TimeLineReport.text(reports));
        }
        boolean inFile = where.csv != null || where.json != null;
        if (!where.takesStandardOutput() && (failure != null || !(quiet && inFile))) {
            console.out().print(new TableReport(console.coloured()).text(reports));
        }
        console.out().flush();
        if (failure != null) {
            throw failure;
        }
    }

    /** Writes one result; gives the failure that there was before, else its own, else null. */
    private @Nullable IOException first(@Nullable IOException before, String file, String text) {
        try {
            ResultStream.write(console, file, text);
            return before;
        } catch (IOException e) {
            return before == null ? e : before;
        }
    }

    /** Says what the audits found; gives the exit status. */
    int writeAudit(List<RunReport> reports) {
        int status = ExitStatus.DONE;
        for (RunReport report : reports) {
            if (report.audit() == null) {
                continue;
            }
            for (String broken : report.audit()) {
                console.notice("audit of %s: %s".formatted(report.name(), broken));
                status = ExitStatus.CHECK_FAILED;
            }
        }
        if (where.audit && status == ExitStatus.DONE && !quiet) {
            console.notice("audit passed");
        }
        return status;
    }
}

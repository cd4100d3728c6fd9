package org.memvirt.runner.command;

import java.io.IOException;
import java.util.List;
import org.memvirt.runner.file.ReplacedFile;
import org.memvirt.runner.report.CsvReport;
import org.memvirt.runner.report.JsonReport;
import org.memvirt.runner.report.RunReport;
import org.memvirt.runner.report.TableReport;

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

    /** @param comparing whether the report is that of a comparison, even of one run */
    void write(List<RunReport> reports, boolean comparing) throws IOException {
        JsonReport json = new JsonReport(Version.number());
        if (where.json != null) {
            String text = comparing ? json.compare(reports) : json.run(reports.getFirst());
            ResultStream.write(console, where.json, text);
        }
        if (where.csv != null) {
            ReplacedFile.write(where.csv, new CsvReport(json).text(reports));
        }
        boolean inFile = where.csv != null || where.json != null;
        if (!where.jsonToStandardOutput() && !(quiet && inFile)) {
            console.out().print(new TableReport(console.coloured()).text(reports));
        }
        console.out().flush();
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

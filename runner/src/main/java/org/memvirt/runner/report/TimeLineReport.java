package org.memvirt.runner.report;

import java.util.List;
import org.memvirt.engine.SimulationResult.OverTime;
import org.memvirt.engine.SimulationResult.Point;

/** The points of runs' time lines as CSV: a row a point. */
public final class TimeLineReport {
    private static final String HEADING = "run,accesses,lastTlbMisses,walks,walkReferences,handlers,guestFaults,exits,"
            + "guestTableBytes,vmmTableBytes,guestBytes,hostBytes";

    private TimeLineReport() {}

    public static String text(List<RunReport> reports) {
        StringBuilder text = new StringBuilder(HEADING).append("\r\n");
        for (RunReport report : reports) {
            OverTime timeLine = report.result().timeLine();
            if (timeLine == null) {
                throw new IllegalStateException("run '%s' kept no time line".formatted(report.name()));
            }
            timeLine.points().forEach(point -> append(text, report.name(), point));
        }
        return text.toString();
    }

    private static void append(StringBuilder text, String run, Point point) {
        text.append(CsvReport.quoted(run));
        for (long number : new long[] {
            point.accesses(), point.lastTlbMisses(), point.walks(), point.walkReferences(), point.handlers(),
            point.guestFaults(), point.exits(), point.guestTableBytes(), point.vmmTableBytes(), point.guestBytes(),
            point.hostBytes()
        }) {
            text.append(',').append(number);
        }
        text.append("\r\n");
    }
}

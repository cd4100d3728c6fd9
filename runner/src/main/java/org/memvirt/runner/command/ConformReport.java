package org.memvirt.runner.command;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.memvirt.conform.VectorTally;
import org.memvirt.runner.conform.FileReport;
import org.memvirt.runner.report.Numbers;
import org.memvirt.runner.usage.Quoted;

/** What playing files of vectors came to, as text for people or as a tree for JSON. */
final class ConformReport {
    private static final int STEPS_COLUMN = 4;

    private final List<FileReport> reports;
    private final VectorTally total;
    private final double seconds;

    /** @param seconds that it took */
    ConformReport(List<FileReport> reports, double seconds) {
        this.reports = reports;
        this.seconds = seconds;
        total = reports.stream().map(FileReport::tally).reduce(VectorTally.NOTHING, VectorTally::plus);
    }

    /** The mismatches to be shown, and how many more there are. */
    String mismatches() {
        StringBuilder text = new StringBuilder();
        for (FileReport report : reports) {
            report.shown().forEach(each -> text.append(each).append('\n'));
            long more = report.tally().mismatches() - report.shown().size();
            if (more > 0) {
                text.append("%s: %s%s mismatch%s%n%n"
                        .formatted(
                                report.file(),
                                Numbers.whole(more),
                                report.shown().isEmpty() ? "" : " more",
                                more == 1 ? "" : "es"));
            }
        }
        return text.toString();
    }

    /** A line a file, and their sum. */
    String table() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("file", "family", "cases", "accesses", "steps", "mismatches", "deviations"));
        for (FileReport report : reports) {
            rows.add(row(report.file(), Quoted.fit(report.family()), report.tally()));
        }
        if (reports.size() > 1) {
            rows.add(row("total", "", total));
        }
        if (total.steps() == total.accesses()) {
            rows.replaceAll(row -> without(STEPS_COLUMN, row)); // They are the same.
        }
        int[] widths = new int[rows.getFirst().size()];
        rows.forEach(row -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        });
        StringBuilder text = new StringBuilder();
        for (int r = 0; r < rows.size(); r++) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                // Names on the left, numbers on the right.
                String format = (i == 0 ? "" : "  ") + "%" + (i < 2 ? "-" : "") + widths[i] + "s";
                line.append(String.format(Locale.ROOT, format, rows.get(r).get(i)));
            }
            text.append(line.toString().stripTrailing());
            boolean whole = r == 0 || r > reports.size() || reports.get(r - 1).failure() == null;
            text.append(whole ? "\n" : "  stopped\n");
        }
        return text.append("%.2f s, %s accesses per second%n".formatted(
                seconds, Numbers.whole(Math.round(total.accesses() / Math.max(seconds, 1e-9))))).toString();
    }

    private static List<String> without(int column, List<String> row) {
        List<String> shorter = new ArrayList<>(row);
        shorter.remove(column);
        return shorter;
    }

    private static List<String> row(String file, String family, VectorTally tally) {
        return List.of(
                file,
                family,
                Numbers.whole(tally.cases()),
                Numbers.whole(tally.accesses()),
                Numbers.whole(tally.steps()),
                Numbers.whole(tally.mismatches()),
                Numbers.whole(tally.deviations()));
    }

    /** The schema {@code memvirt-conform/1}. */
    Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("schema", "memvirt-conform/1");
        tree.put("files", reports.stream().map(ConformReport::tree).toList());
        tree.put("mismatches", total.mismatches());
        return tree;
    }

    private static Map<String, Object> tree(FileReport report) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("file", report.file());
        tree.put("family", report.family());
        tree.put("cases", report.tally().cases());
        tree.put("accesses", report.tally().accesses());
        if (report.tally().steps() != report.tally().accesses()) {
            tree.put("steps", report.tally().steps());
        }
        tree.put("mismatches", report.tally().mismatches());
        tree.put("deviations", report.tally().deviations());
        Exception failure = report.failure();
        if (failure != null) {
            tree.put("error", ExitStatus.message(failure));
        }
        return tree;
    }
}

package org.memvirt.runner.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Results as a table for people: a line a figure, a column a run. With one run each figure has its share beside it, with
 * several its ratio to the first run's: none where one of the two did not reach its end.
 */
public final class TableReport {
    private static final String GAP = "  ";

    private final boolean coloured;

    /** @param coloured whether headings and ratios are set off by a terminal's colours */
    public TableReport(boolean coloured) {
        this.coloured = coloured;
    }

    /** A cell, and what stands beside it. */
    private record Cell(String figure, String note) {}

    private record Line(@Nullable String heading, String label, List<Cell> cells) {}

    public String text(List<RunReport> reports) {
        List<Line> lines = new ArrayList<>();
        for (Figure figure : Figures.of(reports)) {
            if (figure.isHeading()) {
                lines.add(new Line(figure.label(), "", List.of()));
            } else {
                lines.add(new Line(null, figure.label(), cells(figure, reports)));
            }
        }
        return Title.of(reports) + render(reports, lines) + blocks(reports);
    }

    /** Tables of their own, where there is one run. */
    private String blocks(List<RunReport> reports) {
        StringBuilder text = new StringBuilder();
        if (reports.size() == 1) {
            for (String line : BlockTables.of(reports.getFirst())) {
                text.append(line.startsWith(" ") ? line : bold(line)).append('\n');
            }
        }
        return text.toString();
    }

    private static List<Cell> cells(Figure figure, List<RunReport> reports) {
        RunReport base = reports.getFirst();
        double first = figure.value(base.result());
        List<Cell> cells = new ArrayList<>();
        for (RunReport report : reports) {
            double value = figure.value(report.result());
            String note;
            if (reports.size() == 1) {
                note = figure.share(report.result());
            } else {
                boolean compared = figure.isCompared() && report != base && !report.isPartial() && !base.isPartial();
                note = compared && first != 0 ? Numbers.ratio(value / first) : "";
            }
            cells.add(new Cell(figure.text(value), note));
        }
        return cells;
    }

    private String render(List<RunReport> reports, List<Line> lines) {
        int labelWidth = lines.stream().mapToInt(line -> line.label().length()).max().orElse(0);
        StringBuilder text = new StringBuilder();
        List<int[]> widths = new ArrayList<>();
        for (int i = 0; i < reports.size(); i++) {
            int column = i;
            int figure = Math.max(
                    reports.size() == 1 ? 0 : reports.get(i).name().length(),
                    lines.stream()
                            .filter(line -> line.heading() == null)
                            .mapToInt(line -> line.cells().get(column).figure().length())
                            .max()
                            .orElse(0));
            int note = lines.stream()
                    .filter(line -> line.heading() == null)
                    .mapToInt(line -> line.cells().get(column).note().length())
                    .max()
                    .orElse(0);
            widths.add(new int[] {figure, note});
        }
        if (reports.size() > 1) {
            StringBuilder heading = new StringBuilder(" ".repeat(labelWidth));
            for (int i = 0; i < reports.size(); i++) {
                heading.append(GAP).append(right(reports.get(i).name(), widths.get(i)[0]));
                heading.append(" ".repeat(noteSpace(widths.get(i)[1])));
            }
            text.append(bold(heading.toString().stripTrailing())).append('\n');
        }
        for (Line line : lines) {
            if (line.heading() != null) {
                text.append(bold(line.heading())).append('\n');
            } else {
                text.append(line(line, labelWidth, widths)).append('\n');
            }
        }
        return text.toString();
    }

    private String line(Line line, int labelWidth, List<int[]> widths) {
        StringBuilder text = new StringBuilder(line.label()).append(" ".repeat(labelWidth - line.label().length()));
        for (int i = 0; i < line.cells().size(); i++) {
            Cell cell = line.cells().get(i);
            int[] width = widths.get(i);
            text.append(GAP).append(right(cell.figure(), width[0]));
            if (width[1] > 0) {
                String note = line.cells().size() == 1 ? cell.note() : right(cell.note(), width[1]);
                text.append(' ').append(note.isBlank() ? note : dim(note));
            }
        }
        return text.toString().stripTrailing();
    }

    private static int noteSpace(int width) {
        return width == 0 ? 0 : width + 1;
    }

    private static String right(String text, int width) {
        return String.format(Locale.ROOT, "%" + Math.max(1, width) + "s", text);
    }

    private String bold(String text) {
        return coloured ? "\033[1m" + text + "\033[0m" : text;
    }

    private String dim(String text) {
        return coloured ? "\033[2m" + text + "\033[0m" : text;
    }
}

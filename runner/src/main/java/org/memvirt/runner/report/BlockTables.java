package org.memvirt.runner.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.memvirt.engine.SimulationResult;
import org.memvirt.engine.SimulationResult.ExitsOfCause;
import org.memvirt.engine.host.HostOperations.MigrationRecord;

/** What of one run has a table of its own below its figures: its exits by cause, and migrations round by round. */
final class BlockTables {
    private BlockTables() {}

    /** Headings and lines; those of headings begin in the first column. */
    static List<String> of(RunReport report) {
        List<String> lines = new ArrayList<>();
        exits(report.result(), lines);
        report.result().memory().host().migrations().forEach(migration -> migration(migration, lines));
        return lines;
    }

    private static void exits(SimulationResult result, List<String> lines) {
        List<ExitsOfCause> table = result.exitTable();
        if (table.isEmpty()) {
            return;
        }
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"cause", "exits", "exits%", "cycles", "cycles%", "cycles each"});
        table.forEach(each -> rows.add(row(each)));
        double cycles = table.stream().mapToDouble(ExitsOfCause::cycles).sum();
        rows.add(row(new ExitsOfCause("all", result.exits().total(), 1, cycles, cycles == 0 ? 0 : 1)));
        lines.add("Exits by cause");
        addAligned(rows, lines);
    }

    private static String[] row(ExitsOfCause of) {
        return new String[] {
            of.cause(), Numbers.whole(of.exits()), Numbers.percent(of.share()),
            Numbers.whole(Math.round(of.cycles())), Numbers.percent(of.cycleShare()),
            Numbers.whole(Math.round(of.cycles() / of.exits()))
        };
    }

    private static void migration(MigrationRecord migration, List<String> lines) {
        lines.add("Migration of VM %d, by %s: the copy %s the guest's memory at the stop".formatted(
                migration.vm(), migration.log(), migration.identical() ? "is" : "IS NOT"));
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"round", "granules", "bytes", "of the first"});
        List<Long> rounds = migration.rounds();
        for (int round = 0; round < rounds.size(); round++) {
            long granules = rounds.get(round);
            double share = rounds.getFirst() == 0 ? 0 : (double) granules / rounds.getFirst();
            String name = round == rounds.size() - 1 ? "stopped" : Integer.toString(round + 1);
            rows.add(new String[] {
                name, Numbers.whole(granules), Numbers.bytes(granules * migration.granuleBytes()),
                Numbers.percent(share)
            });
        }
        addAligned(rows, lines);
    }

    /** The first column to the left, the others to the right, each as wide as its widest cell. */
    private static void addAligned(List<String[]> rows, List<String> lines) {
        int[] widths = new int[rows.getFirst().length];
        for (String[] row : rows) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row[column].length());
            }
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder("  ")
                    .append(row[0])
                    .append(" ".repeat(widths[0] - row[0].length()));
            for (int column = 1; column < widths.length; column++) {
                line.append(String.format(Locale.ROOT, "  %" + widths[column] + "s", row[column]));
            }
            lines.add(line.toString());
        }
    }
}

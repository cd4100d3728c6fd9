package org.memvirt.runner.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.StringJoiner;
import org.memvirt.api.image.TableAnomaly;
import org.memvirt.api.option.Sizes;
import org.memvirt.runner.report.Numbers;

/**
 * What there is in all.
 *
 * @param pages by their offset bits
 */
public record Totals(Inspection inspection, SortedMap<Integer, Long> pages) {
    static Totals of(Inspection inspection, SortedMap<Integer, Long> pages) {
        return new Totals(inspection, pages);
    }

    /** Those of the tables, without looking at each page. */
    public static Totals of(Inspection inspection) {
        return of(inspection, inspection.pages());
    }

    /** The members of a JSON object, one a line: totals, tables, and damage where there is any. */
    public String json() {
        StringJoiner sizes = new StringJoiner(", ");
        pages.forEach((shift, count) -> sizes.add("\"%s\": %d".formatted(Sizes.ofPage(shift), count)));
        String text = " \"totals\": {%s},\n \"tables\": {\"pages\": %d, \"bytes\": %d}"
                .formatted(sizes, inspection.tables(), inspection.tableBytes());
        StringJoiner damage = new StringJoiner(",\n  ", ",\n \"damage\": [\n  ", "]").setEmptyValue("");
        for (Inspection.Stage stage : inspection.stages()) {
            for (TableAnomaly one : stage.listing().anomalies()) {
                damage.add(("{\"kind\": \"%s\", \"stage\": %d, \"count\": %d, \"level\": %d, \"entryAddress\": \"%#x\","
                        + " \"entry\": \"%#x\", \"address\": \"%#x\"}")
                                .formatted(
                                        one.kind(),
                                        stage.number(),
                                        one.count(),
                                        one.level(),
                                        one.entryAddress(),
                                        one.entry(),
                                        one.inputAddress()));
            }
        }
        return text + damage;
    }

    /** The tables of each stage, a sentence each. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (Inspection.Stage stage : inspection.stages()) {
            lines.add("tables%s: %s, %d levels, root %#x: %s of them, %s"
                    .formatted(
                            inspection.stages().size() == 1 ? "" : " of stage " + stage.number(),
                            stage.root().format().name(),
                            stage.root().format().levels(),
                            stage.root().root(),
                            Numbers.whole(stage.listing().tables()),
                            Numbers.bytes(stage.listing().bytes())));
        }
        return lines;
    }

    /** What is odd, a sentence each. */
    public List<String> oddities() {
        List<String> lines = new ArrayList<>();
        for (Inspection.Stage stage : inspection.stages()) {
            for (TableAnomaly one : stage.listing().anomalies()) {
                String what =
                        switch (one.kind()) {
                            case LOOP -> "a loop, followed as hardware does: %s back up to a table of the same level or"
                                    + " above";
                            case MISSING_TABLE ->
                                    "damage: %s to a table that "
                                            + (stage.number() == 1 && inspection.regime().stageTwo() != null
                                                    ? "stage 2 does not map, or "
                                                    : "")
                                            + "the image does not hold";
                            case MALFORMED -> "damage: %s reserved bits, or bits that may not be together";
                        };
                boolean several = one.count() > 1;
                String subject = Numbers.whole(one.count())
                        + (several ? " entries" : " entry")
                        + (one.kind() == TableAnomaly.Kind.MALFORMED
                                ? (several ? " have" : " has")
                                : (several ? " lead" : " leads"));
                lines.add("%s%s; the first, %#x, at %#x in a table of level %d, for addresses from %#x"
                        .formatted(
                                inspection.stages().size() == 1 ? "" : "stage " + stage.number() + ": ",
                                what.formatted(subject),
                                one.entry(),
                                one.entryAddress(),
                                one.level(),
                                one.inputAddress()));
            }
        }
        lines.addAll(inspection.doubts());
        return lines;
    }
}

package org.memvirt.runner.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The lines above a table: what was played, on what machine, and whether it came to its end. */
final class Title {
    private Title() {}

    static String of(List<RunReport> reports) {
        StringBuilder text = new StringBuilder();
        Map<String, Object> first = reports.getFirst().config();
        Object input = first.containsKey("scenario")
                ? first.get("scenario")
                : first.containsKey("trace") ? first.get("trace") : first.get("workload");
        text.append(input).append('\n').append(String.join(", ", machine(reports))).append('\n');
        for (RunReport report : reports) {
            if (report.isPartial()) {
                text.append("PARTIAL, %s: %s%n".formatted(report.name(), report.error()));
            }
        }
        return text.append('\n').toString();
    }

    private static List<String> machine(List<RunReport> reports) {
        Map<String, Object> first = reports.getFirst().config();
        List<String> parts = new ArrayList<>();
        if (reports.size() == 1) {
            parts.add("strategy " + first.get("vmm"));
        }
        parts.add(
                first.containsKey("format")
                        ? "format " + name(first.get("format"))
                        : "registers " + first.get("registers"));
        for (RunReport report : reports) {
            if (report.config().containsKey("second-stage")) {
                parts.add("second stage " + name(report.config().get("second-stage")));
                break;
            }
        }
        addIfOne(parts, "TLB ", "tlb", reports);
        addIfOne(parts, "walk cache ", "walk-cache", reports);
        for (RunReport report : reports) {
            if (report.config().containsKey("second-stage")) {
                parts.add("nested TLB " + report.config().get("nested-tlb"));
                break;
            }
        }
        return parts;
    }

    /** What differs between runs is in their names. */
    private static void addIfOne(List<String> parts, String what, String option, List<RunReport> reports) {
        List<Object> different = reports.stream()
                .map(report -> report.config().get(option))
                .distinct()
                .toList();
        if (different.size() == 1) {
            parts.add(what + different.getFirst());
        }
    }

    /** Without the options, which the JSON has. */
    private static String name(@Nullable Object selection) {
        return String.valueOf(selection).split(":", 2)[0];
    }
}

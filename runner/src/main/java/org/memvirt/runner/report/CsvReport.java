package org.memvirt.runner.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Results as CSV (RFC 4180): a row a run, a column a number of the JSON, named by its path: {@code tlb.l1d.misses}. The
 * columns are the same whatever was run; what a run lacks is empty there.
 */
public final class CsvReport {
    private final JsonReport json;

    public CsvReport(JsonReport json) {
        this.json = json;
    }

    public String text(List<RunReport> reports) {
        List<String> columns = CsvColumns.list();
        StringBuilder text = new StringBuilder();
        appendLine(text, columns);
        for (RunReport report : reports) {
            Map<String, String> row = new LinkedHashMap<>();
            ObjectNode tree = json.tree(report);
            JsonNode counts = tree.remove(report.result().strategy().name());
            if (counts != null) {
                tree.set(CsvColumns.STRATEGY, counts);
            }
            put("", tree, row);
            appendLine(text, columns.stream().map(column -> row.getOrDefault(column, "")).toList());
            row.keySet().removeAll(columns);
            if (!row.isEmpty()) {
                throw new IllegalStateException("a result has what no column of its CSV takes: " + row.keySet());
            }
        }
        return text.toString();
    }

    /** Puts what stands at a path into its columns. */
    private static void put(String path, JsonNode node, Map<String, String> row) {
        if (CsvColumns.isWhole(path)) {
            row.put(path, JsonReport.line(node));
        } else if (CsvColumns.isOpen(path)) {
            Map<String, JsonNode> others = new LinkedHashMap<>();
            if (!CsvColumns.absent(path).isEmpty()) {
                CsvColumns.named(path).forEach(key -> row.put(join(path, key), CsvColumns.absent(path)));
            }
            node.properties().forEach(entry -> {
                if (CsvColumns.named(path).contains(entry.getKey())) {
                    put(join(path, entry.getKey()), entry.getValue(), row);
                } else {
                    others.put(entry.getKey(), entry.getValue());
                }
            });
            row.put(CsvColumns.others(path), others.isEmpty() ? "" : JsonReport.line(others));
        } else if (node.isObject()) {
            node.properties().forEach(entry -> put(join(path, entry.getKey()), entry.getValue(), row));
        } else {
            row.put(path, node.isNull() ? "" : node.isNumber() ? node.toString() : node.asString());
        }
    }

    private static String join(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static void appendLine(StringBuilder text, List<String> cells) {
        text.append(cells.stream().map(CsvReport::quoted).collect(Collectors.joining(","))).append("\r\n");
    }

    static String quoted(String cell) {
        return cell.matches("[^,\"\r\n]*") ? cell : '"' + cell.replace("\"", "\"\"") + '"';
    }
}

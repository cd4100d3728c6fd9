package org.memvirt.runner.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * Results as CSV (RFC 4180): a row a run, a column a number of the JSON, named by its path: {@code tlb.l1d.misses}. A
 * column that a run lacks is empty there.
 */
public final class CsvReport {
    private final JsonReport json;

    public CsvReport(JsonReport json) {
        this.json = json;
    }

    public String text(List<RunReport> reports) {
        List<Map<String, String>> rows = new ArrayList<>();
        Set<String> columns = new LinkedHashSet<>();
        for (RunReport report : reports) {
            Map<String, String> row = new LinkedHashMap<>();
            flatten("", json.tree(report), row);
            columns.addAll(row.keySet());
            rows.add(row);
        }
        StringBuilder text = new StringBuilder();
        appendLine(text, List.copyOf(columns));
        for (Map<String, String> row : rows) {
            appendLine(text, columns.stream().map(column -> row.getOrDefault(column, "")).toList());
        }
        return text.toString();
    }

    private static void flatten(String path, JsonNode node, Map<String, String> row) {
        if (node.isObject()) {
            node.properties().forEach(entry -> flatten(join(path, entry.getKey()), entry.getValue(), row));
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                flatten(join(path, Integer.toString(i)), node.get(i), row);
            }
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

    private static String quoted(String cell) {
        return cell.matches("[^,\"\r\n]*") ? cell : '"' + cell.replace("\"", "\"\"") + '"';
    }
}

package org.memvirt.testkit.invalidation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.invalidation.InvalidationEffect;
import org.memvirt.api.invalidation.InvalidationRule;
import org.memvirt.api.invalidation.InvalidationScope;
import org.memvirt.api.invalidation.InvalidationTable;
import org.memvirt.api.invalidation.MappingKind;
import org.memvirt.api.invalidation.TagMatch;

/**
 * A table of invalidations as documents show it, in Markdown.
 *
 * @param vm the word for a VM's tag
 * @param asid the word for an address space's
 * @param root the word for a second-stage table's, or null where there is none
 * @param kinds the words for the kinds of mappings
 */
public record InvalidationDocument(String vm, String asid, @Nullable String root, Map<MappingKind, String> kinds) {
    /** The lines of a table that a document shows under a heading. */
    public static List<String> shown(Path document, String heading) throws IOException {
        List<String> lines = Files.readAllLines(document);
        int from = lines.indexOf("## " + heading);
        if (from < 0) {
            throw new AssertionError("%s has no heading '%s'".formatted(document, heading));
        }
        return lines.stream()
                .skip(from + 1)
                .takeWhile(line -> !line.startsWith("## "))
                .filter(line -> line.startsWith("|"))
                .toList();
    }

    /** The lines that it should show. */
    public List<String> lines(InvalidationTable table) {
        List<String> lines = new ArrayList<>();
        lines.add(line("operation", "kinds", vm, asid, root == null ? "" : root, "translations", "tables",
                "global ones"));
        lines.add(line("---", "---", "---", "---", "---", "---", "---", "---").replace(" ", ""));
        for (InvalidationRule rule : table.rules()) {
            if (rule.removals().isEmpty()) {
                lines.add(line(rule.operation(), "none", "", "", "", "", "", ""));
            }
            String operation = rule.operation();
            for (InvalidationEffect removal : rule.removals()) {
                lines.add(line(
                        operation,
                        kinds(removal),
                        tag(removal.vm()),
                        tag(removal.asid()),
                        tag(removal.stageTwoRoot()),
                        scope(removal.translations()),
                        scope(removal.tables()),
                        removal.globals() ? "go" : "stay"));
                operation = "";
            }
        }
        return lines;
    }

    private String line(
            String operation, String kind, String vmTag, String asidTag, String rootTag, String translations,
            String tables, String globals) {
        List<String> cells = new ArrayList<>(List.of(kind, vmTag, asidTag));
        if (root != null) {
            cells.add(rootTag);
        }
        cells.addAll(List.of(translations, tables, globals));
        return cells.stream().map(cell -> cell.isEmpty() ? " |" : " " + cell + " |")
                .collect(Collectors.joining("", "| " + operation + " |", ""));
    }

    private String kinds(InvalidationEffect removal) {
        return removal.kinds().stream().sorted().map(kinds::get).collect(Collectors.joining(", "));
    }

    private static String tag(TagMatch match) {
        return switch (match) {
            case ZERO -> "0";
            case NOT_ZERO -> "all but 0";
            default -> match.name().toLowerCase(Locale.ROOT);
        };
    }

    private static String scope(InvalidationScope scope) {
        return switch (scope) {
            case NONE -> "none";
            case OF_ADDRESS -> "address";
            case OF_PAGE -> "page";
            case ALL -> "all";
        };
    }
}

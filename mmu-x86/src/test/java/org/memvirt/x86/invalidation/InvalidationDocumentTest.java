package org.memvirt.x86.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.memvirt.api.invalidation.InvalidationEffect;
import org.memvirt.api.invalidation.InvalidationRule;
import org.memvirt.api.invalidation.InvalidationScope;
import org.memvirt.api.invalidation.InvalidationTable;
import org.memvirt.api.invalidation.MappingKind;
import org.memvirt.api.invalidation.TagMatch;

/** The page of the documents that shows the tables. */
final class InvalidationDocumentTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "invalidation.md");

    @Test
    void showsTheRowsOfBothTables() throws IOException {
        List<String> shown = Files.readAllLines(DOCUMENT).stream()
                .filter(line -> line.startsWith("|"))
                .toList();
        List<String> expected = new ArrayList<>(lines(X86Invalidations.INTEL, "VPID", "EP4TA"));
        expected.addAll(lines(X86Invalidations.AMD, "ASID", "nCR3"));
        assertThat(shown).as("the tables of %s", DOCUMENT).isEqualTo(expected);
    }

    private static List<String> lines(InvalidationTable table, String vm, String root) {
        List<String> lines = new ArrayList<>();
        lines.add("| operation | kinds | %s | PCID | %s | translations | tables | global ones |".formatted(vm, root));
        lines.add("|---|---|---|---|---|---|---|---|");
        for (InvalidationRule rule : table.rules()) {
            if (rule.removals().isEmpty()) {
                lines.add("| %s | none | | | | | | |".formatted(rule.operation()));
            }
            String operation = rule.operation();
            for (InvalidationEffect removal : rule.removals()) {
                lines.add("| %s | %s | %s | %s | %s | %s | %s | %s |"
                        .formatted(
                                operation,
                                kinds(removal),
                                tag(removal.vm()),
                                tag(removal.asid()),
                                tag(removal.stageTwoRoot()),
                                extent(removal.translations()),
                                extent(removal.tables()),
                                removal.globals() ? "go" : "stay"));
                operation = "";
            }
        }
        return lines;
    }

    private static String kinds(InvalidationEffect removal) {
        return removal.kinds().stream().sorted().map(InvalidationDocumentTest::name).collect(Collectors.joining(", "));
    }

    private static String name(MappingKind kind) {
        return switch (kind) {
            case STAGE_1 -> "linear";
            case STAGE_2 -> "guest-physical";
            case COMBINED -> "combined";
        };
    }

    private static String tag(TagMatch match) {
        return switch (match) {
            case ZERO -> "0";
            case NOT_ZERO -> "all but 0";
            default -> match.name().toLowerCase(Locale.ROOT);
        };
    }

    private static String extent(InvalidationScope extent) {
        return switch (extent) {
            case NONE -> "none";
            case OF_ADDRESS -> "address";
            case OF_PAGE -> "page";
            case ALL -> "all";
        };
    }
}

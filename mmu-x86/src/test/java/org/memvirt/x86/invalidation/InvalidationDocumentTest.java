package org.memvirt.x86.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.memvirt.api.invalidation.InvalidationTable;
import org.memvirt.api.invalidation.MappingKind;
import org.memvirt.testkit.invalidation.InvalidationDocument;

/** The page of the documents that shows the tables. */
final class InvalidationDocumentTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "invalidation.md");

    @Test
    void showsTheRowsOfBothTables() throws IOException {
        check("Intel", X86Invalidations.INTEL, "VPID", "EP4TA");
        check("AMD", X86Invalidations.AMD, "ASID", "nCR3");
    }

    private static void check(String heading, InvalidationTable table, String vm, String root) throws IOException {
        InvalidationDocument expected = new InvalidationDocument(
                vm,
                "PCID",
                root,
                Map.of(
                        MappingKind.STAGE_1, "linear",
                        MappingKind.STAGE_2, "guest-physical",
                        MappingKind.COMBINED, "combined"));
        assertThat(InvalidationDocument.shown(DOCUMENT, heading))
                .as("the table of %s under %s", DOCUMENT, heading)
                .isEqualTo(expected.lines(table));
    }
}

package org.memvirt.arm.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.memvirt.api.invalidation.MappingKind;
import org.memvirt.testkit.invalidation.InvalidationDocument;

/** The page of the documents that shows Arm's table. */
final class InvalidationDocumentTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "invalidation.md");

    @Test
    void showsTheRows() throws IOException {
        InvalidationDocument expected = new InvalidationDocument(
                "VMID",
                "ASID",
                null,
                Map.of(
                        MappingKind.STAGE_1, "stage 1",
                        MappingKind.STAGE_2, "stage 2",
                        MappingKind.COMBINED, "combined"));
        assertThat(InvalidationDocument.shown(DOCUMENT, "Arm"))
                .as("the table of %s", DOCUMENT)
                .isEqualTo(expected.lines(ArmInvalidations.TABLE));
    }
}

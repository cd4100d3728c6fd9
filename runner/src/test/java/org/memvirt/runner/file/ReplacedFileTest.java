package org.memvirt.runner.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplacedFileTest {
    @TempDir
    private Path folder;

    private List<String> names() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void whatIsKeptReplacesWhatWasThere() throws IOException {
        Path file = folder.resolve("f");
        ReplacedFile.write(file, "one");
        ReplacedFile.write(file, "two");
        assertThat(file).hasContent("two");
        assertThat(names()).containsExactly("f");
    }

    @Test
    void whatIsNotKeptLeavesNoTrace() throws IOException {
        try (ReplacedFile file = new ReplacedFile(folder.resolve("f"))) {
            file.stream().write(1);
        }
        assertThat(names()).isEmpty();
    }

    @Test
    void theBeginningMayBeWrittenLast() throws IOException {
        Path target = folder.resolve("f");
        try (ReplacedFile file = new ReplacedFile(target)) {
            file.stream().write("????rest".getBytes(StandardCharsets.US_ASCII));
            file.keep("head".getBytes(StandardCharsets.US_ASCII));
        }
        assertThat(target).hasContent("headrest");
    }

    @Test
    void aLinkStaysOne() throws IOException {
        Path target = Files.writeString(folder.resolve("real"), "old");
        Path link = Files.createSymbolicLink(folder.resolve("link"), target);
        ReplacedFile.write(link, "new");
        assertThat(Files.isSymbolicLink(link)).isTrue();
        assertThat(target).hasContent("new");
    }

    @Test
    void aFolderThatIsNotThereIsNamed() {
        Path file = folder.resolve("none").resolve("f");
        assertThatThrownBy(() -> ReplacedFile.write(file, ""))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("folder does not exist");
    }
}

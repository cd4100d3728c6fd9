package org.memvirt.runner.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.runner.file.Compression;
import org.memvirt.runner.file.UnpackedFile;
import org.memvirt.runner.usage.WrongUsage;

class TraceFileWriterTest {
    @TempDir
    private Path folder;

    private static AccessSource three() {
        return Accesses.source(new long[] {1, 2, 3}, new int[] {1, 2, 4});
    }

    @Test
    void aPlainBinaryFileTellsItsCount() throws IOException {
        Path file = folder.resolve("t.mvt");
        assertThat(TraceFileWriter.write(three(), file, "binary")).isEqualTo(3);
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(bytes.getLong(16)).isEqualTo(3);
        assertThat(bytes.capacity()).isEqualTo(64 + 3 * 8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"t.xz", "t.gz", "t.ZST"})
    void theNameSaysHowToCompress(String name) throws IOException {
        Path file = folder.resolve(name);
        TraceFileWriter.write(three(), file, "binary");
        try (InputStream input = Files.newInputStream(file)) {
            Compression compression = Objects.requireNonNull(Compression.of(input.readNBytes(16)));
            assertThat(Compression.ofName(name)).isEqualTo(compression);
        }
        try (UnpackedFile unpacked = UnpackedFile.open(file.toString(), InputStream.nullInputStream())) {
            assertThat(Accesses.of(new BinaryFormat().open(unpacked.content, name, 0), 16))
                    .containsExactly("1 1", "2 2", "4 3");
        }
    }

    @Test
    void aFileAppearsOnlyWhenItIsComplete() throws IOException {
        Path file = folder.resolve("t.mvt");
        Files.writeString(file, "before");
        AccessSource broken = new AccessSource() {
            @Override
            public boolean fill(AccessBatch batch) throws IOException {
                throw new IOException("broken");
            }

            @Override
            public void close() {}
        };
        assertThatThrownBy(() -> TraceFileWriter.write(broken, file, "binary")).hasMessage("broken");
        assertThat(folder).isDirectoryContaining("glob:**t.mvt");
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(1);
        }
        assertThat(file).hasContent("before");
    }

    @Test
    void unknownFormatsAreRefused() {
        assertThatThrownBy(() -> TraceFileWriter.write(three(), folder.resolve("t"), "champsim"))
                .isInstanceOf(WrongUsage.class)
                .hasMessageContaining("binary, text, lackey or packed");
    }
}

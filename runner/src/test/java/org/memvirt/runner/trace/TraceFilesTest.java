package org.memvirt.runner.trace;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.memvirt.api.workload.BadTrace;
import org.memvirt.api.workload.TraceFormat;
import org.memvirt.runner.file.Compression;
import org.memvirt.runner.plugin.PluginFolder;
import org.memvirt.runner.plugin.Plugins;
import org.memvirt.runner.usage.WrongUsage;

class TraceFilesTest {
    private static final byte[] TEXT = distinctLines().getBytes(US_ASCII);

    @TempDir
    private Path folder;

    private final Plugins<TraceFormat> formats =
            Plugins.find(TraceFormat.class, "--trace-format", "trace format", TraceFormat::name, PluginFolder.empty());

    private static String distinctLines() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            text.append(" L %08x,8\n".formatted(i * 0x9e3779b1 & 0x7ffffff8));
        }
        return text.toString();
    }

    private TraceFiles files() {
        return new TraceFiles(formats, new ByteArrayInputStream(TEXT));
    }

    private String file(byte[] content) throws IOException {
        return Files.write(folder.resolve("trace"), content).toString();
    }

    private static byte[] compressed(Compression compression, byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream stream = compression.compress(bytes)) {
            stream.write(content);
        }
        return bytes.toByteArray();
    }

    private void assertBad(String path, String... parts) {
        assertThatThrownBy(() -> Accesses.of(files().open(path, null, 0), 4096))
                .isInstanceOf(BadTrace.class)
                .hasMessageContainingAll(parts);
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void unpacksByContentWhateverTheName(Compression compression) throws IOException {
        try (TraceSource source = files().open(file(compressed(compression, TEXT)), null, 0)) {
            assertThat(Accesses.of(source, 4096)).hasSize(20_000);
            assertThat(source.compression()).isEqualTo(compression.toString());
            assertThat(source.format()).isEqualTo("lackey");
            assertThat(source.progress()).isEqualTo(1);
        }
    }

    @Test
    void readsStandardInput() throws IOException {
        try (TraceSource source = files().open("-", null, 0)) {
            assertThat(Accesses.of(source, 4096)).hasSize(20_000);
            assertThat(source.progress()).isNegative();
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void compressedTwiceIsExplained(Compression outer) throws IOException {
        for (Compression inner : Compression.values()) {
            assertBad(
                    file(compressed(outer, compressed(inner, TEXT))),
                    "compressed twice",
                    inner + " within " + outer);
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void aCutCompressedFileGivesWhatCameBeforeAndThenSaysSo(Compression compression) throws IOException {
        byte[] whole = compressed(compression, TEXT);
        String path = file(Arrays.copyOf(whole, whole.length * 3 / 4));
        List<String> given = new ArrayList<>();
        assertThatThrownBy(() -> Accesses.drain(files().open(path, null, 0), 64, given))
                .isInstanceOf(BadTrace.class)
                .hasMessageContaining("its " + compression + " data is cut off or damaged");
        // A whole block may be lost to the decoder, not more.
        assertThat(given.size()).isLessThan(20_000);
    }

    @Test
    void aCutHeaderOfACompressedFileIsBadInput() throws IOException {
        assertBad(file(Arrays.copyOf(compressed(Compression.GZIP, TEXT), 5)), "gzip");
        assertBad(file(Arrays.copyOf(compressed(Compression.XZ, TEXT), 7)), "xz");
    }

    @Test
    void anEmptyTraceHoldsNoAccesses() throws IOException {
        assertBad(file(new byte[0]), "holds no accesses");
        assertBad(file(compressed(Compression.XZ, new byte[0])), "holds no accesses");
        assertBad(file("==1== nothing\n".getBytes(US_ASCII)), "holds no accesses");
        assertBad(file(BinaryHeader.of(1, 0)), "holds no accesses");
    }

    @Test
    void anUnknownFormatListsThoseThatThereAre() throws IOException {
        assertBad(file("PK\3\4 something else".getBytes(US_ASCII)), "binary, lackey, packed", "--trace-format");
    }

    @Test
    void aFormatMayBeNamed() throws IOException {
        String path = file(new byte[] {0, 0x10, 0, 0, 0, 0, 0, 0x20});
        try (TraceSource source = files().open(path, "packed", 0)) {
            assertThat(Accesses.of(source, 16)).containsExactly("1 1000");
        }
        assertThatThrownBy(() -> files().open(path, "paked", 0))
                .isInstanceOf(WrongUsage.class)
                .hasMessageContaining("there is packed, ");
    }

    @Test
    void whatIsNoFileIsWrongUsage() {
        assertThatThrownBy(() -> files().open(folder.toString(), null, 0))
                .isInstanceOf(WrongUsage.class)
                .hasMessageContaining("is a folder");
        assertThatThrownBy(() -> files().open(folder + "/none", null, 0)).isInstanceOf(NoSuchFileException.class);
    }
}

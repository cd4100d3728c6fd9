package org.memvirt.runner.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.FilterOptions;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.X86Options;
import org.tukaani.xz.XZInputStream;
import org.tukaani.xz.XZOutputStream;

/** What {@link XzDictionary} makes of files whose dictionary is 64 MiB. */
class XzDictionaryTest {
    private static final int ASKED = 64 << 20;
    private static final int KIB_LIMIT_FOR_A_MEGABYTE = 4 << 10;
    private static final int UNLIMITED = -1;
    private static final int BEGINNING = 512;
    /** The stream header's length, the footer's, and that of a header of one block with one filter. */
    private static final int FRAME = 12;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4095, 4096, 4097, 6144, 6145, 100_000, 1 << 20, (1 << 20) + 1, 3 << 20, (3 << 20) + 1})
    void contentComesOutAsItWentIn(int size) throws IOException {
        byte[] content = content(size);

        assertThat(unpacked(fitted(large(content)), UNLIMITED)).isEqualTo(content);
    }

    @Test
    void unpackingTakesMemoryForTheContentAlone() throws IOException {
        byte[] content = content(1 << 20);

        assertThat(unpacked(fitted(large(content)), KIB_LIMIT_FOR_A_MEGABYTE)).isEqualTo(content);
    }

    @Test
    void dictionaryThatIsSmallAlreadyStays() throws IOException {
        LZMA2Options options = new LZMA2Options(6);
        options.setDictSize(1 << 16);
        byte[] packed = packed(content(1 << 20), options);

        assertThat(fitted(packed)).isEqualTo(packed);
    }

    @Test
    void fileOfTwoStreamsStays() throws IOException {
        byte[] one = large(content(1000));
        byte[] two = Arrays.copyOf(one, 2 * one.length);
        System.arraycopy(one, 0, two, one.length, one.length);

        assertThat(fitted(two)).isEqualTo(two);
    }

    @Test
    void fileOfTwoBlocksStays() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (XZOutputStream stream = new XZOutputStream(bytes, asked())) {
            stream.write(content(1000));
            stream.endBlock();
            stream.write(content(2000));
        }

        assertThat(fitted(bytes.toByteArray())).isEqualTo(bytes.toByteArray());
    }

    @Test
    void fileWithAnotherFilterStays() throws IOException {
        byte[] packed = packed(content(1000), new X86Options(), asked());

        assertThat(fitted(packed)).isEqualTo(packed);
    }

    @Test
    void fileThatIsCutShortStays() throws IOException {
        byte[] packed = large(content(1000));

        for (int length = 0; length < packed.length; length++) {
            byte[] cut = Arrays.copyOf(packed, length);
            assertThat(fitted(cut)).as("%d bytes", length).isEqualTo(cut);
        }
    }

    @Test
    void damageToHeaderOrIndexStays() throws IOException {
        byte[] packed = large(content(1000));
        int footer = packed.length - FRAME;
        int indexBytes = 4 * (packed[footer + 4] + 1);

        for (int at = 0; at < packed.length; at++) {
            boolean inHeader = at >= FRAME && at < 2 * FRAME;
            boolean inIndex = at >= footer - indexBytes && at < footer;
            if (inHeader || inIndex) {
                byte[] damaged = packed.clone();
                damaged[at] ^= 0x10;
                assertThat(fitted(damaged)).as("byte %d", at).isEqualTo(damaged);
            }
        }
    }

    @Test
    void fileIsUnpackedThroughIt(@TempDir Path folder) throws IOException {
        byte[] content = content(300_000);
        Path file = Files.write(folder.resolve("content.xz"), large(content));

        try (UnpackedFile unpacked = UnpackedFile.open(file.toString(), InputStream.nullInputStream())) {
            assertThat(unpacked.compression).isEqualTo(Compression.XZ);
            assertThat(unpacked.content.readAllBytes()).isEqualTo(content);
        }
    }

    private static byte[] content(int size) {
        byte[] content = new byte[size];
        Random random = new Random(size);
        for (int i = 0; i < size; i++) {
            // Runs that come again after a long way need the whole dictionary.
            content[i] = i >= size / 2 && size > 1 ? content[i - size / 2] : (byte) random.nextInt(16);
        }
        return content;
    }

    private static byte[] large(byte[] content) throws IOException {
        return packed(content, asked());
    }

    private static LZMA2Options asked() throws IOException {
        LZMA2Options options = new LZMA2Options(1);
        options.setDictSize(ASKED);
        return options;
    }

    private static byte[] packed(byte[] content, FilterOptions... filters) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (XZOutputStream stream = new XZOutputStream(bytes, filters)) {
            stream.write(content);
        }
        return bytes.toByteArray();
    }

    private static byte[] fitted(byte[] packed) {
        byte[] beginning = Arrays.copyOf(packed, Math.min(packed.length, BEGINNING));
        byte[] ending = Arrays.copyOfRange(
                packed, Math.max(0, packed.length - XzDictionary.ENDING_BYTES), packed.length);
        XzDictionary.fit(beginning, ending, packed.length);
        byte[] fitted = packed.clone();
        System.arraycopy(beginning, 0, fitted, 0, beginning.length);
        return fitted;
    }

    private static byte[] unpacked(byte[] packed, int kibLimit) throws IOException {
        try (XZInputStream stream = new XZInputStream(new ByteArrayInputStream(packed), kibLimit)) {
            return stream.readAllBytes();
        }
    }
}

package org.memvirt.runner.file;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.memvirt.api.workload.BadTrace;

/** What comes out of a compressed file; data that cannot be decompressed is a {@link BadTrace}. */
final class DecompressedStream extends FilterInputStream {
    private final CountedStream file;
    private final String name;
    private final Compression compression;

    private DecompressedStream(InputStream decoder, CountedStream file, String name, Compression compression) {
        super(decoder);
        this.file = file;
        this.name = name;
        this.compression = compression;
    }

    /**
     * @param whole the compressed bytes, from the first
     * @param file where they come from, for messages
     */
    static DecompressedStream of(InputStream whole, CountedStream file, String name, Compression compression)
            throws IOException {
        try {
            return new DecompressedStream(compression.decompress(whole), file, name, compression);
        } catch (IOException e) {
            throw explained(e, file, name, compression);
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
            return in.read(bytes, offset, length);
        } catch (IOException e) {
            throw explained(e, file, name, compression);
        }
    }

    private static IOException explained(
            IOException failure, CountedStream file, String name, Compression compression) {
        if (file.failed()) {
            return failure;
        }
        String why = failure.getMessage();
        if (compression == Compression.ZSTD && why != null && why.contains("too much memory")) {
            return new BadTrace(
                    "%s: its zstd data, at or before byte %d, needs a window larger than this memvirt unpacks; unpack it first,"
                            .formatted(name, file.count()) + " with zstd -d --long=31",
                    failure);
        }
        return new BadTrace(
                "%s: its %s data is cut off or damaged at or before byte %d%s"
                        .formatted(name, compression, file.count(), why == null ? "" : " (" + why + ")"),
                failure);
    }
}

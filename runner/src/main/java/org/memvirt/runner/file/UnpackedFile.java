package org.memvirt.runner.file;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.workload.BadTrace;
import org.memvirt.api.workload.TraceFormat;
import org.memvirt.runner.usage.WrongUsage;

/** A file, or standard input, after decompression, which goes by content and not by name. */
public final class UnpackedFile implements AutoCloseable {
    /** The name of standard input. */
    public static final String STANDARD_INPUT = "-";

    private static final String NAME_OF_STANDARD_INPUT = "standard input";

    /** For messages. */
    public final String name;

    /** All that is in it. */
    public final InputStream content;

    /** The first bytes of the content, {@link TraceFormat#PROBE_BYTES} of them unless it is shorter. */
    public final byte[] beginning;

    /** What it was compressed with, or null. */
    public final @Nullable Compression compression;

    private final CountedStream file;
    private final long fileBytes;

    private UnpackedFile(
            String name,
            InputStream content,
            byte[] beginning,
            @Nullable Compression compression,
            CountedStream file,
            long fileBytes) {
        this.name = name;
        this.content = content;
        this.beginning = beginning;
        this.compression = compression;
        this.file = file;
        this.fileBytes = fileBytes;
    }

    /** @param standardInput read in place of a file when {@code path} is {@code -} */
    public static UnpackedFile open(String path, InputStream standardInput) throws IOException {
        if (path.equals(STANDARD_INPUT)) {
            return unpack(NAME_OF_STANDARD_INPUT, new CountedStream(standardInput, NAME_OF_STANDARD_INPUT), null, -1);
        }
        Path file = Path.of(path);
        if (Files.isDirectory(file)) {
            throw new WrongUsage(path + " is a folder, not a file");
        }
        // A pipe has no size that tells how far it is.
        long bytes = Files.isRegularFile(file) ? Files.size(file) : -1;
        return unpack(path, new CountedStream(Files.newInputStream(file), path), file, bytes);
    }

    private static UnpackedFile unpack(String name, CountedStream file, @Nullable Path path, long bytes)
            throws IOException {
        try {
            byte[] beginning = file.readNBytes(TraceFormat.PROBE_BYTES);
            Compression compression = Compression.of(beginning);
            if (compression == Compression.XZ && path != null && bytes > 0) {
                XzDictionary.fit(beginning, ending(path, bytes), bytes);
            }
            InputStream whole = whole(beginning, file);
            if (compression == null) {
                return new UnpackedFile(name, whole, beginning, null, file, bytes);
            }
            DecompressedStream content = DecompressedStream.of(whole, file, name, compression);
            byte[] unpacked = content.readNBytes(TraceFormat.PROBE_BYTES);
            Compression again = Compression.of(unpacked);
            if (again != null) {
                throw new BadTrace("%s is compressed twice, %s within %s; unpack the outer one first"
                        .formatted(name, again, compression));
            }
            return new UnpackedFile(name, whole(unpacked, content), unpacked, compression, file, bytes);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static byte[] ending(Path path, long bytes) throws IOException {
        ByteBuffer ending = ByteBuffer.allocate((int) Math.min(bytes, XzDictionary.ENDING_BYTES));
        try (SeekableByteChannel channel = Files.newByteChannel(path)) {
            channel.position(bytes - ending.capacity());
            while (ending.hasRemaining() && channel.read(ending) >= 0) {
                // A channel may give less than is asked for.
            }
        }
        return ending.array();
    }

    private static InputStream whole(byte[] beginning, InputStream rest) {
        return new SequenceInputStream(new ByteArrayInputStream(beginning), rest);
    }

    /** How much of the file has been read, from 0 to 1, or a negative number when nobody knows. */
    public double progress() {
        return fileBytes <= 0 ? -1 : Math.min(1, (double) file.count() / fileBytes);
    }

    @Override
    public void close() throws IOException {
        content.close();
    }
}

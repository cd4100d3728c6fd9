package org.memvirt.runner.trace;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.workload.AccessSource;
import org.memvirt.runner.file.Compression;
import org.memvirt.runner.file.ReplacedFile;

/** Writes a whole trace to a file, which appears when it is complete; compressed if its name says so. */
public final class TraceFileWriter {
    private TraceFileWriter() {}

    /**
     * Writes all that {@code source} gives.
     *
     * @param target ends in .xz, .gz or .zst to be compressed
     * @param format one of {@link TraceWriter#of}
     * @return how many accesses were written
     */
    public static long write(AccessSource source, Path target, String format) throws IOException {
        Compression compression = Compression.ofName(target.toString());
        try (ReplacedFile file = new ReplacedFile(target)) {
            TraceWriter writer;
            if (compression == null) {
                writer = copy(source, file.stream(), format);
            } else {
                try (OutputStream compressed = compression.compress(file.stream())) {
                    writer = copy(source, compressed, format);
                }
            }
            byte @Nullable [] header = compression == null ? writer.finalHeader() : null;
            file.keep(header == null ? new byte[0] : header);
            return writer.written();
        }
    }

    /** Writes all that {@code source} gives to a stream. */
    public static TraceWriter copy(AccessSource source, OutputStream output, String format) throws IOException {
        TraceWriter writer = TraceWriter.of(format, output);
        AccessBatch batch = new AccessBatch();
        while (source.fill(batch)) {
            writer.write(batch);
        }
        output.flush();
        return writer;
    }
}

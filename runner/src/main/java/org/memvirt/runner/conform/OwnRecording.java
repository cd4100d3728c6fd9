package org.memvirt.runner.conform;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import org.memvirt.runner.file.Compression;
import org.memvirt.runner.file.ReplacedFile;

/** A file of vectors that is being written; compressed if its name says so, there once it is complete. */
final class OwnRecording implements AutoCloseable {
    private final ReplacedFile file;
    private final OutputStream stream;

    OwnRecording(Path target) throws IOException {
        Compression compression = Compression.ofName(target.toString());
        file = new ReplacedFile(target);
        try {
            stream = compression == null ? file.stream() : compression.compress(file.stream());
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    void write(byte[] lines) throws IOException {
        stream.write(lines);
    }

    /** Says that all has been written. */
    void keep() throws IOException {
        stream.close();
        file.keep();
    }

    @Override
    public void close() throws IOException {
        try {
            stream.close();
        } finally {
            file.close();
        }
    }
}

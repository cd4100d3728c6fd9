package org.memvirt.runner.command;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.memvirt.runner.file.ReplacedFile;

/** Where one result goes: standard output, or a file that appears when it is complete. */
final class ResultStream {
    private ResultStream() {}

    /** Writes a result, piece by piece. */
    interface Writer {
        void write(OutputStream target);
    }

    /** Writes a result that is one text. */
    static void write(Console console, String file, String text) throws IOException {
        if (file.equals(ReportOptions.STANDARD_OUTPUT)) {
            console.out().print(text);
            console.flushResults();
        } else {
            ReplacedFile.write(Path.of(file), text);
        }
    }

    /** @param file or {@link ReportOptions#STANDARD_OUTPUT} */
    static void write(Console console, String file, Writer writer) throws IOException {
        try {
            if (file.equals(ReportOptions.STANDARD_OUTPUT)) {
                writer.write(new Stopping(console.resultStream()));
                console.flushResults();
                return;
            }
            try (ReplacedFile replaced = new ReplacedFile(Path.of(file))) {
                writer.write(new Stopping(replaced.stream()));
                replaced.keep();
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Ends a writer that would pass over failures and go on. */
    private static final class Stopping extends FilterOutputStream {
        Stopping(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void flush() {
            try {
                out.flush();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

package org.memvirt.runner.command;

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
        } else {
            ReplacedFile.write(Path.of(file), text);
        }
    }

    /** @param file or {@link ReportOptions#STANDARD_OUTPUT} */
    static void write(Console console, String file, Writer writer) throws IOException {
        try {
            if (file.equals(ReportOptions.STANDARD_OUTPUT)) {
                writer.write(console.out());
                console.out().flush();
                return;
            }
            try (ReplacedFile replaced = new ReplacedFile(Path.of(file))) {
                writer.write(replaced.stream());
                replaced.keep();
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}

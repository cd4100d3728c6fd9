package org.memvirt.runner.command;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.file.NamedOutput;
import org.memvirt.runner.plugin.PluginUse;
import org.memvirt.runner.usage.Quoted;

/**
 * Where a command reads and writes: results alone go to {@code out}, all else to {@code err}.
 *
 * @param coloured whether {@code out} is a terminal that wants colours
 * @param plugins those that the command works with
 * @param results what is below {@code out}, if that passes over failures
 * @param progress whether {@code err} is a terminal, on which a line may be written anew
 */
public record Console(
        InputStream in, PrintStream out, PrintStream err, boolean coloured, boolean progress, PluginUse plugins,
        @Nullable NamedOutput results) {
    private static final int STANDARD_OUTPUT = 1;
    private static final int STANDARD_ERROR = 2;

    /** One of which no plug-ins are known yet. */
    public Console(InputStream in, PrintStream out, PrintStream err, boolean coloured, boolean progress) {
        this(in, out, err, coloured, progress, new PluginUse(), null);
    }

    /** That of this process. */
    public static Console ofProcess() {
        String noColour = System.getenv("NO_COLOR");
        boolean coloured = (noColour == null || noColour.isEmpty()) && isTerminal(STANDARD_OUTPUT);
        NamedOutput results = new NamedOutput("standard output", new FileOutputStream(FileDescriptor.out));
        PrintStream out = new PrintStream(new BufferedOutputStream(results), false, System.out.charset());
        return new Console(
                System.in, out, System.err, coloured, isTerminal(STANDARD_ERROR), new PluginUse(), results);
    }

    /** Goes by what the descriptor is open on, for Java itself tells it of standard input and output together only. */
    private static boolean isTerminal(int descriptor) {
        Path link = Path.of("/proc/self/fd/" + descriptor);
        if (Files.isSymbolicLink(link)) {
            try {
                return Files.readSymbolicLink(link).toString().matches("/dev/(pts/|tty|console).*");
            } catch (IOException e) {
                return false;
            }
        }
        java.io.Console console = System.console();
        return console != null && console.isTerminal();
    }

    /**
     * Sees to it that all results so far are written.
     *
     * @throws IOException when they are not
     */
    void flushResults() throws IOException {
        boolean failed = out.checkError();
        if (results != null) {
            results.check();
        } else if (failed) {
            throw new IOException("standard output cannot be written");
        }
    }

    /** Standard output as a stream that fails when it cannot be written. */
    OutputStream resultStream() {
        return new FilterOutputStream(out) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                out.write(bytes, offset, length);
                flushResults();
            }

            @Override
            public void close() throws IOException {
                flushResults();
            }
        };
    }

    /** Says something that is no result. */
    void notice(String text) {
        err.println("memvirt: " + Quoted.fit(text));
    }
}

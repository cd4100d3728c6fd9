package org.memvirt.runner.file;

import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * An output that says its name when it cannot be written. It remembers that, too, for some writers above it, such as
 * {@link java.io.PrintStream}, pass over failures.
 */
public final class NamedOutput extends OutputStream {
    private final String name;
    private final OutputStream out;
    private @Nullable IOException failure;

    public NamedOutput(String name, OutputStream out) {
        this.name = name;
        this.out = out;
    }

    /**
     * Checks that all could be written until now.
     *
     * @throws IOException with the output's name, when something could not
     */
    public void check() throws IOException {
        if (failure != null) {
            throw told(failure);
        }
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        check();
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public void flush() throws IOException {
        try {
            out.flush();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            out.close();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private IOException failed(IOException cause) {
        if (failure == null) {
            failure = cause;
        }
        return told(failure);
    }

    /** A new one each time, for it may be thrown while another is on its way. */
    private IOException told(IOException cause) {
        return ClosedPipe.is(cause)
                ? new ClosedPipe(name, cause)
                : new IOException("%s cannot be written: %s".formatted(name, SystemError.words(cause)), cause);
    }
}

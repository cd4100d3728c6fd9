package org.memvirt.runner.file;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A file as it is read: how far, and whether reading it, rather than understanding it, went wrong. */
final class CountedStream extends FilterInputStream {
    private final String name;
    private volatile long count;
    private boolean failed;

    /** @param name for messages */
    CountedStream(InputStream in, String name) {
        super(in);
        this.name = name;
    }

    /** Bytes read so far. */
    long count() {
        return count;
    }

    /** Whether a read has failed. */
    boolean failed() {
        return failed;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread reads the file; another may look how far it is.
    public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
            int read = in.read(bytes, offset, length);
            if (read > 0) {
                count += read;
            }
            return read;
        } catch (IOException e) {
            failed = true;
            throw new IOException("%s cannot be read: %s".formatted(name, SystemError.words(e)), e);
        }
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}

package org.memvirt.runner.file;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Unpacks gzip data of one member or several (RFC 1952, section 2.2), and nothing behind them: the JDK's own stream takes
 * whatever follows a member, and is none itself, for the end.
 */
final class GzipMembers extends GZIPInputStream {
    private static final int TRAILER_BYTES = 8;

    /** What has been read of the compressed bytes when the inflater got its last ones. */
    private long readForInflater;

    GzipMembers(InputStream compressed, int bufferBytes) throws IOException {
        super(new Counter(compressed), bufferBytes);
    }

    private static final class Counter extends FilterInputStream {
        long count;

        Counter(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int read = in.read();
            count += read < 0 ? 0 : 1;
            return read;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = in.read(bytes, offset, length);
            count += Math.max(0, read);
            return read;
        }
    }

    @Override
    protected void fill() throws IOException {
        super.fill();
        readForInflater = ((Counter) in).count;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int read = super.read(bytes, offset, length);
        if (read < 0) {
            checkNothingFollows();
        }
        return read;
    }

    private void checkNothingFollows() throws IOException {
        // The inflater has no use for the trailer and what follows it; what of the trailer it was not given is read apart.
        int left = inf.getRemaining();
        long end = readForInflater + Math.max(0, TRAILER_BYTES - left);
        if (left > TRAILER_BYTES || ((Counter) in).count > end || in.read() >= 0) {
            throw new ZipException("what follows a whole part of it is no gzip data");
        }
    }
}

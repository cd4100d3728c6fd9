package org.memvirt.runner.file;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * Unpacks gzip data of one member or several, and nothing behind them but zeros, which are padding, as gzip itself takes
 * them. RFC 1952, sections 2.2 and 2.3. The JDK's own stream takes whatever follows a member and is none itself for the end,
 * and does not heed reserved flags.
 */
final class GzipMembers extends InputStream {
    private static final int MAGIC_1 = 0x1f;
    private static final int MAGIC_2 = 0x8b;
    private static final int DEFLATE = 8;
    private static final int FLAG_CHECKED = 2;
    private static final int FLAG_EXTRA = 4;
    private static final int FLAG_NAME = 8;
    private static final int FLAG_COMMENT = 16;
    private static final int RESERVED_FLAGS = 0xe0;
    /** Modification time, extra flags and operating system. */
    private static final int UNUSED_BYTES = 6;

    private static final int BYTE = 0xff;

    private final InputStream in;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 headerSum = new CRC32();
    private final CRC32 contentSum = new CRC32();
    private final byte[] packed;
    private int next;
    private int end;
    private boolean inMember;
    private boolean ended;

    /** Reads the first member's header. */
    GzipMembers(InputStream in, int bufferBytes) throws IOException {
        this.in = in;
        packed = new byte[bufferBytes];
        readHeader(require());
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & BYTE;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (!ended) {
            if (!inMember) {
                readNextHeader();
                continue;
            }
            int read = inflate(bytes, offset, length);
            if (read > 0) {
                contentSum.update(bytes, offset, read);
                return read;
            }
            if (inflater.finished()) {
                readTrailer();
            }
        }
        return -1;
    }

    private int inflate(byte[] bytes, int offset, int length) throws IOException {
        if (inflater.needsInput()) {
            if (next == end && !fill()) {
                throw cutOff();
            }
            inflater.setInput(packed, next, end - next);
            next = end;
        }
        try {
            int read = inflater.inflate(bytes, offset, length);
            if (read == 0 && inflater.needsDictionary()) {
                throw new ZipException("it needs a dictionary");
            }
            return read;
        } catch (DataFormatException e) {
            throw (ZipException) new ZipException(e.getMessage()).initCause(e);
        }
    }

    private void readTrailer() throws IOException {
        next = end - inflater.getRemaining();
        long sum = word();
        long bytes = word();
        if (sum != contentSum.getValue()) {
            throw new ZipException("its check sum is wrong");
        }
        if (bytes != (inflater.getBytesWritten() & 0xffff_ffffL)) {
            throw new ZipException("its length is wrong");
        }
        inMember = false;
    }

    private void readNextHeader() throws IOException {
        int first = one();
        if (first > 0) {
            readHeader(first);
            return;
        }
        while (first == 0) {
            first = one();
        }
        if (first > 0) {
            throw new ZipException("what follows a whole part of it is no gzip data");
        }
        ended = true;
    }

    private void readHeader(int first) throws IOException {
        headerSum.reset();
        headerSum.update(first);
        if (first != MAGIC_1 || header() != MAGIC_2) {
            throw new ZipException("what follows a whole part of it is no gzip data");
        }
        if (header() != DEFLATE) {
            throw new ZipException("its way of compression is unknown");
        }
        int flags = header();
        if ((flags & RESERVED_FLAGS) != 0) {
            throw new ZipException("flags %#x are reserved".formatted(flags & RESERVED_FLAGS));
        }
        skipBytes(UNUSED_BYTES);
        if ((flags & FLAG_EXTRA) != 0) {
            skipBytes(header() | header() << Byte.SIZE);
        }
        if ((flags & FLAG_NAME) != 0) {
            skipText();
        }
        if ((flags & FLAG_COMMENT) != 0) {
            skipText();
        }
        if ((flags & FLAG_CHECKED) != 0) {
            long sum = headerSum.getValue() & 0xffff;
            if (sum != (require() | require() << Byte.SIZE)) {
                throw new ZipException("a header's check sum is wrong");
            }
        }
        inflater.reset();
        contentSum.reset();
        inMember = true;
    }

    private void skipBytes(int bytes) throws IOException {
        for (int i = 0; i < bytes; i++) {
            header();
        }
    }

    private void skipText() throws IOException {
        int last;
        do {
            last = header();
        } while (last != 0);
    }

    private int header() throws IOException {
        int one = require();
        headerSum.update(one);
        return one;
    }

    private long word() throws IOException {
        return require() | (long) require() << 8 | (long) require() << 16 | (long) require() << 24;
    }

    private int require() throws IOException {
        int one = one();
        if (one < 0) {
            throw cutOff();
        }
        return one;
    }

    private static EOFException cutOff() {
        return new EOFException("it ends within a member");
    }

    private int one() throws IOException {
        return next < end || fill() ? packed[next++] & BYTE : -1;
    }

    private boolean fill() throws IOException {
        next = 0;
        end = Math.max(0, in.read(packed, 0, packed.length));
        return end > 0;
    }

    @Override
    public void close() throws IOException {
        inflater.end();
        in.close();
    }
}

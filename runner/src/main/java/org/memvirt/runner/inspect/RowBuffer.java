package org.memvirt.runner.inspect;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Text that is put together from numbers in hex and passed on in large pieces: a listing may have millions of rows. */
final class RowBuffer {
    private static final int FLUSH_BYTES = 1 << 16;
    private static final int ROOM = 1 << 10;
    private static final int HEX_DIGITS = 16;

    private final OutputStream target;
    private byte[] bytes = new byte[FLUSH_BYTES + ROOM];
    private int length;
    private boolean closed;

    RowBuffer(OutputStream target) {
        this.target = target;
    }

    RowBuffer add(String text) {
        return add(text.getBytes(StandardCharsets.UTF_8));
    }

    RowBuffer add(byte[] text) {
        if (length + text.length > bytes.length) {
            bytes = Arrays.copyOf(bytes, length + text.length + ROOM);
        }
        System.arraycopy(text, 0, bytes, length, text.length);
        length += text.length;
        return this;
    }

    /** {@code 0x} and at least so many digits. */
    RowBuffer hex(long number, int atLeast) {
        int digits = Math.max(atLeast, (Long.SIZE + 3 - Long.numberOfLeadingZeros(number | 1)) / 4);
        bytes[length++] = '0';
        bytes[length++] = 'x';
        for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
            bytes[length++] = (byte) Character.forDigit((int) (number >>> shift) & HEX_DIGITS - 1, HEX_DIGITS);
        }
        return this;
    }

    /** The text after blanks that make it so wide. */
    RowBuffer right(String text, int width) {
        for (int blanks = width - text.length(); blanks > 0; blanks--) {
            bytes[length++] = ' ';
        }
        return add(text);
    }

    /** Ends a line of at most some hundred bytes. */
    void end() {
        bytes[length++] = '\n';
        pass();
    }

    /** Passes on what there is if it is much; at least once every some hundred bytes. */
    void pass() {
        if (length >= FLUSH_BYTES) {
            flush();
        }
    }

    void flush() {
        try {
            target.write(bytes, 0, length);
            target.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        length = 0;
        closed = target instanceof PrintStream stream && stream.checkError();
    }

    /** Whether nobody reads any more, as when a pipe to {@code head} has closed. */
    boolean closed() {
        return closed;
    }
}

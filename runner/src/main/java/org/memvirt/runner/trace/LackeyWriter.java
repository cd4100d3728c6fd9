package org.memvirt.runner.trace;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;

/** Writes {@link LackeyFormat}. Sizes are not kept in memory, so every access is written with size 1. */
final class LackeyWriter extends TraceWriter {
    private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int FEWEST_DIGITS = 8;
    private static final int LONGEST_LINE = 24;

    private final OutputStream output;
    private byte[] text = new byte[0];

    LackeyWriter(OutputStream output) {
        super("lackey");
        this.output = output;
    }

    @Override
    void append(AccessBatch batch) throws IOException {
        if (text.length < batch.length * LONGEST_LINE) {
            text = new byte[batch.capacity() * LONGEST_LINE];
        }
        int at = 0;
        for (int i = 0; i < batch.length; i++) {
            at = line(letter(batch, i), batch.addresses[i], at);
        }
        output.write(text, 0, at);
    }

    private char letter(AccessBatch batch, int index) {
        return switch (batch.kinds[index]) {
            case Rights.USER_EXECUTE -> 'I';
            case Rights.USER_READ -> 'L';
            case Rights.USER_WRITE -> 'S';
            case Rights.USER_READ | Rights.USER_WRITE -> 'M';
            default -> throw refused(batch, index);
        };
    }

    private int line(char letter, long address, int from) {
        int at = from;
        text[at++] = (byte) (letter == 'I' ? 'I' : ' ');
        text[at++] = (byte) (letter == 'I' ? ' ' : letter);
        text[at++] = ' ';
        int digits = Math.max(FEWEST_DIGITS, (Long.SIZE - Long.numberOfLeadingZeros(address) + 3) / 4);
        for (int digit = digits - 1; digit >= 0; digit--) {
            text[at++] = DIGITS[(int) (address >>> 4 * digit) & 15];
        }
        text[at++] = ',';
        text[at++] = '1';
        text[at++] = '\n';
        return at;
    }
}

package org.memvirt.runner.trace;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.Rights;
import org.memvirt.api.workload.BadTrace;

/**
 * Reads {@link LackeyFormat}. Lines as lackey writes them are decoded by {@link HexText}; every other line takes the slow
 * way, which knows all that is allowed.
 *
 * <p>An access that crosses a 4 KiB boundary becomes two, as in hardware, which looks both pages up.
 */
final class LackeySource extends LenientSource {
    private static final VarHandle HALF_WORD =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int BUFFER_BYTES = 1 << 17;
    // Words are read up to 16 bytes before a line's first byte and 19 behind it.
    private static final int MARGIN = 32;
    private static final int PAGE = 4096;
    private static final int LARGEST_SIZE = PAGE - 1;
    private static final int EXCERPT = 40;

    // The first three bytes of a line as a little-endian number, and the rights, by the low bits of bytes 0 and 1.
    private static final int[] HEADS = new int[8];
    private static final byte[] HEAD_RIGHTS = new byte[8];

    static {
        head("I  ", Rights.USER_EXECUTE);
        head(" L ", Rights.USER_READ);
        head(" S ", Rights.USER_WRITE);
        head(" M ", Rights.USER_READ | Rights.USER_WRITE);
    }

    private final byte[] buffer = new byte[MARGIN + BUFFER_BYTES + MARGIN];
    private int position = MARGIN;
    private int end = MARGIN;
    private boolean ended;
    private long lines;
    private @Nullable IOException failure;
    private @Nullable IOException inputFailure;
    // The second half of an access that crosses a page, when the batch had no room for it.
    private long pendingAddress;
    private int pendingKind;

    LackeySource(InputStream input, String name, long mayBeBad) {
        super(input, name, mayBeBad);
    }

    private static void head(String text, int rights) {
        int slot = (text.charAt(0) | text.charAt(1)) & 7;
        HEADS[slot] = text.charAt(0) | text.charAt(1) << 8 | text.charAt(2) << 16;
        HEAD_RIGHTS[slot] = (byte) rights;
    }

    @Override
    public boolean fill(AccessBatch batch) throws IOException {
        batch.clear();
        if (failure != null) {
            throw failure;
        }
        if (pendingKind != 0) {
            batch.add(pendingAddress, pendingKind);
            pendingKind = 0;
        }
        try {
            while (!batch.isFull()) {
                while (!ended && end - position <= MARGIN) {
                    refill();
                }
                decode(batch);
                if (batch.isFull() || !slowLine(batch)) {
                    break;
                }
            }
        } catch (IOException e) {
            if (batch.length == 0) {
                throw e;
            }
            failure = e; // What came before is given first.
        }
        return batch.length > 0;
    }

    /** Decodes lines until one is not in lackey's own shape, the buffer nears its end, or the batch is full. */
    private void decode(AccessBatch batch) {
        byte[] bytes = buffer;
        long[] addresses = batch.addresses;
        byte[] kinds = batch.kinds;
        int length = batch.length;
        int capacity = addresses.length;
        int at = position;
        int last = end - MARGIN;
        long line = lines;
        while (at < last && length < capacity) {
            int head = (int) HALF_WORD.get(bytes, at) & 0xff_ffff;
            int slot = (head | head >>> 8) & 7;
            if (HEADS[slot] != head) {
                break;
            }
            int digits = HexText.digits(bytes, at + 3);
            if (digits < 0) {
                break;
            }
            int comma = at + 3 + digits;
            long lower = HexText.lower(bytes, comma, digits);
            long valid = HexText.validity(lower);
            long address = HexText.number(lower);
            if (digits > 8) {
                long upper = HexText.upper(bytes, comma, digits);
                valid &= HexText.validity(upper);
                address |= HexText.number(upper) << 32;
            }
            if (!HexText.allValid(valid)) {
                break;
            }
            int size = bytes[comma + 1] - '0';
            int next = comma + 3;
            int second = bytes[comma + 2];
            if (second != '\n') {
                second -= '0';
                if (second < 0 || second > 9 || bytes[comma + 3] != '\n') {
                    break;
                }
                if (size < 0 || size > 9) {
                    break;
                }
                size = size * 10 + second;
                next = comma + 4;
            } else if (size > 9) {
                break;
            }
            int room = PAGE - (int) (address & PAGE - 1);
            if (size <= 0) {
                break;
            }
            int kind = HEAD_RIGHTS[slot];
            addresses[length] = address;
            kinds[length++] = (byte) kind;
            line++;
            at = next;
            if (size > room) {
                if (length < capacity) {
                    addresses[length] = address + room;
                    kinds[length++] = (byte) kind;
                } else {
                    pendingAddress = address + room;
                    pendingKind = kind;
                }
            }
        }
        position = at;
        lines = line;
        batch.length = length;
    }

    /** Takes the next line whatever it is; false at the end of the input. */
    private boolean slowLine(AccessBatch batch) throws IOException {
        int lineEnd = lineEnd();
        if (lineEnd < 0 && inputFailure != null) {
            throw inputFailure;
        }
        if (lineEnd < 0 && position == end) {
            return false;
        }
        lines++;
        if (lineEnd == position) {
            skipEmptyLines();
            return true;
        }
        String text = new String(
                buffer, position, (lineEnd < 0 ? end : lineEnd) - position, StandardCharsets.ISO_8859_1);
        if (lineEnd < 0) {
            position = end;
            bad(text, "the input ends in the middle of a line; it has been cut off");
            return false;
        }
        position = lineEnd + 1;
        Matcher access = LackeyFormat.ACCESS_LINE.matcher(text);
        if (access.matches()) {
            int size = Integer.parseInt(access.group(3));
            if (size >= 1 && size <= LARGEST_SIZE) {
                int slot = (text.charAt(0) | text.charAt(1)) & 7;
                add(batch, Long.parseUnsignedLong(access.group(2), 16), size, HEAD_RIGHTS[slot]);
            } else {
                bad(text, "the size is not from 1 to " + LARGEST_SIZE);
            }
        } else if (!text.isBlank() && !LackeyFormat.OTHER_LINE.matcher(text).matches()) {
            bad(text, "expected 'I  ADDRESS,SIZE', ' L ADDRESS,SIZE', ' S ...' or ' M ...', address in hex, size in"
                    + " decimal");
        }
        return true;
    }

    /** Passes over an empty line, which is counted already, and those that follow it in the buffer. */
    private void skipEmptyLines() {
        int at = position + 1;
        while (at < end && buffer[at] == '\n') {
            at++;
        }
        lines += at - position - 1;
        position = at;
    }

    private void add(AccessBatch batch, long address, int size, int kind) {
        batch.add(address, kind);
        int room = PAGE - (int) (address & PAGE - 1);
        if (size > room) {
            if (batch.isFull()) {
                pendingAddress = address + room;
                pendingKind = kind;
            } else {
                batch.add(address + room, kind);
            }
        }
    }

    @Override
    public String place() {
        return "line " + lines;
    }

    private void bad(String text, String why) throws BadTrace {
        passOver("%s, line %d: '%s': %s".formatted(name, lines, excerpt(text), why));
    }

    private static String excerpt(String text) {
        String shown = text.length() > EXCERPT ? text.substring(0, EXCERPT) + "..." : text;
        return shown.replaceAll("[^ -~]", "?");
    }

    /** Where the line at {@link #position} ends, after reading on if need be; -1 when the input ends before. */
    private int lineEnd() throws BadTrace {
        int scanned = position;
        while (true) {
            for (int i = scanned; i < end; i++) {
                if (buffer[i] == '\n') {
                    return i;
                }
            }
            if (ended) {
                return -1;
            }
            if (end - position == BUFFER_BYTES) {
                lines++;
                throw new BadTrace("%s, line %d is longer than %d bytes: this is no lackey text"
                        .formatted(name, lines, BUFFER_BYTES));
            }
            scanned = MARGIN + end - position;
            refill();
        }
    }

    private void refill() {
        System.arraycopy(buffer, position, buffer, MARGIN, end - position);
        end = MARGIN + end - position;
        position = MARGIN;
        try {
            int count = input.read(buffer, end, MARGIN + BUFFER_BYTES - end);
            if (count < 0) {
                ended = true;
            } else {
                end += count;
            }
        } catch (IOException e) {
            ended = true;
            inputFailure = e; // The lines that are here already are given first.
        }
    }
}

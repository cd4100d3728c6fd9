package org.memvirt.runner.trace;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.workload.BadTrace;

/** Reads a binary trace of version 2: a word an access in {@link RecordLayout#BINARY}, and events among them. */
final class EventfulSource extends LenientSource {
    private static final int WORDS = 1 << 13;
    private static final int RIGHTS_SHIFT = 58;

    private final long headerBytes;
    private final long expected;
    // Bit v says whether a word is an access whose top six bits are v.
    private final long accesses;
    private final long[] words = new long[WORDS];
    private final byte[] bytes = new byte[WORDS * Long.BYTES];
    private final LongBuffer view =
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
    private final long[] operands = new long[EventCode.MOST_OPERANDS];
    private int at;
    private int end;
    // Words of the file before those in memory.
    private long before;
    private @Nullable IOException failure;

    /**
     * @param headerBytes how far into the file {@code input} is
     * @param expected how many words there are, or {@link RecordSource#UNKNOWN}
     */
    EventfulSource(InputStream input, String name, long headerBytes, long expected, long mayBeBad) {
        super(input, name, mayBeBad);
        this.headerBytes = headerBytes;
        this.expected = expected;
        long mask = 0;
        for (long top = 0; top < 64; top++) {
            mask |= RecordLayout.BINARY.isSound(top << RIGHTS_SHIFT) ? 1L << top : 0;
        }
        accesses = mask;
    }

    @Override
    public boolean fill(AccessBatch batch) throws IOException {
        batch.clear();
        while (batch.length == 0 && hasWord(batch)) {
            long word = words[at];
            if (isAccess(word)) {
                takeAccesses(batch);
            } else if (word >>> RIGHTS_SHIFT == 0) {
                takeEvent(batch);
            } else {
                broken("%#018x asks for no rights that an access can need".formatted(word), batch);
            }
        }
        return !batch.isEmpty();
    }

    /** Whether there is another word; what goes wrong waits until the batch that it would interrupt has been given. */
    private boolean hasWord(AccessBatch batch) throws IOException {
        if (at == end && failure == null) {
            read();
        }
        if (at < end) {
            return true;
        }
        if (failure != null && batch.isEmpty()) {
            throw failure;
        }
        return false;
    }

    private boolean isAccess(long word) {
        return (accesses >>> (word >>> RIGHTS_SHIFT) & 1) != 0;
    }

    private void takeAccesses(AccessBatch batch) {
        int most = Math.min(end, at + batch.capacity());
        int from = at;
        while (at < most && isAccess(words[at])) {
            long word = words[at];
            batch.addresses[at - from] = word << Long.SIZE - RIGHTS_SHIFT >> Long.SIZE - RIGHTS_SHIFT;
            batch.kinds[at - from] = (byte) (word >>> RIGHTS_SHIFT);
            at++;
        }
        batch.length = at - from;
    }

    private void takeEvent(AccessBatch batch) throws IOException {
        long first = before + at;
        try {
            EventCode code = EventRecord.code(words[at]);
            at++;
            for (int i = 0; i < code.names().length; i++) {
                if (at == end && failure == null) {
                    read();
                }
                if (at == end) {
                    failure = new BadTrace("%s, record %d at byte %d: event '%s' is cut off after %d of its %d operands"
                            .formatted(name, first, place(first), code.word(), i, code.names().length));
                    return;
                }
                operands[i] = words[at++];
            }
            GuestEvent event = EventRecord.event(code, operands);
            batch.add(event);
        } catch (EventRecord.Unsound e) {
            at = (int) Math.max(at, first - before + 1);
            passOver("%s, record %d at byte %d: %s".formatted(name, first, place(first), e.getMessage()), batch);
        }
    }

    private void broken(String what, AccessBatch batch) throws IOException {
        String message = "%s, record %d at byte %d: %s".formatted(name, before + at, place(before + at), what);
        at++;
        passOver(message, batch);
    }

    /** Passes over something broken; where that is not allowed, what comes before it is given first. */
    private void passOver(String message, AccessBatch batch) throws IOException {
        try {
            passOver(message);
        } catch (BadTrace e) {
            if (batch.isEmpty()) {
                throw e;
            }
            failure = e;
            at = end;
        }
    }

    private void read() {
        before += end;
        at = 0;
        end = 0;
        int got = 0;
        try {
            int more;
            while (got < bytes.length && (more = input.read(bytes, got, bytes.length - got)) >= 0) {
                got += more;
            }
        } catch (IOException e) {
            failure = e;
        }
        int count = got / Long.BYTES;
        if (failure == null && expected != RecordSource.UNKNOWN && before + count > expected) {
            count = (int) (expected - before);
            failure = new BadTrace("%s: the header says %d records, and there is more after them, from byte %d on"
                    .formatted(name, expected, place(before + count)));
        } else if (failure == null && got % Long.BYTES != 0) {
            failure = new BadTrace("%s ends at byte %d, in the middle of a record of %d bytes that begins at byte %d;"
                    .formatted(name, place(before + count) + got % Long.BYTES, Long.BYTES, place(before + count))
                    + " it has been cut off");
        } else if (failure == null && got < bytes.length && expected != RecordSource.UNKNOWN
                && before + count < expected) {
                    failure = new BadTrace(
                            "%s ends at byte %d with %d of the %d records that its header says; it has been cut off"
                                    .formatted(name, place(before + count), before + count, expected));
                }
        view.get(0, words, 0, count);
        end = count;
    }

    @Override
    public String place() {
        return "record %d at byte %d".formatted(before + at - 1, place(before + at - 1));
    }

    private long place(long record) {
        return headerBytes + record * Long.BYTES;
    }
}

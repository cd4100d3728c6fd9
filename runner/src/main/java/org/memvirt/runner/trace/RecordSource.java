package org.memvirt.runner.trace;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.workload.BadTrace;

/** Reads a trace of one 64-bit word an access, in one of the {@link RecordLayout}s. */
final class RecordSource extends LenientSource {
    /** The number of records is not known. */
    static final long UNKNOWN = -1;

    private final RecordLayout layout;
    private final long headerBytes;
    private final long expected;
    // Bit v says whether a word is sound whose top six bits are v: they decide it in every layout.
    private final long sound;
    private long[] words = new long[0];
    private ByteBuffer bytes = ByteBuffer.allocate(0);
    private LongBuffer view = LongBuffer.allocate(0);
    private long read;
    private @Nullable IOException failure;

    /**
     * @param headerBytes how far into the file {@code input} is
     * @param expected how many records there are, or {@link #UNKNOWN}
     */
    RecordSource(
            InputStream input, String name, RecordLayout layout, long headerBytes, long expected, long mayBeBad) {
        super(input, name, mayBeBad);
        this.layout = layout;
        this.headerBytes = headerBytes;
        this.expected = expected;
        long mask = 0;
        for (long top = 0; top < 64; top++) {
            mask |= layout.isSound(top << 58) ? 1L << top : 0;
        }
        sound = mask;
    }

    @Override
    public boolean fill(AccessBatch batch) throws IOException {
        batch.clear();
        if (words.length < batch.capacity()) {
            words = new long[batch.capacity()];
            bytes = ByteBuffer.allocate(batch.capacity() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            view = bytes.asLongBuffer();
        }
        while (batch.length == 0) {
            if (failure != null) {
                throw failure;
            }
            int count = read(batch.capacity());
            if (count == 0 && failure == null) {
                return false;
            }
            count = keepSound(count);
            layout.unpack(words, count, batch);
            batch.length = count;
        }
        return true;
    }

    /** Reads up to {@code most} words; what goes wrong is kept for after the words before it. */
    private int read(int most) {
        int wanted = most * Long.BYTES;
        int got = 0;
        try {
            int more;
            while (got < wanted && (more = input.read(bytes.array(), got, wanted - got)) >= 0) {
                got += more;
            }
        } catch (IOException e) {
            failure = e;
        }
        int count = got / Long.BYTES;
        view.get(0, words, 0, count);
        if (failure == null && expected != UNKNOWN && read + count > expected) {
            count = (int) (expected - read);
            failure = new BadTrace("%s: the header says %d accesses, and there is more after them, from byte %d on"
                    .formatted(name, expected, place(count)));
        } else if (failure == null && got % Long.BYTES != 0) {
            failure = new BadTrace("%s ends at byte %d, in the middle of a record of %d bytes that begins at byte %d;"
                    .formatted(name, place(count) + got % Long.BYTES, Long.BYTES, place(count))
                    + " it has been cut off");
        } else if (failure == null && got < wanted && expected != UNKNOWN && read + count < expected) {
            failure = new BadTrace(
                    "%s ends at byte %d with %d of the %d accesses that its header says; it has been cut off"
                            .formatted(name, place(count), read + count, expected));
        }
        return count;
    }

    /** Drops broken records while that is allowed, and ends before the first that is one too many. */
    private int keepSound(int count) {
        long all = 1;
        for (int i = 0; i < count; i++) {
            all &= sound >>> (words[i] >>> 58);
        }
        int kept = count;
        if ((all & 1) == 0) {
            kept = 0;
            for (int i = 0; i < count; i++) {
                if ((sound >>> (words[i] >>> 58) & 1) != 0) {
                    words[kept++] = words[i];
                } else if (!mayPass(i)) {
                    break;
                }
            }
        }
        read += count;
        return kept;
    }

    private boolean mayPass(int index) {
        try {
            passOver("%s, record %d at byte %d: %#018x asks for no rights that an access can need"
                    .formatted(name, read + index, place(index), words[index]));
            return true;
        } catch (BadTrace e) {
            failure = e; // The records before it are given first.
            return false;
        }
    }

    @Override
    public String place() {
        return "record %d at byte %d".formatted(read - 1, place(-1));
    }

    private long place(int index) {
        return headerBytes + (read + index) * Long.BYTES;
    }
}

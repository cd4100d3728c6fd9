package org.memvirt.runner.trace;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.AccessBatch;
import org.memvirt.api.access.GuestEvent;
import org.memvirt.api.access.Rights;
import org.memvirt.runner.usage.WrongUsage;

/** Writes accesses in one of the formats that memvirt can write. */
public abstract sealed class TraceWriter permits TraceWriter.Records, LackeyWriter, EventTextWriter {
    private final String format;
    private long written;

    TraceWriter(String format) {
        this.format = format;
    }

    /**
     * The writer of a format.
     *
     * @param format {@code binary}, {@code text}, {@code packed} or {@code lackey}
     */
    public static TraceWriter of(String format, OutputStream output) throws IOException {
        return switch (format) {
            case "binary" -> {
                output.write(BinaryHeader.of(BinaryHeader.EVENTS, BinaryHeader.UNKNOWN));
                yield new Records(format, output, RecordLayout.BINARY);
            }
            case "packed" -> new Records(format, output, RecordLayout.PACKED);
            case "lackey" -> new LackeyWriter(output);
            case "text" -> new EventTextWriter(output);
            default -> throw new WrongUsage("--to %s: it is binary, text, lackey or packed".formatted(format));
        };
    }

    /** Appends all events and accesses of a batch. */
    public final void write(AccessBatch batch) throws IOException {
        for (GuestEvent event : batch.events()) {
            append(event);
        }
        append(batch);
        written += batch.length;
    }

    abstract void append(AccessBatch batch) throws IOException;

    /** Appends an event, which comes after all that has been written; most formats have none. */
    void append(GuestEvent event) throws IOException {
        throw new NoRoom("--to %s: it has room for accesses alone, not for %s before access %d; binary and text have it"
                .formatted(format, event, written), written);
    }

    /** How many accesses have been written. */
    public final long written() {
        return written;
    }

    /** What the first bytes of the file must be once it is complete; null when they are right as they are. */
    public byte @Nullable [] finalHeader() {
        return null;
    }

    final NoRoom refused(AccessBatch batch, int index) {
        return new NoRoom("--to %s: it has no room for access %d, %s of %#x"
                .formatted(
                        format,
                        written + index,
                        Rights.text(batch.kinds[index]),
                        batch.addresses[index]),
                written + index);
    }

    /** The format cannot hold an access, or what comes before it. */
    public static final class NoRoom extends RuntimeException {
        private static final long serialVersionUID = 1;

        /** Its number, from 0. */
        public final long access;

        NoRoom(String message, long access) {
            super(message);
            this.access = access;
        }
    }

    /** A word an access. */
    static final class Records extends TraceWriter {
        private final OutputStream output;
        private final RecordLayout layout;
        private ByteBuffer bytes = ByteBuffer.allocate(0);
        // Words of events, which the accesses do not count.
        private long eventWords;

        Records(String format, OutputStream output, RecordLayout layout) {
            super(format);
            this.output = output;
            this.layout = layout;
        }

        @Override
        void append(AccessBatch batch) throws IOException {
            if (bytes.capacity() < batch.capacity() * Long.BYTES) {
                bytes = ByteBuffer.allocate(batch.capacity() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            }
            bytes.clear();
            for (int i = 0; i < batch.length; i++) {
                long address = batch.addresses[i];
                int kind = batch.kinds[i];
                if (!layout.holds(address, kind)) {
                    throw refused(batch, i);
                }
                bytes.putLong(layout.pack(address, kind));
            }
            output.write(bytes.array(), 0, bytes.position());
        }

        @Override
        void append(GuestEvent event) throws IOException {
            if (layout != RecordLayout.BINARY) {
                super.append(event);
                return;
            }
            long[] words = EventRecord.of(event);
            ByteBuffer record =
                    ByteBuffer.allocate(words.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (long word : words) {
                record.putLong(word);
            }
            output.write(record.array());
            eventWords += words.length;
        }

        @Override
        public byte @Nullable [] finalHeader() {
            return layout == RecordLayout.BINARY
                    ? BinaryHeader.of(BinaryHeader.EVENTS, written() + eventWords)
                    : null;
        }
    }
}

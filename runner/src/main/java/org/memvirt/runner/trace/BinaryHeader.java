package org.memvirt.runner.trace;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.memvirt.api.workload.BadTrace;

/**
 * The first 64 bytes of a trace in memvirt's binary format: 8 bytes of magic, then little-endian the version (4 bytes),
 * the number of header bytes (4) and the number of records (8), then zeros. docs/trace-formats.md says it all.
 */
final class BinaryHeader {
    static final int BYTES = 64;

    /** The number of accesses when the writer could not tell. */
    static final long UNKNOWN = -1;

    /** The version that holds accesses alone. */
    static final int ACCESSES = 1;

    /** The version that holds events among them, which is written. */
    static final int EVENTS = 2;

    // As in PNG: a byte that is no ASCII, and line ends that a transfer as text would change.
    private static final byte[] MAGIC = {(byte) 0x89, 'M', 'V', 'T', '\r', '\n', 0x1a, '\n'};

    private BinaryHeader() {}

    static boolean begins(byte[] beginning) {
        return beginning.length >= MAGIC.length
                && Arrays.equals(beginning, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
    }

    static byte[] of(int version, long records) {
        return ByteBuffer.allocate(BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(MAGIC)
                .putInt(version)
                .putInt(BYTES)
                .putLong(records)
                .array();
    }

    /**
     * What a header says.
     *
     * @param records the number of accesses or, in version 2, of words; {@link #UNKNOWN} if the writer could not tell
     */
    record Contents(int version, long records) {}

    static Contents read(byte[] header, String name) throws BadTrace {
        if (!begins(header)) {
            throw new BadTrace(name + " does not begin as a memvirt trace does (bytes 89 4d 56 54 0d 0a 1a 0a)");
        }
        if (header.length < BYTES) {
            throw new BadTrace("%s ends at byte %d, within its header of %d bytes; it has been cut off"
                    .formatted(name, header.length, BYTES));
        }
        ByteBuffer fields = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        int version = fields.getInt(8);
        if (version < ACCESSES || version > EVENTS || fields.getInt(12) != BYTES) {
            throw new BadTrace(
                    "%s has format version %d with a header of %d bytes; this memvirt reads versions %d and %d with %d"
                            .formatted(name, version, fields.getInt(12), ACCESSES, EVENTS, BYTES));
        }
        long accesses = fields.getLong(16);
        if (accesses < UNKNOWN) {
            throw new BadTrace("%s, byte 16: %d is no number of records".formatted(name, accesses));
        }
        return new Contents(version, accesses);
    }
}

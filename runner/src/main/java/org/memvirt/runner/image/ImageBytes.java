package org.memvirt.runner.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import org.memvirt.runner.usage.BadInput;

/**
 * The bytes of an image whose headers are read.
 *
 * @param name for messages
 */
record ImageBytes(String name, FileChannel file) {
    long size() throws IOException {
        return file.size();
    }

    /**
     * Some bytes, little-endian.
     *
     * @param what they are, for messages
     * @throws BadInput when the file ends before they do
     */
    ByteBuffer part(String what, long offset, int bytes) throws IOException {
        ByteBuffer part = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        // Behind a file's end a read may fail, for an offset that no file can have.
        boolean within = offset >= 0 && offset <= file.size() - bytes;
        while (within && part.hasRemaining() && file.read(part, offset + part.position()) > 0) {
            // A read may give less than was asked for.
        }
        if (part.hasRemaining()) {
            throw new BadInput("%s is too short: its %s takes bytes %s to %s of the file, which has %d; it was cut off"
                    .formatted(
                            name,
                            what,
                            Long.toUnsignedString(offset),
                            Long.toUnsignedString(offset + bytes),
                            file.size()));
        }
        return part.rewind();
    }

    /**
     * Checks that a piece is all there.
     *
     * @param what it is, for messages
     * @throws BadInput when it is not, or its numbers make no sense
     */
    void check(String what, Piece piece) throws IOException {
        if (piece.address() < 0 || piece.bytes() < 0 || piece.end() < 0) {
            throw new BadInput("%s: %s is damaged: %#x bytes at guest-physical %#x"
                    .formatted(name, what, piece.bytes(), piece.address()));
        }
        long end = piece.offset() + piece.bytes();
        if (piece.bytes() > 0 && (piece.offset() < 0 || end < 0 || end > file.size())) {
            throw new BadInput(
                    "%s is too short: %s, guest-physical %s, takes bytes %s to %s of the file, which has %d; it"
                            .formatted(
                                    name,
                                    what,
                                    piece,
                                    Long.toUnsignedString(piece.offset()),
                                    Long.toUnsignedString(end),
                                    file.size())
                            + " was cut off");
        }
    }

    /** The refusal of this file. */
    BadInput wrong(String what) {
        return new BadInput(name + " " + what);
    }
}

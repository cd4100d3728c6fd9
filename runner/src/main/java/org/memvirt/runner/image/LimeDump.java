package org.memvirt.runner.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What LiME writes with {@code format=lime}, and AVML without compression: each stretch behind a header of 32 bytes, with
 * its first and its last address. LiME's README, "LiME Memory Range Header Version 1".
 */
final class LimeDump implements ImageFormat {
    private static final byte[] MAGIC = "EMiL".getBytes(StandardCharsets.US_ASCII);
    private static final int MAGIC_WORD = 0x4c694d45;
    private static final int HEADER_BYTES = 32;

    @Override
    public boolean recognizes(ByteBuffer beginning) {
        return ImageFormat.startsWith(beginning, MAGIC);
    }

    @Override
    public ImageLayout read(ImageBytes file) throws IOException {
        List<Piece> pieces = new ArrayList<>();
        for (long at = 0; at < file.size();) {
            String what = "range " + pieces.size();
            ByteBuffer header = file.part("header of " + what, at, HEADER_BYTES);
            int version = header.getInt(4);
            if (header.getInt(0) != MAGIC_WORD || version != 1) {
                throw file.wrong(
                        ("is a damaged LiME dump: at byte %d the header of %s was expected, 'EMiL' and version 1,"
                                + " not %#x and %d")
                                        .formatted(at, what, header.getInt(0), version));
            }
            long first = header.getLong(8);
            long last = header.getLong(16);
            if (first < 0 || last < first || last == Long.MAX_VALUE) {
                throw file.wrong("is a damaged LiME dump: %s goes from %#x to %#x (byte %d)"
                        .formatted(what, first, last, at + 8));
            }
            Piece piece = new Piece(first, last - first + 1, at + HEADER_BYTES);
            file.check(what, piece);
            pieces.add(piece);
            at = piece.offset() + piece.bytes();
        }
        return ImageLayout.placed(null, pieces);
    }
}

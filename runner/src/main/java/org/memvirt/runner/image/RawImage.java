package org.memvirt.runner.image;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A file that does not say where its memory belongs: a physical address is the offset, unless a {@link MemoryMap} is given, or
 * it is VMware's of a machine with more than 3 GiB, whose memory from there on lies above 4 GiB.
 */
final class RawImage {
    private static final int PAGE_BYTES = 4096;
    private static final long HOLE = 3L << 30;
    private static final long HOLE_END = 4L << 30;

    private RawImage() {}

    /** @param map where its pieces lie, or null when nobody said so */
    static ImageLayout read(ImageBytes file, @Nullable MemoryMap map) throws IOException {
        long bytes = file.size();
        if (bytes == 0) {
            throw file.wrong("is empty: it is no memory image");
        }
        if (map != null) {
            return new ImageLayout(null, map.pieces(file), false, null, "");
        }
        if (bytes % PAGE_BYTES != 0) {
            throw file.wrong(
                    "is no memory image: it is of no known format, and a raw image has whole pages of %d bytes, not"
                            .formatted(PAGE_BYTES)
                            + " %d bytes".formatted(bytes));
        }
        if (bytes > HOLE && file.name().toLowerCase(Locale.ROOT).matches(".*\\.vmem(\\.(xz|gz|zst))?")) {
            return new ImageLayout(
                    null,
                    List.of(new Piece(0, HOLE, 0), new Piece(HOLE_END, bytes - HOLE, HOLE)),
                    false,
                    null,
                    ("%s is taken as VMware writes a machine of more than 3 GiB: what lies behind them belongs above 4 GiB. If"
                            + " this one is different, say so: --memory-map 0=0+%#x")
                                    .formatted(file.name(), bytes));
        }
        return new ImageLayout(null, List.of(new Piece(0, bytes, 0)), false, null, "");
    }
}

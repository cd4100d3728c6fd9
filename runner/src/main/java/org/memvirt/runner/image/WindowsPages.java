package org.memvirt.runner.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The pages of a crash dump of Windows with a second header behind the first, which says which they are: by a bitmap
 * ({@code FDMPDUMP}, {@code SDMPDUMP}), or by ranges of page numbers ({@code RDMPDUMP}, which Windows writes since 2022).
 * They lie one behind the other from where that header says. Both headers are described in the sources of the Rekall,
 * Volatility and kdmp-parser projects.
 */
final class WindowsPages {
    /** Where the second header lies. */
    private static final int HEADER = 0x2000;

    private static final int BITMAP = HEADER + 0x38;
    private static final int RANGES = HEADER + 0x30;
    private static final int RANGE_BYTES = 16;
    private static final int CHUNK_BYTES = 1 << 16;
    private static final int PAGE_SHIFT = 12;
    private static final long PAGE = 1 << PAGE_SHIFT;
    /** Physical addresses have 52 bits. */
    private static final int PAGE_NUMBER_BITS = 40;

    private WindowsPages() {}

    /** The pieces that a second header tells of, or null when there is none. */
    static @Nullable List<Piece> of(ImageBytes file) throws IOException {
        if (file.size() < BITMAP) {
            return null;
        }
        ByteBuffer header = file.part("second header of a Windows crash dump", HEADER, BITMAP - HEADER);
        String bitmap = mark(header, 0);
        PieceList pieces;
        if (bitmap.equals("FDMPDUMP") || bitmap.equals("SDMPDUMP")) {
            pieces = bitmap(file, header);
        } else if (mark(header, 4).equals("RDMPDUMP")) {
            pieces = ranges(file, header);
        } else {
            return null;
        }
        if (pieces.isEmpty()) {
            throw file.wrong("is a Windows crash dump without memory: its second header tells of no pages");
        }
        for (Piece piece : pieces.all()) {
            file.check("a run of pages", piece);
        }
        return pieces.all();
    }

    private static String mark(ByteBuffer header, int at) {
        return new String(header.array(), at, 8, StandardCharsets.ISO_8859_1);
    }

    /** A bit for each page, set for those that are there. */
    private static PieceList bitmap(ImageBytes file, ByteBuffer header) throws IOException {
        long offset = header.getLong(0x20);
        // One of them counts the bits, and one the pages that are there; which is which is described in either way.
        long bits = Math.max(header.getLong(0x28), header.getLong(0x30));
        boolean counted = Math.min(header.getLong(0x28), header.getLong(0x30)) >= 0;
        if (!counted || offset < BITMAP || offset > file.size() || bits > offset - BITMAP << 3) {
            throw file
                    .wrong("is a damaged Windows crash dump: a bitmap of %#x bits at byte %#x, memory from byte %#x on"
                            .formatted(bits, BITMAP, offset));
        }
        PieceList pieces = new PieceList();
        long bytes = bits + 7 >>> 3;
        for (long done = 0; done < bytes; done += CHUNK_BYTES) {
            int now = (int) Math.min(CHUNK_BYTES, bytes - done);
            byte[] chunk = file.part("bitmap of pages", BITMAP + done, now).array();
            for (int i = 0; i < now; i++) {
                for (int bit = 0; chunk[i] != 0 && bit < 8; bit++) {
                    long page = (done + i) * 8 + bit;
                    if ((chunk[i] >>> bit & 1) != 0 && page < bits) {
                        pieces.add(page << PAGE_SHIFT, PAGE, offset);
                        offset += PAGE;
                    }
                }
            }
        }
        return pieces;
    }

    /** A page number and how many pages, up to the first of no pages, or to where memory begins. */
    private static PieceList ranges(ImageBytes file, ByteBuffer header) throws IOException {
        long offset = header.getLong(0x18);
        if (offset < RANGES || offset > file.size()) {
            throw file.wrong("is a damaged Windows crash dump: memory from byte %#x on, of %#x, with ranges at byte %#x"
                    .formatted(offset, file.size(), RANGES));
        }
        PieceList pieces = new PieceList();
        long end = offset;
        for (long at = RANGES; at + RANGE_BYTES <= end; at += RANGE_BYTES) {
            ByteBuffer range = file.part("range of pages", at, RANGE_BYTES);
            long first = range.getLong(0);
            long pages = range.getLong(8);
            if (pages == 0 || first == 0 && at > RANGES) {
                break;
            }
            if (first >>> PAGE_NUMBER_BITS != 0 || pages >>> PAGE_NUMBER_BITS != 0) {
                throw file.wrong("is a damaged Windows crash dump: a range of %#x pages from page %#x on (byte %#x)"
                        .formatted(pages, first, at));
            }
            pieces.add(first << PAGE_SHIFT, pages << PAGE_SHIFT, offset);
            offset += pages << PAGE_SHIFT;
            if (offset > file.size()) {
                break; // The check of the pieces tells.
            }
        }
        return pieces;
    }
}

package org.memvirt.runner.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A crash dump of Windows, as it writes itself, and as QEMU's {@code dump-guest-memory -w} and others do: complete dumps of
 * 32 and 64 bits, whose header tells the runs of pages that follow it, and dumps of 64 bits with a bitmap of the pages that
 * are there, complete or of the kernel alone. The header is _DUMP_HEADER64 and _DUMP_HEADER of the Windows debugger; QEMU's
 * include/qemu/win_dump_defs.h describes it.
 */
final class WindowsDump implements ImageFormat {
    private static final int PAGE_SHIFT = 12;
    private static final long PAGE = 1 << PAGE_SHIFT;
    /** Fields that were never written are filled with this. */
    private static final int FILLER = 0x45474150;

    private static final int COMPLETE = 1;
    private static final int KERNEL = 2;
    private static final int MOST_RUNS = 43;
    private static final int BITMAP_HEADER = 0x2000;
    private static final int CHUNK_BYTES = 1 << 16;

    private static final String INSTEAD = "; have the machine write a complete one, or dump it with QEMU's"
            + " dump-guest-memory without -w";

    private final boolean wide;

    /** @param wide whether it is the kind of 64 bits */
    WindowsDump(boolean wide) {
        this.wide = wide;
    }

    @Override
    public boolean recognizes(ByteBuffer beginning) {
        String magic = wide ? "PAGEDU64" : "PAGEDUMP";
        return ImageFormat.startsWith(beginning, magic.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public ImageLayout read(ImageBytes file) throws IOException {
        ByteBuffer header = file.part("header of a Windows crash dump", 0, wide ? 0x2000 : 0x1000);
        int type = header.getInt(wide ? 0xf98 : 0xf88);
        ByteBuffer second = wide && file.size() > BITMAP_HEADER + 0x38
                ? file.part("bitmap header", BITMAP_HEADER, 0x38)
                : ByteBuffer.allocate(0x38);
        String mark = new String(second.array(), 0, 8, StandardCharsets.ISO_8859_1);
        if (type != COMPLETE && (mark.equals("FDMPDUMP") || mark.equals("SDMPDUMP"))) {
            return ImageLayout.placed(ImageMachine.X86_64, bitmap(file, second));
        }
        if (type != COMPLETE && type != FILLER) {
            throw file.wrong("is a Windows crash dump of type %d%s, which holds no whole memory or not in a known shape"
                    .formatted(type, type == KERNEL ? ", of the kernel alone" : type == 4 ? ", a minidump" : "")
                    + INSTEAD);
        }
        ImageMachine machine = wide ? ImageMachine.X86_64 : ImageMachine.I386;
        return ImageLayout.placed(machine, runs(file, header));
    }

    /** Where _PHYSICAL_MEMORY_DESCRIPTOR says. */
    private List<Piece> runs(ImageBytes file, ByteBuffer header) throws IOException {
        int block = wide ? 0x88 : 0x64;
        int count = header.getInt(block);
        if (count == FILLER) {
            throw file.wrong(
                    "is a Windows crash dump whose header does not tell where its memory lies: the list of runs, byte %#x, is"
                            .formatted(block)
                            + " filled with PAGE" + INSTEAD);
        }
        if (count < 1 || count > MOST_RUNS) {
            throw file
                    .wrong("is a damaged Windows crash dump: it tells of %d runs of pages (byte %#x); there are 1 to %d"
                            .formatted(count, block, MOST_RUNS));
        }
        int size = wide ? 16 : 8;
        List<Piece> pieces = new ArrayList<>();
        long offset = header.capacity();
        for (int run = 0; run < count; run++) {
            int at = block + size + run * size;
            long first = wide ? header.getLong(at) : header.getInt(at) & 0xffff_ffffL;
            long pages = wide ? header.getLong(at + 8) : header.getInt(at + 4) & 0xffff_ffffL;
            if (first < 0 || pages < 0 || first >>> Long.SIZE - PAGE_SHIFT - 1 != 0 || pages >>> 40 != 0) {
                throw file.wrong("is a damaged Windows crash dump: run %d has %#x pages from page %#x (byte %#x)"
                        .formatted(run, pages, first, at));
            }
            Piece piece = new Piece(first << PAGE_SHIFT, pages << PAGE_SHIFT, offset);
            file.check("run " + run, piece);
            if (pages > 0) {
                pieces.add(piece);
            }
            offset += piece.bytes();
        }
        if (pieces.isEmpty()) {
            throw file.wrong("is a Windows crash dump without memory: its runs have no pages");
        }
        return pieces;
    }

    /** A bit for each page, from 0x38 on in the second header; those that are there lie one behind the other. */
    private static List<Piece> bitmap(ImageBytes file, ByteBuffer second) throws IOException {
        long offset = second.getLong(0x20);
        long bits = second.getLong(0x28);
        if (bits < 0 || bits >>> 40 != 0 || offset < BITMAP_HEADER) {
            throw file.wrong("is a damaged Windows crash dump: a bitmap of %#x bits, memory from byte %#x on"
                    .formatted(bits, offset));
        }
        PieceList pieces = new PieceList();
        long bytes = bits + 7 >>> 3;
        for (long done = 0; done < bytes; done += CHUNK_BYTES) {
            int now = (int) Math.min(CHUNK_BYTES, bytes - done);
            byte[] chunk = file.part("bitmap of pages", BITMAP_HEADER + 0x38 + done, now).array();
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
        if (pieces.isEmpty()) {
            throw file.wrong("is a Windows crash dump without memory: its bitmap is empty");
        }
        for (Piece piece : pieces.all()) {
            file.check("a run of pages", piece);
        }
        return pieces.all();
    }
}

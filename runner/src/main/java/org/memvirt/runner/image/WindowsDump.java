package org.memvirt.runner.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A crash dump of Windows, as it writes itself, and as QEMU's {@code dump-guest-memory -w} and others do: complete dumps of
 * 32 and 64 bits, whose header tells the runs of pages that follow it, and dumps of 64 bits with a second header, complete
 * or of the kernel alone: {@link WindowsPages}. The header is _DUMP_HEADER64 and _DUMP_HEADER of the Windows debugger;
 * QEMU's include/qemu/win_dump_defs.h describes it.
 */
final class WindowsDump implements ImageFormat {
    private static final int PAGE_SHIFT = 12;
    /** Fields that were never written are filled with this. */
    private static final int FILLER = 0x45474150;

    private static final int COMPLETE = 1;
    /** What the header has for the list of runs. */
    private static final int RUNS_BYTES = 700;

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
        ImageMachine machine = machine(file, header.getInt(wide ? 0x30 : 0x20));
        if (type == COMPLETE || type == FILLER) {
            return ImageLayout.placed(machine, runs(file, header));
        }
        List<Piece> pages = wide ? WindowsPages.of(file) : null;
        if (pages == null) {
            throw file.wrong("is a Windows crash dump of type %d%s, which holds no whole memory or not in a known shape"
                    .formatted(type, kind(type)) + INSTEAD);
        }
        return ImageLayout.placed(machine, pages);
    }

    private static String kind(int type) {
        return switch (type) {
            case 2, 6, 8 -> ", of the kernel alone";
            case 4 -> ", a minidump";
            default -> "";
        };
    }

    /** IMAGE_FILE_MACHINE of the PE format's specification; a program that writes dumps may leave it unset. */
    private ImageMachine machine(ImageBytes file, int number) {
        return switch (number) {
            case 0x8664 -> ImageMachine.X86_64;
            case 0x14c -> ImageMachine.I386;
            case 0xaa64 -> ImageMachine.AARCH64;
            case 0, FILLER -> wide ? ImageMachine.X86_64 : ImageMachine.I386;
            default -> throw file.wrong(
                    "is the crash dump of a machine of another kind: number %#x (byte %#x); known are %s"
                            .formatted(number, wide ? 0x30 : 0x20, List.of(ImageMachine.values())));
        };
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
        int size = wide ? 16 : 8;
        int most = RUNS_BYTES / size - 1;
        if (count < 1 || count > most) {
            throw file
                    .wrong("is a damaged Windows crash dump: it tells of %d runs of pages (byte %#x); there are 1 to %d"
                            .formatted(count, block, most));
        }
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
}

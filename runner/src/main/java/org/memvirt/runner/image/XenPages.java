package org.memvirt.runner.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory in a core of Xen's {@code xl dump-core}: section {@code .xen_pages} has the pages one behind the other, and
 * which they are is told by {@code .xen_pfn}, a page number each, or, of a paravirtualized guest, by {@code .xen_p2m}, a
 * guest's page number and a machine's each: there, page tables hold the machine's. Xen's docs/misc/dump-core-format.txt.
 */
final class XenPages {
    private static final String PAGES = ".xen_pages";
    private static final String NUMBERS = ".xen_pfn";
    private static final String PAIRS = ".xen_p2m";

    private static final int PAGE_SHIFT = 12;
    /** How much of the numbers is read at once. */
    private static final int CHUNK_BYTES = 1 << 16;

    private XenPages() {}

    /** The pieces of such a core, or null when it is none. */
    static @Nullable List<Piece> of(ImageBytes file, ElfHeaders headers) throws IOException {
        ElfHeaders.Section pages = null;
        ElfHeaders.Section numbers = null;
        boolean paired = false;
        for (ElfHeaders.Section section : headers.sections()) {
            switch (section.name()) {
                case PAGES -> pages = section;
                case NUMBERS, PAIRS -> {
                    numbers = section;
                    paired = section.name().equals(PAIRS);
                }
                default -> {
                    // Registers and the like.
                }
            }
        }
        if (pages == null) {
            return null;
        }
        if (numbers == null) {
            throw file
                    .wrong("is a core of Xen's with section %s and neither %s nor %s, which say where its pages belong"
                            .formatted(PAGES, NUMBERS, PAIRS));
        }
        int size = paired ? 2 * Long.BYTES : Long.BYTES;
        long count = pages.bytes() >>> PAGE_SHIFT;
        if (pages.bytes() % (1 << PAGE_SHIFT) != 0 || numbers.bytes() / size < count) {
            throw file.wrong("is damaged: section %s has %s bytes, whole pages of 4096, for which %s has %s bytes"
                    .formatted(
                            PAGES,
                            Long.toUnsignedString(pages.bytes()),
                            paired ? PAIRS : NUMBERS,
                            Long.toUnsignedString(numbers.bytes())));
        }
        file.check("section " + PAGES, new Piece(0, pages.bytes(), pages.offset()));
        return pieces(file, pages, numbers, size, count);
    }

    private static List<Piece> pieces(
            ImageBytes file, ElfHeaders.Section pages, ElfHeaders.Section numbers, int size, long count)
            throws IOException {
        PieceList pieces = new PieceList();
        for (long done = 0; done < count;) {
            int now = (int) Math.min(CHUNK_BYTES / size, count - done);
            ByteBuffer chunk = file.part("page numbers", numbers.offset() + done * size, now * size);
            for (int i = 0; i < now; i++) {
                // The last word of each: of a pair the machine's. All ones: a page that is not there.
                long number = chunk.getLong(i * size + size - Long.BYTES);
                if (number >>> Long.SIZE - PAGE_SHIFT - 1 == 0) {
                    pieces.add(number << PAGE_SHIFT, 1 << PAGE_SHIFT, pages.offset() + (done + i << PAGE_SHIFT));
                }
            }
            done += now;
        }
        if (pieces.isEmpty()) {
            throw file.wrong("holds no memory: its section %s is empty".formatted(PAGES));
        }
        return pieces.all();
    }
}

package org.memvirt.runner.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The headers of a little-endian ELF file of either class; System V ABI, "ELF Header", "Sections", "Program Header". */
final class ElfHeaders {
    private static final int IDENTIFICATION_BYTES = 16;
    private static final int CLASS_32 = 1;
    private static final int CLASS_64 = 2;
    private static final int LITTLE_ENDIAN = 1;
    /** In e_phnum: the number is in sh_info of the first section header. */
    private static final int NUMBER_ELSEWHERE = 0xffff;

    /** No memory lies in so many pieces; a count beyond that is damage, and would take long to read. */
    private static final int MOST_SEGMENTS = 1 << 18;

    private static final int MOST_NAME_BYTES = 1 << 20;

    private final ImageBytes file;
    private final boolean wide;
    private final ByteBuffer header;

    /** @param bytes of the file; cut off, they end where the file does */
    record Segment(long index, int type, long offset, long virtual, long physical, long bytes) {}

    record Section(String name, long offset, long bytes) {}

    ElfHeaders(ImageBytes file) throws IOException {
        this.file = file;
        ByteBuffer identification = file.part("ELF identification", 0, IDENTIFICATION_BYTES);
        int width = identification.get(4);
        if (width != CLASS_32 && width != CLASS_64) {
            throw file.wrong(
                    "is an ELF file of class %d (byte 4); known are 1, of 32 bits, and 2, of 64".formatted(width));
        }
        if (identification.get(5) != LITTLE_ENDIAN) {
            throw file.wrong("is a big-endian ELF file (byte 5 is %d); an image is little-endian (1)"
                    .formatted(identification.get(5)));
        }
        wide = width == CLASS_64;
        header = file.part("ELF header", 0, wide ? 64 : 52);
    }

    int type() {
        return header.getShort(16) & 0xffff;
    }

    int machine() {
        return header.getShort(18) & 0xffff;
    }

    /** All program headers; each is read, so that their number is not trusted. */
    List<Segment> segments() throws IOException {
        long offset = word(header, 32, 28);
        int size = header.getShort(wide ? 54 : 42) & 0xffff;
        long count = header.getShort(wide ? 56 : 44) & 0xffff;
        if (count == NUMBER_ELSEWHERE) {
            count = sectionHeader(0).getInt(wide ? 44 : 28) & 0xffff_ffffL;
        }
        int needed = wide ? 56 : 32;
        if (count > 0 && size < needed) {
            throw file.wrong("is damaged: its program headers have %d bytes each (byte %d); %s-bit ones have %d"
                    .formatted(size, wide ? 54 : 42, wide ? "64" : "32", needed));
        }
        if (count > MOST_SEGMENTS) {
            throw file.wrong("is damaged: its header counts %d program headers; no image has more than %d"
                    .formatted(count, MOST_SEGMENTS));
        }
        List<Segment> segments = new ArrayList<>();
        for (long index = 0; index < count; index++) {
            ByteBuffer entry = file.part("program header " + index, offset + index * size, needed);
            segments.add(new Segment(
                    index,
                    entry.getInt(0),
                    word(entry, 8, 4),
                    word(entry, 16, 8),
                    word(entry, 24, 12),
                    word(entry, 32, 16)));
        }
        return segments;
    }

    /** All sections, with their names; none if there is no table of names. */
    List<Section> sections() throws IOException {
        int count = header.getShort(wide ? 60 : 48) & 0xffff;
        int names = header.getShort(wide ? 62 : 50) & 0xffff;
        if (names >= count) {
            return List.of();
        }
        Section table = section("", sectionHeader(names));
        byte[] text = file.part(
                "section names", table.offset(), (int) Math.clamp(table.bytes(), 0L, (long) MOST_NAME_BYTES))
                .array();
        List<Section> sections = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            ByteBuffer entry = sectionHeader(index);
            sections.add(section(name(text, entry.getInt(0)), entry));
        }
        return sections;
    }

    private Section section(String name, ByteBuffer entry) {
        return new Section(name, word(entry, 24, 16), word(entry, 32, 20));
    }

    private ByteBuffer sectionHeader(int index) throws IOException {
        int bytes = wide ? 64 : 40;
        String what = index == 0 ? "first section header" : "section header " + index;
        return file.part(what, word(header, 40, 32) + (long) index * bytes, bytes);
    }

    private static String name(byte[] text, int from) {
        if (from < 0 || from >= text.length) {
            return "";
        }
        int end = from;
        while (end < text.length && text[end] != 0) {
            end++;
        }
        return new String(text, from, end - from, StandardCharsets.ISO_8859_1);
    }

    /** An address or size, whose place depends on the class. */
    private long word(ByteBuffer from, int at64, int at32) {
        return wide ? from.getLong(at64) : from.getInt(at32) & 0xffff_ffffL;
    }

    /** Whether addresses have 64 bits. */
    boolean isWide() {
        return wide;
    }
}

package org.memvirt.runner.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.usage.BadInput;

/**
 * An ELF core that holds a machine's memory. QEMU's dump-guest-memory, libvirt's memory-only dumps, VirtualBox and Linux'
 * /proc/vmcore have a segment of type PT_LOAD for each stretch, with its guest-physical address in p_paddr; of either class,
 * whatever the width of the machine. Xen's have sections instead: {@link XenPages}. Of the notes, VMCOREINFO is read. What a
 * segment has in memory beyond its bytes in the file counts as missing.
 */
final class ElfCore implements ImageFormat {
    private static final int CORE = 4;
    private static final int LOAD = 1;
    private static final int NOTE = 4;
    private static final int MOST_NOTE_BYTES = 16 << 20;
    private static final long NO_ADDRESS_32 = 0xffff_ffffL;

    private static final byte[] MAGIC = {0x7f, 'E', 'L', 'F'};
    private static final List<String> TYPES = List.of("no type", "relocatable", "executable", "shared object", "core");

    @Override
    public boolean recognizes(ByteBuffer beginning) {
        return ImageFormat.startsWith(beginning, MAGIC);
    }

    @Override
    public ImageLayout read(ImageBytes file) throws IOException {
        ElfHeaders headers = new ElfHeaders(file);
        int type = headers.type();
        if (type != CORE) {
            throw file.wrong("is an ELF file of type %d%s (byte 16); a memory image is a core (4)"
                    .formatted(type, type < TYPES.size() ? ", " + TYPES.get(type) : ""));
        }
        ImageMachine machine = ImageMachine.of(headers.machine());
        if (machine == null) {
            throw file.wrong("is the core of a machine of another kind: %s (byte 18); known are %s"
                    .formatted(machineName(headers.machine()), List.of(ImageMachine.values())));
        }
        List<Piece> xen = XenPages.of(file, headers);
        if (xen != null) {
            return ImageLayout.placed(machine, xen);
        }
        List<ElfHeaders.Segment> segments = headers.segments();
        return new ImageLayout(machine, pieces(file, headers, segments), true, vmcoreinfo(file, segments), "");
    }

    private static List<Piece> pieces(ImageBytes file, ElfHeaders headers, List<ElfHeaders.Segment> segments)
            throws IOException {
        List<Piece> pieces = new ArrayList<>();
        int virtual = 0;
        for (ElfHeaders.Segment segment : segments) {
            Piece piece = new Piece(segment.physical(), segment.bytes(), segment.offset());
            if (segment.type() != LOAD || piece.address() == (headers.isWide() ? -1 : NO_ADDRESS_32)) {
                // All ones: memory that is mapped and has no address of its own.
                continue;
            }
            virtual += segment.virtual() != 0 && piece.address() == 0 ? 1 : 0;
            if (piece.address() < 0) {
                continue;
            }
            file.check("segment " + segment.index(), piece);
            if (piece.bytes() > 0) {
                pieces.add(piece);
            }
        }
        if (virtual > 1 && pieces.stream().allMatch(piece -> piece.address() == 0)) {
            throw file.wrong("is the core of a process, not of a machine: its segments have no physical addresses");
        }
        if (pieces.isEmpty()) {
            throw file.wrong("holds no memory: none of its segments is of type PT_LOAD and has bytes");
        }
        return pieces;
    }

    /** The text of the note of that name; null where there is none, or the notes are damaged: nothing depends on them. */
    private static @Nullable String vmcoreinfo(ImageBytes file, List<ElfHeaders.Segment> segments) throws IOException {
        for (ElfHeaders.Segment segment : segments) {
            if (segment.type() == NOTE && segment.bytes() > 0 && segment.bytes() <= MOST_NOTE_BYTES) {
                try {
                    String text = vmcoreinfo(file.part("notes", segment.offset(), (int) segment.bytes()));
                    if (text != null) {
                        return text;
                    }
                } catch (BadInput e) {
                    return null;
                }
            }
        }
        return null;
    }

    private static @Nullable String vmcoreinfo(ByteBuffer notes) {
        while (notes.remaining() >= 3 * Integer.BYTES) {
            int nameBytes = notes.getInt();
            int bytes = notes.getInt();
            notes.getInt();
            long padded = (nameBytes + 3L & -4) + (bytes + 3L & -4);
            if (nameBytes < 0 || bytes < 0 || padded > notes.remaining() + 3L) {
                return null;
            }
            String name = text(notes, notes.position(), nameBytes);
            int content = notes.position() + (nameBytes + 3 & -4);
            if (content + bytes > notes.limit()) {
                return null;
            }
            if (name.equals("VMCOREINFO\0")) {
                return text(notes, content, bytes);
            }
            notes.position((int) Math.min(notes.limit(), notes.position() + padded));
        }
        return null;
    }

    private static String text(ByteBuffer from, int at, int bytes) {
        byte[] text = new byte[Math.min(bytes, from.limit() - at)];
        from.get(at, text);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    private static String machineName(int number) {
        String word =
                switch (number) {
                    case 8 -> "MIPS";
                    case 21 -> "64-bit PowerPC";
                    case 22 -> "S/390";
                    case 40 -> "32-bit Arm";
                    case 243 -> "RISC-V";
                    case 258 -> "LoongArch";
                    default -> null;
                };
        return "number " + number + (word == null ? "" : ", " + word);
    }
}

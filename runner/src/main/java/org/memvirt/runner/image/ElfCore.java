package org.memvirt.runner.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import org.memvirt.runner.usage.BadInput;

/**
 * The headers of an ELF core that holds a machine's memory, as QEMU's dump-guest-memory, libvirt's memory-only dumps and
 * Linux' /proc/vmcore have it: a segment of type PT_LOAD for each stretch, with its guest-physical address in p_paddr.
 * System V ABI, "ELF Header" and "Program Header". Notes are not read. What a segment has in memory beyond its bytes in
 * the file counts as missing.
 *
 * @param machine whose memory it is
 * @param pieces in the order of the file
 */
record ElfCore(ImageMachine machine, List<Piece> pieces) {
    private static final int HEADER_BYTES = 64;
    private static final int PROGRAM_HEADER_BYTES = 56;
    private static final int SECTION_HEADER_BYTES = 64;
    private static final int CLASS_64 = 2;
    private static final int LITTLE_ENDIAN = 1;
    private static final int CORE = 4;
    private static final int LOAD = 1;
    /** In e_phnum: the number is in sh_info of the first section header. */
    private static final int NUMBER_ELSEWHERE = 0xffff;

    private static final byte[] MAGIC = {0x7f, 'E', 'L', 'F'};
    private static final List<String> TYPES = List.of("no type", "relocatable", "executable", "shared object", "core");

    ElfCore {
        pieces = List.copyOf(pieces);
    }

    /** Whether a file that begins so is ELF of any kind. */
    static boolean recognizes(ByteBuffer beginning) {
        for (int i = 0; i < MAGIC.length; i++) {
            if (beginning.limit() <= i || beginning.get(i) != MAGIC[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * @param name for messages
     * @throws BadInput when it is another kind of ELF, of another machine, or not all there
     */
    static ElfCore read(String name, FileChannel file) throws IOException {
        ByteBuffer header = part(name, file, "ELF header", 0, HEADER_BYTES);
        int width = header.get(4);
        if (width != CLASS_64) {
            throw new BadInput("%s is a %s-bit ELF file (byte 4 is %d); an image is a 64-bit core (2)"
                    .formatted(name, width == 1 ? "32" : "?", width));
        }
        if (header.get(5) != LITTLE_ENDIAN) {
            throw new BadInput("%s is a big-endian ELF file (byte 5 is %d); an image is little-endian (1)"
                    .formatted(name, header.get(5)));
        }
        int type = header.getShort(16) & 0xffff;
        if (type != CORE) {
            throw new BadInput("%s is an ELF file of type %d%s (byte 16); a memory image is a core (4)"
                    .formatted(name, type, type < TYPES.size() ? ", " + TYPES.get(type) : ""));
        }
        int number = header.getShort(18) & 0xffff;
        ImageMachine machine = ImageMachine.of(number);
        if (machine == null) {
            throw new BadInput("%s is the core of a machine of another kind: %s (byte 18); known are %s"
                    .formatted(name, machineName(number), List.of(ImageMachine.values())));
        }
        return new ElfCore(machine, pieces(name, file, header));
    }

    private static List<Piece> pieces(String name, FileChannel file, ByteBuffer header) throws IOException {
        long offset = header.getLong(32);
        int size = header.getShort(54) & 0xffff;
        long count = header.getShort(56) & 0xffff;
        if (count == NUMBER_ELSEWHERE) {
            ByteBuffer section = part(name, file, "first section header", header.getLong(40), SECTION_HEADER_BYTES);
            count = section.getInt(44) & 0xffff_ffffL;
        }
        if (size < PROGRAM_HEADER_BYTES) {
            throw new BadInput("%s: its program headers have %d bytes each (byte 54); 64-bit ones have %d"
                    .formatted(name, size, PROGRAM_HEADER_BYTES));
        }
        List<Piece> pieces = new ArrayList<>();
        int virtual = 0;
        for (long index = 0; index < count; index++) {
            ByteBuffer entry = part(name, file, "program header " + index, offset + index * size, PROGRAM_HEADER_BYTES);
            if (entry.getInt(0) == LOAD) {
                Piece piece = new Piece(entry.getLong(24), entry.getLong(32), entry.getLong(8));
                if (piece.address() < 0) {
                    // Some writers say so of memory that is mapped and has no address of its own.
                    continue;
                }
                virtual += entry.getLong(16) != 0 && piece.address() == 0 ? 1 : 0;
                check(name, file, index, piece);
                if (piece.bytes() > 0) {
                    pieces.add(piece);
                }
            }
        }
        if (virtual > 1 && pieces.stream().allMatch(piece -> piece.address() == 0)) {
            throw new BadInput(name + " is the core of a process, not of a machine: its segments have no physical"
                    + " addresses");
        }
        if (pieces.isEmpty()) {
            throw new BadInput(name + " holds no memory: none of its segments is of type PT_LOAD and has bytes");
        }
        return pieces;
    }

    private static void check(String name, FileChannel file, long index, Piece piece) throws IOException {
        long end = piece.offset() + piece.bytes();
        if (piece.bytes() < 0 || piece.end() < 0) {
            throw new BadInput("%s: program header %d is damaged: %#x bytes at guest-physical %#x"
                    .formatted(name, index, piece.bytes(), piece.address()));
        }
        if (piece.bytes() > 0 && (piece.offset() < 0 || end < 0 || end > file.size())) {
            throw new BadInput(
                    "%s is too short: segment %d, guest-physical %s, takes bytes %d to %d of the file, which has %d; it"
                            .formatted(name, index, piece, piece.offset(), end, file.size())
                            + " was cut off");
        }
    }

    private static ByteBuffer part(String name, FileChannel file, String what, long offset, int bytes)
            throws IOException {
        ByteBuffer part = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (offset >= 0 && part.hasRemaining() && file.read(part, offset + part.position()) > 0) {
            // A read may give less than was asked for.
        }
        if (part.hasRemaining()) {
            throw new BadInput("%s is too short: its %s takes bytes %d to %s of the file, which has %d; it was cut off"
                    .formatted(name, what, offset, Long.toUnsignedString(offset + bytes), file.size()));
        }
        return part;
    }

    private static String machineName(int number) {
        String word =
                switch (number) {
                    case 3 -> "80386";
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

package org.memvirt.runner.image;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.memvirt.runner.file.UnpackedFile;
import org.memvirt.runner.usage.BadInput;
import org.memvirt.runner.usage.WrongUsage;

/**
 * Opens files as memory images: an ELF core, or a raw image, in which a guest-physical address is the offset in the
 * file; by content. A compressed one is first unpacked to a temporary file, which takes as long as that takes.
 */
public final class ImageFile {
    private static final int BEGINNING_BYTES = 64;
    private static final int PAGE_BYTES = 4096;

    private ImageFile() {}

    /**
     * Opens an image; the caller closes it.
     *
     * @throws BadInput when the file is none
     */
    public static MemoryImage open(String path) throws IOException {
        Path file = Path.of(path);
        if (!Files.exists(file)) {
            throw new NoSuchFileException(path);
        }
        if (!Files.isRegularFile(file)) {
            throw new WrongUsage(path + " is no ordinary file; an image is mapped into memory");
        }
        try (UnpackedFile unpacked = UnpackedFile.open(path, InputStream.nullInputStream())) {
            if (unpacked.compression != null) {
                try (FileChannel channel = unpack(unpacked)) {
                    return map(path, channel);
                }
            }
        }
        try (FileChannel channel = FileChannel.open(file)) {
            return map(path, channel);
        }
    }

    /** A file that is gone when the channel, and what was mapped of it, are. */
    private static FileChannel unpack(UnpackedFile packed) throws IOException {
        Path draft = Files.createTempFile("memvirt-", ".image");
        FileChannel channel = FileChannel.open(
                draft,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
        try {
            SparseCopy.copy(packed.content, channel, draft);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static MemoryImage map(String name, FileChannel channel) throws IOException {
        ByteBuffer beginning = ByteBuffer.allocate(BEGINNING_BYTES);
        channel.read(beginning, 0);
        beginning.flip();
        OtherDump other = OtherDump.of(beginning);
        if (other != null) {
            throw new BadInput("%s is %s".formatted(name, other));
        }
        ImageMachine machine = null;
        List<Piece> pieces;
        if (ElfCore.recognizes(beginning)) {
            ElfCore core = ElfCore.read(name, channel);
            machine = core.machine();
            pieces = core.pieces();
        } else {
            pieces = List.of(raw(name, channel.size()));
        }
        // Shared, for then closing it does not depend on the thread.
        Arena arena = Arena.ofShared();
        try {
            MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return new MemoryImage(name, machine, arena, file, pieces);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static Piece raw(String name, long bytes) {
        if (bytes == 0) {
            throw new BadInput(name + " is empty: it is no memory image");
        }
        if (bytes % PAGE_BYTES != 0) {
            throw new BadInput(
                    "%s is no memory image: it is no ELF core, and a raw image has whole pages of %d bytes, not %d bytes"
                            .formatted(name, PAGE_BYTES, bytes));
        }
        return new Piece(0, bytes, 0);
    }
}

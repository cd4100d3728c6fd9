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
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.file.UnpackedFile;
import org.memvirt.runner.usage.BadInput;
import org.memvirt.runner.usage.WrongUsage;

/**
 * Opens files as memory images, by content: one of the {@link ImageFormat}s, or else a {@link RawImage}. A compressed one is
 * first unpacked to a temporary file, which takes as long as that takes.
 */
public final class ImageFile {
    private static final List<ImageFormat> FORMATS =
            List.of(new ElfCore(), new LimeDump(), new WindowsDump(true), new WindowsDump(false));

    private ImageFile() {}

    /** Opens an image that says itself where its memory lies, or is raw; the caller closes it. */
    public static MemoryImage open(String path) throws IOException {
        return open(path, null);
    }

    /**
     * Opens an image; the caller closes it.
     *
     * @param map where its pieces lie; then it is taken as raw, whatever it begins with. Null when nobody said so
     * @throws BadInput when the file is none
     */
    public static MemoryImage open(String path, @Nullable MemoryMap map) throws IOException {
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
                    return map(path, channel, map);
                }
            }
        }
        try (FileChannel channel = FileChannel.open(file)) {
            return map(path, channel, map);
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

    private static MemoryImage map(String name, FileChannel channel, @Nullable MemoryMap map) throws IOException {
        ImageLayout layout = layout(new ImageBytes(name, channel), map);
        // Shared, for then closing it does not depend on the thread.
        Arena arena = Arena.ofShared();
        try {
            MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return new MemoryImage(name, layout, arena, file);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static ImageLayout layout(ImageBytes file, @Nullable MemoryMap map) throws IOException {
        if (map != null) {
            return RawImage.read(file, map);
        }
        ByteBuffer beginning =
                file.part("beginning", 0, (int) Math.min(file.size(), RefusedFile.BEGINNING_BYTES));
        for (ImageFormat format : FORMATS) {
            if (format.recognizes(beginning)) {
                return format.read(file);
            }
        }
        RefusedFile refused = RefusedFile.find(beginning);
        if (refused != null) {
            throw file.wrong("is " + refused.what());
        }
        return RawImage.read(file, null);
    }
}

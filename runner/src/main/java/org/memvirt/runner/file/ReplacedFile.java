package org.memvirt.runner.file;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file that appears under its name only when it is complete: what is written goes to a draft beside it, which
 * {@link #keep} renames and {@link #close} removes otherwise. What is no ordinary file, a pipe or a device, is written
 * directly.
 */
public final class ReplacedFile implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 16;

    private static final int LONGEST_NAME = 100;

    private final Path target;
    private final @Nullable Path draft;
    private final NamedOutput named;
    private final OutputStream stream;

    public ReplacedFile(Path target) throws IOException {
        this.target = target;
        OutputStream output;
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            draft = null;
            output = Files.newOutputStream(target);
        } else {
            draft = draft(target);
            Drafts.add(draft);
            try {
                output = Files.newOutputStream(draft, StandardOpenOption.CREATE_NEW);
            } catch (AccessDeniedException e) {
                throw (AccessDeniedException) new AccessDeniedException(target.toString()).initCause(e);
            } catch (FileSystemException e) {
                throw (FileSystemException) new FileSystemException(target.toString(), null, e.getReason())
                        .initCause(e);
            }
        }
        named = new NamedOutput(target.toString(), output);
        stream = new BufferedOutputStream(named, BUFFER_BYTES);
    }

    private static Path draft(Path target) throws NoSuchFileException {
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new NoSuchFileException(target.toString(), null, "its folder does not exist");
        }
        String name = String.valueOf(target.getFileName());
        return folder.resolve(".%s.%d.draft".formatted(
                name.substring(0, Math.min(LONGEST_NAME, name.length())), ProcessHandle.current().pid()));
    }

    /** Writes a text to a file, whole. */
    public static void write(Path target, String text) throws IOException {
        try (ReplacedFile file = new ReplacedFile(target)) {
            file.stream().write(text.getBytes(StandardCharsets.UTF_8));
            file.keep();
        }
    }

    public OutputStream stream() {
        return stream;
    }

    /** Says that all has been written. */
    public void keep() throws IOException {
        keep(new byte[0]);
    }

    /**
     * Says that all has been written, but for the first bytes, which were not known then. What is no ordinary file keeps
     * those that it has.
     */
    public void keep(byte[] beginning) throws IOException {
        stream.close();
        named.check();
        if (draft != null) {
            if (beginning.length > 0) {
                try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
                    channel.write(ByteBuffer.wrap(beginning), 0);
                }
            }
            // A link's target is replaced, not the link.
            Path real = Files.exists(target) ? target.toRealPath() : target;
            Files.move(draft, real, StandardCopyOption.REPLACE_EXISTING);
            Drafts.remove(draft);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            stream.close();
        } finally {
            if (draft != null) {
                Files.deleteIfExists(draft);
                Drafts.remove(draft);
            }
        }
    }
}

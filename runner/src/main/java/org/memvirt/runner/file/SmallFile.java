package org.memvirt.runner.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.memvirt.runner.usage.WrongUsage;

/** A file that people write, or copy from a screen; or a pipe with the same. */
public final class SmallFile {
    private SmallFile() {}

    /**
     * Opens a file.
     *
     * @throws WrongUsage when it is a folder
     */
    public static InputStream open(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new WrongUsage(file + " is a folder, not a file");
        }
        return Files.newInputStream(file);
    }

    /** Its bytes, but not more than one beyond {@code most}, by which a file is known that is too long. */
    public static byte[] read(Path file, int most) throws IOException {
        try (InputStream in = open(file)) {
            return in.readNBytes(most + 1);
        }
    }
}

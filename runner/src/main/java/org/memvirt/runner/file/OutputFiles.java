package org.memvirt.runner.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.usage.WrongUsage;

/** What a command reads and writes, checked before it begins: no output may take the place of another, or of an input. */
public final class OutputFiles {
    /** In place of a file: standard output, or input. */
    private static final String STANDARD = "-";

    private final Map<Object, String> outputs = new LinkedHashMap<>();
    private final Map<Object, String> inputs = new LinkedHashMap<>();

    /**
     * Notes an input.
     *
     * @param what names it in messages: {@code --trace}
     * @param path null for none, {@code -} for standard input
     */
    public OutputFiles reads(String what, @Nullable String path) throws IOException {
        if (path != null && !path.equals(STANDARD) && Files.isRegularFile(Path.of(path))) {
            Path file = Path.of(path);
            inputs.putIfAbsent(identity(file), "%s %s".formatted(what, path));
            checkApart();
        }
        return this;
    }

    /**
     * Notes an output.
     *
     * @param what names it in messages: {@code --json}
     * @param path null for none, {@code -} for standard output
     * @throws WrongUsage when it is another output, or an input
     * @throws NoSuchFileException when there is no folder for it
     */
    public OutputFiles writes(String what, @Nullable String path) throws IOException {
        if (path == null) {
            return this;
        }
        Object identity = STANDARD;
        if (!path.equals(STANDARD)) {
            Path file = Path.of(path);
            if (Files.isDirectory(file)) {
                throw new WrongUsage("%s %s: it is a folder, not a file".formatted(what, path));
            }
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                return this; // A device or a pipe takes what it is given.
            }
            identity = identity(file);
        }
        String other = outputs.putIfAbsent(identity, "%s %s".formatted(what, path));
        if (other != null) {
            throw new WrongUsage("%s and %s %s are one output; give each its own".formatted(other, what, path));
        }
        checkApart();
        return this;
    }

    private void checkApart() {
        outputs.forEach((identity, output) -> {
            String input = inputs.get(identity);
            if (input != null) {
                throw new WrongUsage("%s would take the place of %s, which is read".formatted(output, input));
            }
        });
    }

    /** What tells the file from all others: links and names of one file give the same. */
    private static Object identity(Path file) throws IOException {
        if (Files.exists(file)) {
            Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
            return key == null ? file.toRealPath() : key;
        }
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new NoSuchFileException(file.toString(), null, "its folder does not exist");
        }
        return folder.toRealPath().resolve(String.valueOf(file.getFileName()));
    }
}

package org.memvirt.runner.conform;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.file.UnpackedFile;
import org.memvirt.runner.usage.WrongUsage;

/** Where memvirt's own answers to the cases of each file go, if they go anywhere. */
public final class Recordings {
    private final Map<String, Path> targets = new LinkedHashMap<>();

    private Recordings() {}

    /** None is wanted. */
    public static Recordings none() {
        return new Recordings();
    }

    /**
     * Finds a place for each.
     *
     * @param target a file, or a folder in which each recording has the name of its original; with several files it is
     *     a folder, which is made if it is not there
     * @throws WrongUsage when one would take the place of another, or of its original
     */
    public static Recordings to(Path target, List<String> files) throws IOException {
        Recordings recordings = new Recordings();
        boolean folder = Files.isDirectory(target) || files.size() > 1 || target.toString().endsWith("/");
        if (folder) {
            if (Files.exists(target) && !Files.isDirectory(target)) {
                throw new WrongUsage("--record %s: it is no folder, and there are several files to record"
                        .formatted(target));
            }
            Files.createDirectories(target);
        }
        for (String file : files) {
            Path its = folder ? target.resolve(name(target, file)) : target;
            if (recordings.targets.containsValue(its)) {
                throw new WrongUsage("--record %s: two files would be recorded as %s".formatted(target, its));
            }
            if (Files.exists(its) && Files.exists(Path.of(file)) && Files.isSameFile(its, Path.of(file))) {
                throw new WrongUsage("--record %s: the recording would take the place of %s".formatted(target, file));
            }
            recordings.targets.put(file, its);
        }
        return recordings;
    }

    private static Path name(Path target, String file) {
        Path name = Path.of(file).getFileName();
        if (file.equals(UnpackedFile.STANDARD_INPUT) || name == null) {
            throw new WrongUsage("--record %s: name a file for the recording of standard input".formatted(target));
        }
        return name;
    }

    /** Where the recording of a file goes, or null for nowhere. */
    public @Nullable Path of(String file) {
        return targets.get(file);
    }
}

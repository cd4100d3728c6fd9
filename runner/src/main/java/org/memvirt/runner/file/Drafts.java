package org.memvirt.runner.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The drafts of files that are being written: they go when the process ends before they are complete. */
final class Drafts {
    private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(Drafts::deleteAll, "memvirt-drafts"));
    }

    private Drafts() {}

    /** Notes a draft that is about to be made. */
    static void add(Path draft) {
        OPEN.add(draft);
    }

    /** Forgets a draft: it has become the file, or is gone. */
    static void remove(Path draft) {
        OPEN.remove(draft);
    }

    private static void deleteAll() {
        for (Path draft : OPEN) {
            try {
                Files.deleteIfExists(draft);
            } catch (IOException e) {
                System.err.println("memvirt: the draft %s is left: %s".formatted(draft, e.getMessage()));
            }
        }
    }
}

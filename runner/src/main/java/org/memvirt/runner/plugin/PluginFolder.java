package org.memvirt.runner.plugin;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.memvirt.runner.usage.WrongUsage;

/**
 * The jars of a folder, each behind a class loader of its own: what one brings along is not seen by another. A jar that
 * needs others names them in the {@code Class-Path} of its manifest.
 */
public final class PluginFolder {
    private final List<PluginJar> jars = new ArrayList<>();
    private final List<BrokenJar> broken = new ArrayList<>();

    /** @param loader what its classes come from; its parent is the runner's own */
    record PluginJar(Path path, ClassLoader loader) {}

    private PluginFolder() {}

    /** A folder without jars. */
    public static PluginFolder empty() {
        return new PluginFolder();
    }

    /**
     * Looks into a folder.
     *
     * @throws WrongUsage when it is none, or cannot be read
     */
    public static PluginFolder open(Path folder) {
        PluginFolder opened = new PluginFolder();
        if (!Files.isDirectory(folder)) {
            throw new WrongUsage("--plugins: " + folder + " is no folder");
        }
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(file -> file.getFileName().toString().endsWith(".jar"))
                    .sorted()
                    .forEach(opened::add);
        } catch (IOException e) {
            throw new WrongUsage("--plugins: " + folder + " cannot be read: " + e.getMessage(), e);
        }
        return opened;
    }

    private void add(Path jar) {
        // A class loader passes over what is no jar without a word.
        try (JarFile file = new JarFile(jar.toFile())) {
            if (file.stream().findAny().isPresent()) {
                URL[] urls = {jar.toUri().toURL()};
                jars.add(new PluginJar(
                        jar,
                        new URLClassLoader(
                                jar.getFileName().toString(), urls, PluginFolder.class.getClassLoader())));
            }
        } catch (IOException e) {
            report(jar.toString(), "it is no readable jar: " + e.getMessage());
        }
    }

    List<PluginJar> jars() {
        return jars;
    }

    void report(String jar, String reason) {
        BrokenJar entry = new BrokenJar(jar, reason);
        if (!broken.contains(entry)) {
            broken.add(entry);
        }
    }

    /** The paths of all jars that could be opened. */
    public List<String> paths() {
        return jars.stream().map(jar -> jar.path().toString()).toList();
    }

    /** What could not be used, as far as services have been looked for. */
    public List<BrokenJar> broken() {
        return Collections.unmodifiableList(broken);
    }
}

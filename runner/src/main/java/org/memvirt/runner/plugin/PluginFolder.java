package org.memvirt.runner.plugin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.usage.WrongUsage;

/**
 * The jars of a folder, each behind a class loader of its own: what one brings along is not seen by another. A jar that
 * needs others names them in the {@code Class-Path} of its manifest. What goes wrong in one is told as its fault.
 */
public final class PluginFolder {
    /** So many reasons of one jar are kept. */
    private static final int MOST_REASONS = 5;

    private final List<PluginLoader> jars = new ArrayList<>();
    private final List<BrokenJar> broken = new ArrayList<>();
    private final Map<String, String> inUse = new LinkedHashMap<>();
    private Consumer<BrokenJar> listener = jar -> {};

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
        if (!Files.isRegularFile(jar)) {
            // To open a pipe would wait for ever.
            report(jar.toString(), Files.exists(jar) ? "it is no file" : "it is a link to nothing");
            return;
        }
        // A class loader passes over what is no jar without a word.
        try (JarFile file = new JarFile(jar.toFile())) {
            if (file.stream().findAny().isPresent()) {
                jars.add(new PluginLoader(jar));
            }
        } catch (IOException e) {
            report(jar.toString(), "it is no readable jar: " + e.getMessage());
        }
    }

    List<PluginLoader> jars() {
        return jars;
    }

    /** Has something told of each jar that cannot be used, those that are known already and those that come. */
    public synchronized void listen(Consumer<BrokenJar> toTell) {
        broken.forEach(toTell);
        listener = toTell;
    }

    synchronized void report(String jar, String reason) {
        BrokenJar entry = new BrokenJar(jar, reason);
        long reasons = broken.stream().filter(known -> known.jar().equals(jar)).count();
        if (reasons < MOST_REASONS && !broken.contains(entry)) {
            broken.add(entry);
            listener.accept(entry);
        }
    }

    /** The paths of all jars that could be opened. */
    public List<String> paths() {
        return jars.stream().map(jar -> jar.jar().toString()).toList();
    }

    /** What could not be used, as far as services have been looked for. */
    public synchronized List<BrokenJar> broken() {
        return List.copyOf(broken);
    }

    /**
     * Asks a service something. One of the folder that fails, or has no answer, is reported with its jar.
     *
     * @return the answer, or null when the service cannot be used
     */
    public <T, R> @Nullable R ask(Plugin<T> plugin, Function<T, @Nullable R> question) {
        try {
            R answer = question.apply(plugin.service());
            if (answer != null) {
                return answer;
            }
            if (plugin.isOfFolder()) {
                report(plugin.origin(), "%s answers null".formatted(plugin.name()));
            }
            return null;
        } catch (RuntimeException | Error e) {
            if (!plugin.isOfFolder()) {
                throw e;
            }
            report(plugin.origin(), "%s: %s".formatted(plugin.name(), PluginFault.describe(e)));
            return null;
        }
    }

    /** Notes that the command works with a service. */
    synchronized void use(Plugin<?> plugin, String kind) {
        if (plugin.isOfFolder()) {
            inUse.putIfAbsent(plugin.origin() + kind, plugin.describe(kind));
        }
    }

    /** The plug-in whose code a frame of a stack belongs to, with its jar; null when it is of none. */
    @Nullable String owner(StackTraceElement frame) {
        for (PluginLoader jar : jars) {
            if (jar.getName().equals(frame.getClassLoaderName())) {
                return jar.describe();
            }
        }
        return null;
    }

    /**
     * What went wrong, told as a plug-in's fault: of that in whose code it did, else of those in use.
     *
     * @return null when no plug-in of the folder had a part in it
     */
    public @Nullable PluginFault faultIn(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (each instanceof PluginFault fault) {
                return fault;
            }
        }
        for (Throwable each = failure; each != null; each = each.getCause()) {
            for (StackTraceElement frame : each.getStackTrace()) {
                String owner = owner(frame);
                if (owner != null) {
                    return PluginFault.in(owner, failure);
                }
            }
        }
        return inUse.isEmpty() ? null : PluginFault.beside(String.join(" or ", inUse.values()), failure);
    }
}

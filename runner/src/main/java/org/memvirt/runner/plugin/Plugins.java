package org.memvirt.runner.plugin;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.Function;
import org.memvirt.runner.usage.NearestNames;
import org.memvirt.runner.usage.WrongUsage;

/**
 * Services of one kind by name, from the class path and from a {@link PluginFolder}. What a jar of the folder offers and
 * cannot deliver is reported there and left out.
 */
public final class Plugins<T> {
    private final String kind;
    private final PluginFolder folder;
    private final Map<String, Plugin<T>> byName = new TreeMap<>();

    private Plugins(String kind, PluginFolder folder) {
        this.kind = kind;
        this.folder = folder;
    }

    /**
     * Finds all services of a type.
     *
     * @param kind the word for one of them, for messages: {@code strategy}
     * @param name how one tells its name
     * @throws WrongUsage when two have the same name; the message says which jars they come from
     */
    public static <T> Plugins<T> find(Class<T> type, String kind, Function<T, String> name, PluginFolder folder) {
        Plugins<T> found = new Plugins<>(kind, folder);
        ClassLoader own = Plugins.class.getClassLoader();
        for (ServiceLoader.Provider<T> provider : ServiceLoader.load(type, own).stream().toList()) {
            found.add(provider.get(), name, origin(provider.type()));
        }
        for (PluginFolder.PluginJar jar : folder.jars()) {
            for (T service : found.services(type, jar)) {
                try {
                    found.add(service, name, jar.path().toString());
                } catch (LinkageError e) {
                    folder.report(jar.path().toString(), describe(e));
                }
            }
        }
        return found;
    }

    private List<T> services(Class<T> type, PluginFolder.PluginJar jar) {
        List<T> services = new ArrayList<>();
        Iterator<ServiceLoader.Provider<T>> providers =
                ServiceLoader.load(type, jar.loader()).stream().iterator();
        while (true) {
            try {
                if (!providers.hasNext()) {
                    return services;
                }
                ServiceLoader.Provider<T> provider = providers.next();
                // The loader finds those of the class path too.
                if (provider.type().getClassLoader() == jar.loader()) {
                    services.add(provider.get());
                }
            } catch (ServiceConfigurationError | LinkageError e) {
                folder.report(jar.path().toString(), describe(e));
            }
        }
    }

    private void add(T service, Function<T, String> name, String origin) {
        Plugin<T> plugin = new Plugin<>(name.apply(service), service, origin);
        Plugin<T> other = byName.putIfAbsent(plugin.name(), plugin);
        if (other != null) {
            throw new WrongUsage("two of kind %s are named '%s': one in %s, one in %s; remove one of them"
                    .formatted(kind, plugin.name(), other.origin(), plugin.origin()));
        }
    }

    private static String origin(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        if (source == null) {
            return "the JDK";
        }
        try {
            return Path.of(source.getLocation().toURI()).toString();
        } catch (URISyntaxException | IllegalArgumentException e) {
            return source.getLocation().toString();
        }
    }

    private static String describe(Throwable problem) {
        Throwable cause = problem.getCause() == null ? problem : problem.getCause();
        String message = cause.getMessage() == null ? "" : ": " + cause.getMessage();
        return cause instanceof ServiceConfigurationError
                ? String.valueOf(cause.getMessage())
                : cause.getClass().getSimpleName() + message;
    }

    /** All of them, by name. */
    public List<Plugin<T>> all() {
        return List.copyOf(byName.values());
    }

    /**
     * The one of this name.
     *
     * @throws WrongUsage when there is none; the message lists those that there are, the nearest first
     */
    public T get(String name) {
        Plugin<T> plugin = byName.get(name);
        if (plugin == null) {
            throw new WrongUsage("there is no %s '%s'; there is %s%s"
                    .formatted(
                            kind,
                            name,
                            byName.isEmpty() ? "none" : String.join(", ", NearestNames.sorted(name, byName.keySet())),
                            brokenJars()));
        }
        return plugin.service();
    }

    private String brokenJars() {
        if (folder.broken().isEmpty()) {
            return "";
        }
        BrokenJar first = folder.broken().getFirst();
        return " (and a plug-in that cannot be used: %s: %s)".formatted(first.jar(), first.reason());
    }
}

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
import java.util.regex.Pattern;
import org.memvirt.runner.usage.NearestNames;
import org.memvirt.runner.usage.WrongUsage;

/**
 * Services of one kind by name, from the class path and from a {@link PluginFolder}. What a jar of the folder offers and
 * cannot deliver is reported there and left out.
 */
public final class Plugins<T> {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,99}");

    private final String option;
    private final String kind;
    private final PluginFolder folder;
    private final Map<String, Plugin<T>> byName = new TreeMap<>();

    private Plugins(String option, String kind, PluginFolder folder) {
        this.option = option;
        this.kind = kind;
        this.folder = folder;
    }

    /**
     * Finds all services of a type.
     *
     * @param option that chooses one, for messages: {@code --vmm}
     * @param kind the word for one of them, for messages: {@code strategy}
     * @param name how one tells its name
     * @throws WrongUsage when two have the same name; the message says which jars they come from
     */
    public static <T> Plugins<T> find(
            Class<T> type, String option, String kind, Function<T, String> name, PluginFolder folder) {
        Plugins<T> found = new Plugins<>(option, kind, folder);
        ClassLoader own = Plugins.class.getClassLoader();
        for (ServiceLoader.Provider<T> provider : ServiceLoader.load(type, own).stream().toList()) {
            T service = provider.get();
            found.add(new Plugin<>(name.apply(service), service, origin(provider.type()), false));
        }
        for (PluginLoader jar : folder.jars()) {
            for (T service : found.services(type, jar)) {
                found.add(service, name, jar);
            }
        }
        return found;
    }

    private List<T> services(Class<T> type, PluginLoader jar) {
        List<T> services = new ArrayList<>();
        Iterator<ServiceLoader.Provider<T>> providers =
                ServiceLoader.load(type, jar).stream().iterator();
        while (true) {
            try {
                if (!providers.hasNext()) {
                    return services;
                }
                ServiceLoader.Provider<T> provider = providers.next();
                // The loader finds those of the class path too.
                if (provider.type().getClassLoader() == jar) {
                    services.add(provider.get());
                }
            } catch (RuntimeException | Error e) {
                folder.report(jar.jar().toString(), describe(e));
            }
        }
    }

    /** Adds a service of the folder, if it has a name. */
    private void add(T service, Function<T, String> name, PluginLoader jar) {
        String itsName;
        try {
            itsName = name.apply(service);
        } catch (RuntimeException | Error e) {
            folder.report(jar.jar().toString(), "it does not tell its name: " + describe(e));
            return;
        }
        if (itsName == null || !NAME.matcher(itsName).matches()) {
            folder.report(jar.jar().toString(), "'%s' is no name of a %s: write it with a-z, 0-9, - and ."
                    .formatted(itsName, kind));
            return;
        }
        jar.found(kind, itsName);
        add(new Plugin<>(itsName, service, jar.jar().toString(), true));
    }

    private void add(Plugin<T> plugin) {
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

    /** The services' loader tells of its own failures in words, and of others by what caused it. */
    private static String describe(Throwable problem) {
        Throwable cause = problem.getCause();
        if (cause == null && problem instanceof ServiceConfigurationError) {
            return String.valueOf(problem.getMessage());
        }
        return PluginFault.describe(cause == null ? problem : cause);
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
        return plugin(name).service();
    }

    /** The same, with where it came from. */
    public Plugin<T> plugin(String name) {
        Plugin<T> plugin = byName.get(name);
        if (plugin == null) {
            throw new WrongUsage("%s: there is no %s '%s'; there is %s%s"
                    .formatted(option, kind, name, NearestNames.few(name, byName.keySet(), "'memvirt list'"),
                            brokenJars()));
        }
        folder.use(plugin, kind);
        return plugin;
    }

    /** Notes that a service of another way of choosing is the one that the command works with. */
    public Plugin<T> use(Plugin<T> plugin) {
        folder.use(plugin, kind);
        return plugin;
    }

    /** Where they were looked for beside the class path. */
    public PluginFolder folder() {
        return folder;
    }

    private String brokenJars() {
        if (folder.broken().isEmpty()) {
            return "";
        }
        BrokenJar first = folder.broken().getFirst();
        return " (and a plug-in that cannot be used: %s: %s)".formatted(first.jar(), first.reason());
    }
}

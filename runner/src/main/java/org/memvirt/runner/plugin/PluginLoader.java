package org.memvirt.runner.plugin;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Loads the classes of one jar; its name, which the frames of a stack trace bear, tells them from all others. */
final class PluginLoader extends URLClassLoader {
    private final Path jar;
    private final List<String> services = new ArrayList<>();

    PluginLoader(Path jar) throws MalformedURLException {
        super("plug-in " + jar, new URL[] {jar.toUri().toURL()}, PluginLoader.class.getClassLoader());
        this.jar = jar;
    }

    Path jar() {
        return jar;
    }

    /** Notes a service that was found in the jar. */
    void found(String kind, String name) {
        services.add(kind + " '" + name + "'");
    }

    /** The services and their jar, for messages. */
    String describe() {
        return services.isEmpty() ? jar.toString() : "%s (%s)".formatted(String.join(", ", services), jar);
    }
}

package org.memvirt.runner.plugin;

import org.jspecify.annotations.Nullable;

/**
 * One service that was found.
 *
 * @param name unique among those of its kind
 * @param origin the jar, or folder of classes, that it came from
 * @param isOfFolder whether it came from a {@link PluginFolder}
 */
public record Plugin<T>(String name, T service, String origin, boolean isOfFolder) {
    /** Its kind, name and, if it came from the folder, jar, for messages. */
    public String describe(String kind) {
        return "%s '%s'".formatted(kind, name) + (isOfFolder ? " (%s)".formatted(origin) : "");
    }

    /**
     * Passes on what the service answered.
     *
     * @param kind what the service is, for messages
     * @param what the answer is, likewise
     * @throws PluginFault when it is null
     */
    public <R> R answered(String kind, String what, @Nullable R answer) {
        if (answer == null) {
            throw PluginFault.of(describe(kind), "gives null in place of " + what);
        }
        return answer;
    }
}

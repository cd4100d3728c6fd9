package org.memvirt.runner.config;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.usage.NearestNames;
import org.memvirt.runner.usage.WrongUsage;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A YAML file of {@code long-option-name: value}: the defaults of what the command line does not say. The {@code config}
 * of a result in JSON is such a file.
 */
public final class ConfigFile implements CommandLine.IDefaultValueProvider {
    private static final String INPUT_BY_TRACE = "trace";
    private static final String INPUT_BY_WORKLOAD = "workload";
    private static final Set<String> OF_TRACE = Set.of(INPUT_BY_TRACE, "trace-format", "skip-bad-lines");

    private final Map<String, YamlOptions.Value> values;

    private ConfigFile(Map<String, YamlOptions.Value> values) {
        this.values = values;
    }

    /**
     * Reads a file.
     *
     * @param known the option names that may occur, of all commands that take such files
     * @param own those of the command that runs
     * @throws WrongUsage when it is no such file, or has a key that is no option; the message says where, and which of the
     *     command's own is nearest
     */
    public static ConfigFile read(Path path, Collection<String> known, Collection<String> own) throws IOException {
        Map<String, YamlOptions.Value> values = new LinkedHashMap<>(YamlOptions.read(path));
        values.forEach((key, value) -> {
            if (!known.contains(key)) {
                throw new WrongUsage("%s: there is no option '%s'; the nearest is '%s'"
                        .formatted(value.place(), key, NearestNames.sorted(key, own).getFirst()));
            }
        });
        return new ConfigFile(values);
    }

    /** Leaves out what the command line has replaced by choosing the other kind of input. */
    public void yieldTo(boolean traceGiven, boolean workloadGiven) {
        if (traceGiven) {
            values.remove(INPUT_BY_WORKLOAD);
        }
        if (workloadGiven) {
            values.keySet().removeAll(OF_TRACE);
        }
    }

    /** Where the file gives an option, {@code FILE:LINE:COLUMN}; null when it does not. */
    public @Nullable String placeOf(String option) {
        YamlOptions.Value value = values.get(option);
        return value == null ? null : value.place();
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option)) {
            return null;
        }
        YamlOptions.Value value = values.get(option.longestName().substring(2));
        if (value == null) {
            return null;
        }
        if (value.truth() != null && option.type() != boolean.class && !option.fallbackValue().isEmpty()) {
            // An option that may stand alone: true is what standing alone means.
            return value.truth() ? option.fallbackValue() : null;
        }
        return value.text();
    }
}

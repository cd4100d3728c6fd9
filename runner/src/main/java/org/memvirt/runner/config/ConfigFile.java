package org.memvirt.runner.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.usage.NearestNames;
import org.memvirt.runner.usage.WrongUsage;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * A YAML file of {@code long-option-name: value}: the defaults of what the command line does not say. The {@code config}
 * of a result in JSON is such a file.
 */
public final class ConfigFile implements CommandLine.IDefaultValueProvider {
    private static final String INPUT_BY_TRACE = "trace";
    private static final String INPUT_BY_WORKLOAD = "workload";
    private static final Set<String> OF_TRACE = Set.of(INPUT_BY_TRACE, "trace-format", "skip-bad-lines");

    private final Map<String, JsonNode> values = new LinkedHashMap<>();

    private ConfigFile() {}

    /**
     * Reads a file.
     *
     * @param known the option names that may occur
     * @throws WrongUsage when it is no such file, or has a key that is no option; the message says which is nearest
     */
    public static ConfigFile read(Path path, Collection<String> known) throws IOException {
        ConfigFile file = new ConfigFile();
        String text = Files.readString(path);
        JsonNode root;
        try {
            root = new YAMLMapper().readTree(text);
        } catch (JacksonException e) {
            throw new WrongUsage("--config %s: it is no YAML: %s".formatted(path, e.getOriginalMessage()), e);
        }
        if (root.isMissingNode() || root.isNull()) {
            return file;
        }
        if (!root.isObject()) {
            throw new WrongUsage("--config %s: it is no list of 'option: value'".formatted(path));
        }
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            String key = entry.getKey();
            if (!known.contains(key)) {
                throw new WrongUsage("--config %s: there is no option '%s'; the nearest is '%s'"
                        .formatted(
                                path, key, NearestNames.sorted(key, known).getFirst()));
            }
            if (entry.getValue().isObject()) {
                throw new WrongUsage("--config %s: %s has keys of its own; write its value as on the command line"
                        .formatted(path, key));
            }
            file.values.put(key, entry.getValue());
        }
        return file;
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

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option)) {
            return null;
        }
        JsonNode value = values.get(option.longestName().substring(2));
        if (value == null || value.isNull()) {
            return null;
        }
        if (value.isBoolean() && option.type() != boolean.class && !option.fallbackValue().isEmpty()) {
            // An option that may stand alone: true is what standing alone means.
            return value.booleanValue() ? option.fallbackValue() : null;
        }
        if (value.isArray()) {
            StringJoiner list = new StringJoiner(",");
            value.forEach(element -> list.add(element.asString()));
            return list.toString();
        }
        return value.asString();
    }
}

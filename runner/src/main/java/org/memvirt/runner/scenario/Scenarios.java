package org.memvirt.runner.scenario;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.option.Counts;
import org.memvirt.api.option.Sizes;
import org.memvirt.runner.config.Selection;
import org.memvirt.runner.config.YamlNode;
import org.memvirt.runner.config.YamlText;
import org.memvirt.runner.config.YamlTree;
import org.memvirt.runner.usage.NearestNames;
import org.memvirt.runner.usage.WrongUsage;

/** The scenarios that come with memvirt, and those in files. */
public final class Scenarios {
    /** Those that come with it, by name. */
    private static final List<String> READY = List.of(
            "boot", "server", "fork-storm", "mmap-churn", "consolidation", "live-migration", "memory-pressure",
            "fragmentation", "shared-tables", "vm-switches");

    private static final List<String> FIELDS = List.of(
            "description", "options", "host-memory", "reclaim", "page-contents", "steps");

    private Scenarios() {}

    /**
     * A scenario that comes with memvirt.
     *
     * @param options by name, with their values where none are given
     */
    public record Ready(String name, String description, Map<String, String> options) {}

    /** All that come with memvirt. */
    public static List<Ready> ready() {
        return READY.stream()
                .map(name -> {
                    Map<String, YamlNode> fields = fields(YamlTree.read(resource(name), name));
                    return new Ready(name, text(fields, "description"), options(fields));
                })
                .toList();
    }

    /**
     * Reads a scenario and checks all of it.
     *
     * @param given {@code NAME} or {@code FILE}, with {@code :key=value,...} for its options
     * @param hostMemory bytes of host memory, or -1 where the scenario may say it
     * @param seed of what its processes play
     * @throws WrongUsage when there is none, or it makes no sense somewhere; the message says where
     */
    public static Scenario read(String given, ScenarioCompiler.Inputs inputs, long hostMemory, long seed)
            throws IOException {
        Selection selection = Selection.parse("--scenario", given);
        String name = selection.name();
        String yaml = READY.contains(name) ? resource(name) : file(name);
        Map<String, YamlNode> fields = fields(YamlTree.read(yaml, name));
        Map<String, String> options = options(fields);
        selection.options().forEach((key, value) -> {
            if (options.replace(key, value) == null) {
                throw new WrongUsage("--scenario %s: it has no option '%s'; it has %s"
                        .formatted(name, key, options.isEmpty() ? "none" : String.join(", ", options.keySet())));
            }
        });
        long own = hostMemory(fields.get("host-memory"), options);
        long host = hostMemory >= 0 ? hostMemory : own;
        YamlNode steps = fields.get("steps");
        if (steps == null) {
            throw new WrongUsage(name + ":1:1: a scenario has 'steps'");
        }
        ScenarioCompiler compiler = new ScenarioCompiler(options, inputs, host, seed);
        compiler.steps(steps.items("'steps'"));
        if (compiler.actions().isEmpty() || !(compiler.actions().getFirst() instanceof Action.Create first)) {
            throw steps.wrong("there are no steps, and a scenario begins with a 'vm'");
        }
        StringJoiner text = new StringJoiner(",", name + ":", "").setEmptyValue(name);
        options.forEach((key, value) -> text.add(key + "=" + value));
        return new Scenario(
                text.toString(), compiler.actions(), first.memory(), first.vcpus(), compiler.mostLive(), own,
                header(fields, "reclaim", options), pageContents(fields, options), Map.of("scenario", text.toString()));
    }

    private static long hostMemory(@Nullable YamlNode node, Map<String, String> options) {
        if (node == null) {
            return -1;
        }
        String text = Fields.expanded(node, node.scalar("'host-memory'"), options);
        try {
            return Sizes.parse(text);
        } catch (IllegalArgumentException e) {
            throw node.wrong("'host-memory: %s' is no size, such as 4G".formatted(text));
        }
    }

    private static @Nullable String header(
            Map<String, YamlNode> fields, String name, Map<String, String> options) {
        YamlNode node = fields.get(name);
        return node == null ? null : Fields.expanded(node, node.scalar("'" + name + "'"), options);
    }

    private static @Nullable Long pageContents(Map<String, YamlNode> fields, Map<String, String> options) {
        String text = header(fields, "page-contents", options);
        try {
            return text == null ? null : Long.valueOf(Counts.parse(text));
        } catch (IllegalArgumentException e) {
            throw Objects.requireNonNull(fields.get("page-contents"))
                    .wrong("'page-contents: %s' is no whole number".formatted(text));
        }
    }

    private static Map<String, YamlNode> fields(YamlNode root) {
        return root.fields("a scenario", FIELDS);
    }

    private static String text(Map<String, YamlNode> fields, String name) {
        YamlNode node = fields.get(name);
        return node == null ? "" : node.scalar("'" + name + "'");
    }

    private static Map<String, String> options(Map<String, YamlNode> fields) {
        Map<String, String> options = new LinkedHashMap<>();
        YamlNode node = fields.get("options");
        if (node != null) {
            if (node.map() == null) {
                throw node.wrong("'options' are given by names, each with the value that it has where none is given");
            }
            node.map().forEach((name, value) -> options.put(name, value.scalar("'" + name + "'")));
        }
        return options;
    }

    /** The file that holds a scenario, or null for one that comes with memvirt. */
    public static @Nullable String fileOf(String given) {
        String name = Selection.parse("--scenario", given).name();
        return READY.contains(name) ? null : name;
    }

    private static String resource(String name) {
        try (InputStream file = Scenarios.class.getResourceAsStream(name + ".yaml")) {
            if (file == null) {
                throw new IllegalStateException("the scenario " + name + " is missing");
            }
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("the scenario %s cannot be read".formatted(name), e);
        }
    }

    private static String file(String name) throws IOException {
        Path path = Path.of(name);
        if (!Files.exists(path)) {
            throw new WrongUsage("--scenario %s: there is no such file, and no scenario of that name; there is %s"
                    .formatted(name, NearestNames.few(name, READY, "'memvirt list scenarios'")));
        }
        return YamlText.read(path, "a scenario");
    }
}

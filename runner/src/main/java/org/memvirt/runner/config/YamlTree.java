package org.memvirt.runner.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.memvirt.runner.usage.WrongUsage;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLParser;

/** Reads YAML of any depth into nodes that know their places. */
public final class YamlTree {
    private static final int DEEPEST = 20;

    private final String name;

    private YamlTree(String name) {
        this.name = name;
    }

    /**
     * Reads one document.
     *
     * @param name the file's, for messages
     * @throws WrongUsage when it is no YAML, or has aliases, names twice or nothing in it
     */
    public static YamlNode read(String text, String name) {
        YamlTree tree = new YamlTree(name);
        try (JsonParser any = new YAMLMapper().createParser(text)) {
            YAMLParser parser = (YAMLParser) any;
            if (parser.nextToken() == null) {
                throw new WrongUsage(name + ":1:1: there is nothing in it");
            }
            YamlNode root = tree.node(parser, tree.place(parser.currentTokenLocation()), 0);
            if (parser.nextToken() != null) {
                throw new WrongUsage(tree.place(parser.currentTokenLocation()) + ": a second document begins");
            }
            return root;
        } catch (JacksonException e) {
            throw new WrongUsage(tree.place(e.getLocation()) + ": " + YamlText.why(e), e);
        }
    }

    /** @param place that of the name that the value stands after, or its own */
    private YamlNode node(YAMLParser parser, String place, int depth) {
        if (depth > DEEPEST) {
            throw new WrongUsage("%s: values within values, more than %d deep".formatted(place, DEEPEST));
        }
        if (parser.isCurrentAlias()) {
            throw new WrongUsage(place + ": an alias, which is not looked up; write the value itself");
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> new YamlNode(place, null, null, map(parser, depth));
            case START_ARRAY -> {
                List<YamlNode> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(node(parser, place(parser.currentTokenLocation()), depth + 1));
                }
                yield new YamlNode(place, null, list, null);
            }
            case VALUE_NULL -> new YamlNode(place, null, null, null);
            default -> new YamlNode(place, parser.getString(), null, null);
        };
    }

    private Map<String, YamlNode> map(YAMLParser parser, int depth) {
        Map<String, YamlNode> map = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            String at = place(parser.currentTokenLocation());
            parser.nextToken();
            YamlNode before = map.putIfAbsent(key, node(parser, at, depth + 1));
            if (before != null) {
                throw new WrongUsage("%s: %s is there twice, first at %s".formatted(at, key, before.place()));
            }
        }
        return map;
    }

    private String place(TokenStreamLocation at) {
        return at == null || at.getLineNr() < 1
                ? name
                : "%s:%d:%d".formatted(name, at.getLineNr(), Math.max(1, at.getColumnNr()));
    }
}

package org.memvirt.runner.config;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.usage.WrongUsage;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLParser;

/** Reads a YAML file of one level, {@code name: value} or {@code name: [value, ...]}; every message has its place in it. */
final class YamlOptions {
    private static final int LONGEST_VALUE = 1 << 16;

    private final Path path;
    private final Map<String, Value> values = new LinkedHashMap<>();

    private YamlOptions(Path path) {
        this.path = path;
    }

    /**
     * What a name is given.
     *
     * @param text as it is written; a list's joined by commas; null for nothing
     * @param truth what it says where it is true or false, else null
     * @param place file, line and column of the name
     */
    record Value(@Nullable String text, @Nullable Boolean truth, String place) {}

    /**
     * Reads a file.
     *
     * @throws WrongUsage when it is no such file
     */
    static Map<String, Value> read(Path path) throws IOException {
        YamlOptions options = new YamlOptions(path);
        String text = YamlText.read(path, "a configuration");
        try (JsonParser parser = new YAMLMapper().createParser(text)) {
            options.read((YAMLParser) parser);
        } catch (JacksonException e) {
            throw options.wrong(e.getLocation(), YamlText.why(e), e);
        }
        return options.values;
    }

    private void read(YAMLParser parser) {
        JsonToken token = parser.nextToken();
        if (token == null || token == JsonToken.VALUE_NULL) {
            return;
        }
        if (token != JsonToken.START_OBJECT) {
            throw wrong(parser.currentTokenLocation(), "it is no list of 'option: value'", null);
        }
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            TokenStreamLocation at = parser.currentTokenLocation();
            parser.nextToken();
            Value known = values.putIfAbsent(name, value(parser, name, place(at)));
            if (known != null) {
                throw wrong(at, "%s is there twice, first at %s".formatted(name, known.place()), null);
            }
        }
        if (parser.nextToken() != null) {
            throw wrong(parser.currentTokenLocation(), "a second document begins; a configuration is one", null);
        }
    }

    private Value value(YAMLParser parser, String name, String place) {
        if (parser.currentToken() == JsonToken.START_ARRAY) {
            StringJoiner list = new StringJoiner(",");
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                list.add(scalar(parser, name));
            }
            return new Value(list.toString(), null, place);
        }
        String text = scalar(parser, name);
        return switch (parser.currentToken()) {
            case VALUE_NULL -> new Value(null, null, place);
            case VALUE_TRUE -> new Value(text, true, place);
            case VALUE_FALSE -> new Value(text, false, place);
            default -> new Value(text, null, place);
        };
    }

    private String scalar(YAMLParser parser, String name) {
        TokenStreamLocation at = parser.currentTokenLocation();
        if (!parser.currentToken().isScalarValue()) {
            throw wrong(at, "%s has %s within its value; write the value as on the command line"
                    .formatted(name, parser.currentToken() == JsonToken.START_ARRAY ? "a list" : "names"), null);
        }
        if (parser.isCurrentAlias()) {
            throw wrong(at, "%s is an alias, which is not looked up; write the value itself".formatted(name), null);
        }
        String text = parser.getString();
        if (text.length() > LONGEST_VALUE) {
            throw wrong(at, "the value of %s has %d characters; at most %d are taken"
                    .formatted(name, text.length(), LONGEST_VALUE), null);
        }
        return text;
    }

    private String place(@Nullable TokenStreamLocation at) {
        return at == null || at.getLineNr() < 1
                ? path.toString()
                : "%s:%d:%d".formatted(path, at.getLineNr(), Math.max(1, at.getColumnNr()));
    }

    private WrongUsage wrong(@Nullable TokenStreamLocation at, String what, @Nullable Throwable cause) {
        String message = place(at) + ": " + what;
        return cause == null ? new WrongUsage(message) : new WrongUsage(message, cause);
    }
}

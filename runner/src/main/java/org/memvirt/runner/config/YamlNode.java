package org.memvirt.runner.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.runner.usage.WrongUsage;

/**
 * A value in a YAML file, with its place there.
 *
 * @param place {@code FILE:LINE:COLUMN}
 * @param text of a scalar, else null
 * @param list the values of a list, else null
 * @param map by name, in order, else null
 */
public record YamlNode(
        String place, @Nullable String text, @Nullable List<YamlNode> list, @Nullable Map<String, YamlNode> map) {
    /** A failure that names the place. */
    public WrongUsage wrong(String what) {
        return new WrongUsage(place + ": " + what);
    }

    /** The text of a scalar that is not empty. */
    public String scalar(String what) {
        if (text == null || text.isEmpty()) {
            throw wrong("%s is one value, not %s".formatted(what,
                    list != null ? "a list" : map != null ? "names" : "none"));
        }
        return text;
    }

    /** The values of a list. */
    public List<YamlNode> items(String what) {
        if (list == null) {
            throw wrong(what + " is a list, '- ...' a line");
        }
        return list;
    }

    /** What names are given; none but those allowed. */
    public Map<String, YamlNode> fields(String what, List<String> allowed) {
        if (map == null) {
            throw wrong("%s is given by names: %s".formatted(what, String.join(", ", allowed)));
        }
        map.forEach((name, value) -> {
            if (!allowed.contains(name)) {
                throw value.wrong("%s has no '%s'; it has %s".formatted(what, name, String.join(", ", allowed)));
            }
        });
        return new LinkedHashMap<>(map);
    }
}

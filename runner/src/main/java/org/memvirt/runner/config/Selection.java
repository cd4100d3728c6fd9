package org.memvirt.runner.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Function;
import org.memvirt.api.option.Option;
import org.memvirt.api.option.Options;
import org.memvirt.runner.usage.NearestNames;
import org.memvirt.runner.usage.WrongUsage;

/**
 * What is chosen of one kind, and its options: {@code zipf:footprint=1G,skew=1.1}.
 *
 * @param options as given, in order
 */
public record Selection(String name, Map<String, String> options) {
    /**
     * Reads {@code NAME[:key=value,...]}.
     *
     * @param where for messages: {@code --workload}
     */
    public static Selection parse(String where, String text) {
        int colon = text.indexOf(':');
        String name = (colon < 0 ? text : text.substring(0, colon)).strip();
        if (name.isEmpty()) {
            throw new WrongUsage("%s %s: it is NAME or NAME:key=value,...".formatted(where, text));
        }
        Map<String, String> options = new LinkedHashMap<>();
        if (colon >= 0) {
            for (String part : text.substring(colon + 1).split(",", -1)) {
                int equals = part.indexOf('=');
                if (equals <= 0) {
                    throw new WrongUsage("%s %s: '%s' is not key=value".formatted(where, text, part));
                }
                String key = part.substring(0, equals).strip();
                if (options.put(key, part.substring(equals + 1).strip()) != null) {
                    throw new WrongUsage("%s %s: %s is given twice".formatted(where, text, key));
                }
            }
        }
        return new Selection(name, options);
    }

    /** Reads several with commas between them: {@code native,nested:vm-tags=off}; key=value belongs to the one before. */
    public static List<Selection> parseList(String where, String text) {
        return split(text).stream().map(part -> parse(where, part)).toList();
    }

    /** The texts of several that have commas between them, as {@link #parseList} reads them. */
    public static List<String> split(String text) {
        List<String> parts = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            if (!parts.isEmpty() && part.contains("=") && !part.contains(":")) {
                parts.addLast(parts.removeLast() + "," + part);
            } else {
                parts.add(part);
            }
        }
        return parts;
    }

    /** The same with one more option. */
    Selection with(String key, String value) {
        Map<String, String> more = new LinkedHashMap<>(options);
        more.put(key, value);
        return new Selection(name, more);
    }

    /**
     * The values of the options that the selected one declares.
     *
     * @param option that selected it, for messages: {@code --vmm}
     * @param kind what it is, likewise
     */
    Options values(String option, String kind, List<Option> declared) {
        try {
            return new Options(kind + " " + name, declared, options);
        } catch (IllegalArgumentException e) {
            throw new WrongUsage(option + ": " + e.getMessage(), e);
        }
    }

    /** As it was given. */
    String text() {
        StringJoiner text = new StringJoiner(",", name + ":", "").setEmptyValue(name);
        options.forEach((key, value) -> text.add(key + "=" + value));
        return text.toString();
    }

    /** The selection with the values of all options that have one, in the order of their declaration, as it could be given. */
    String resolved(List<Option> declared, Options values) {
        StringJoiner text = new StringJoiner(",", name + ":", "").setEmptyValue(name);
        for (Option option : declared) {
            String value = values.text(option.name());
            if (!value.isEmpty()) {
                text.add(option.name() + "=" + value);
            }
        }
        return text.toString();
    }

    /**
     * The one of {@code all} with this name; if there is none, a message lists the nearest.
     *
     * @param option that names it, for the message: {@code --tlb}
     * @param kind what it is, likewise
     */
    static <T> T among(String option, String kind, String name, List<T> all, Function<T, String> nameOf) {
        return all.stream()
                .filter(one -> nameOf.apply(one).equals(name))
                .findFirst()
                .orElseThrow(() -> new WrongUsage("%s: there is no %s '%s'; there is %s"
                        .formatted(option, kind, name,
                                NearestNames.few(name, all.stream().map(nameOf).toList(), "'memvirt list'"))));
    }
}

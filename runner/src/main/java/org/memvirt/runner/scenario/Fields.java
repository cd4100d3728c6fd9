package org.memvirt.runner.scenario;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Counts;
import org.memvirt.api.option.Sizes;
import org.memvirt.runner.config.YamlNode;

/** The fields of one step, read as what they are; what is wrong is told with its place and what is allowed. */
final class Fields {
    private static final long PAGE = 4096;
    private static final long MOST = 1L << 62;

    final YamlNode step;
    private final String what;
    private final Map<String, YamlNode> given;
    private final Map<String, String> options;

    /** @param options of the scenario, whose values stand for <code>${name}</code> */
    Fields(YamlNode step, String what, List<String> allowed, Map<String, String> options) {
        this.step = step;
        this.what = what;
        this.options = options;
        given = step.fields("'" + what + "'", allowed);
    }

    boolean has(String name) {
        return given.containsKey(name);
    }

    YamlNode node(String name) {
        YamlNode node = given.get(name);
        if (node == null) {
            throw step.wrong("'%s' needs '%s'".formatted(what, name));
        }
        return node;
    }

    String text(String name) {
        YamlNode node = node(name);
        return expanded(node, node.scalar("'" + name + "'"), options);
    }

    /** A text in which each <code>${name}</code> has become the option's value. */
    static String expanded(YamlNode node, String text, Map<String, String> options) {
        StringBuilder all = new StringBuilder();
        int at = 0;
        int from;
        while ((from = text.indexOf("${", at)) >= 0) {
            int to = text.indexOf('}', from);
            String name = to < 0 ? text.substring(from + 2) : text.substring(from + 2, to);
            String value = options.get(name);
            if (to < 0 || value == null) {
                throw node.wrong("'%s': the scenario has no option '%s'; it has %s"
                        .formatted(text, name, String.join(", ", options.keySet())));
            }
            all.append(text, at, from).append(value);
            at = to + 1;
        }
        return all.append(text.substring(at)).toString();
    }

    String text(String name, String otherwise) {
        return has(name) ? text(name) : otherwise;
    }

    @Nullable String textOrNull(String name) {
        return has(name) ? text(name) : null;
    }

    /** A whole number such as {@code 10K}. */
    long count(String name, long otherwise, long least, long most) {
        if (!has(name)) {
            return otherwise;
        }
        long value;
        try {
            value = Counts.parse(text(name));
        } catch (IllegalArgumentException e) {
            throw node(name).wrong("'%s: %s' is no whole number".formatted(name, text(name)));
        }
        if (value < least || value > most) {
            throw node(name).wrong("'%s: %d': it is %d to %d".formatted(name, value, least, most));
        }
        return value;
    }

    /** An address or a size, a multiple of 4K. */
    long pages(String name, boolean mayBeZero) {
        long value;
        String text = text(name);
        try {
            value = text.startsWith("0x") ? Long.parseLong(text, 2, text.length(), 16) : Sizes.parse(text);
        } catch (IllegalArgumentException e) {
            throw node(name).wrong("'%s: %s' is no number: 4096, 0x1000 or 4K".formatted(name, text));
        }
        if (value < 0 || value > MOST || value % PAGE != 0 || value == 0 && !mayBeZero) {
            throw node(name)
                    .wrong("'%s: %s' is no multiple of 4K%s".formatted(name, text, mayBeZero ? "" : " above 0"));
        }
        return value;
    }

    /** User rights: some of r, w and x. */
    int rights(String name, int otherwise) {
        if (!has(name)) {
            return otherwise;
        }
        int rights = Rights.NONE;
        for (char letter : text(name).toCharArray()) {
            int bit = "rwx".indexOf(letter);
            if (bit < 0) {
                throw node(name).wrong("'%s: %s': rights are some of r, w and x".formatted(name, text(name)));
            }
            rights |= 1 << bit;
        }
        return rights;
    }

    /** One of some words. */
    boolean isSecond(String name, String first, String second) {
        String word = text(name, first);
        if (!word.equals(first) && !word.equals(second)) {
            throw node(name).wrong("'%s: %s' is neither %s nor %s".formatted(name, word, first, second));
        }
        return word.equals(second);
    }
}

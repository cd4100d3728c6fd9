package org.memvirt.runner.scenario;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.memvirt.api.access.Rights;
import org.memvirt.api.option.Counts;
import org.memvirt.api.option.Sizes;
import org.memvirt.engine.host.DirtyLogKind;
import org.memvirt.runner.config.YamlNode;

/** The fields of one step, read as what they are; what is wrong is told with its place and what is allowed. */
final class Fields {
    private static final long PAGE = 4096;
    private static final long MOST = 1L << 57;
    private static final Pattern HEX = Pattern.compile("0x[0-9a-fA-F]+");
    private static final Pattern SEVERAL_DIGITS = Pattern.compile("[0-9]{2,}");

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

    /** An address, in hex after {@code 0x} or with a suffix: digits alone are refused, for they may be hexadecimal. */
    long address(String name) {
        String text = text(name);
        if (SEVERAL_DIGITS.matcher(text).matches()) {
            throw node(name).wrong("'%s: %s' is no address: write it in hex after 0x".formatted(name, text));
        }
        return pages(name, text);
    }

    /** A size above 0. */
    long size(String name) {
        String text = text(name);
        long value = pages(name, text);
        if (value == 0) {
            throw node(name).wrong("'%s: %s' is no multiple of 4K above 0".formatted(name, text));
        }
        return value;
    }

    /** A size, or 0. */
    long sizeOrNone(String name) {
        return has(name) ? pages(name, text(name)) : 0;
    }

    private long pages(String name, String text) {
        long value;
        try {
            value = HEX.matcher(text).matches() ? Long.parseUnsignedLong(text, 2, text.length(), 16)
                    : Sizes.parse(text);
        } catch (IllegalArgumentException e) {
            throw node(name).wrong("'%s: %s' is no number: 4K or 0x1000".formatted(name, text));
        }
        if (value < 0 || value > MOST) {
            throw node(name).wrong("'%s: %s' is beyond what a process can have".formatted(name, text));
        }
        if (value % PAGE != 0) {
            throw node(name).wrong("'%s: %s' is no multiple of 4K".formatted(name, text));
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

    /** A way to log stores. */
    DirtyLogKind log(String name) {
        try {
            return DirtyLogKind.of(text(name, DirtyLogKind.WRITE_PROTECT.text()));
        } catch (IllegalArgumentException e) {
            throw node(name).wrong("'%s': %s".formatted(name, e.getMessage()));
        }
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

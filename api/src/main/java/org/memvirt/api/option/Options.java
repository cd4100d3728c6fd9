package org.memvirt.api.option;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The values of a plug-in's declared options: what was given, else the default. Checked once, when made. */
public final class Options {
    private final String owner;
    private final Map<String, Option> declared = new LinkedHashMap<>();
    private final Map<String, String> values = new LinkedHashMap<>();
    private final Set<String> given;

    /**
     * @param owner whose options they are, for messages: {@code "workload zipf"}
     * @throws IllegalArgumentException for a key that is not declared or a text that its kind does not allow; the message
     *     names the owner, the key and what is allowed
     */
    public Options(String owner, List<Option> declared, Map<String, String> given) {
        this.owner = owner;
        for (Option option : declared) {
            this.declared.put(option.name(), option);
            values.put(option.name(), option.defaultText());
        }
        given.forEach((key, text) -> {
            Option option = this.declared.get(key);
            if (option == null) {
                throw new IllegalArgumentException(owner + " has no option '" + key + "'; it has "
                        + (declared.isEmpty() ? "none" : String.join(", ", this.declared.keySet())));
            }
            check(option, text);
            values.put(key, text);
        });
        this.given = Set.copyOf(given.keySet());
    }

    /** Every option with its value, in the order of declaration. */
    public Map<String, String> asMap() {
        return Map.copyOf(values);
    }

    /** Whether the option was given, be it with its default. */
    public boolean isGiven(String name) {
        return given.contains(name);
    }

    public boolean isOn(String name) {
        return text(name).equals("on");
    }

    public long integer(String name) {
        return Counts.parse(text(name));
    }

    public double decimal(String name) {
        return Double.parseDouble(text(name));
    }

    /** In bytes. */
    public long size(String name) {
        return Sizes.parse(text(name));
    }

    public String text(String name) {
        String text = values.get(name);
        if (text == null) {
            throw new IllegalStateException(owner + " asks for option '" + name + "', which it does not declare");
        }
        return text;
    }

    private void check(Option option, String text) {
        try {
            switch (option.kind()) {
                case SWITCH -> {
                    if (!text.equals("on") && !text.equals("off")) {
                        throw new IllegalArgumentException("it is on or off");
                    }
                }
                case INTEGER -> Counts.parse(text);
                case DECIMAL -> {
                    if (!Double.isFinite(Double.parseDouble(text))) {
                        throw new IllegalArgumentException("it is a finite number");
                    }
                }
                case SIZE -> Sizes.parse(text);
                case TEXT -> {}
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    owner + ": " + option.name() + "=" + text + " is not a number (" + option.description() + ")", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    owner + ": " + option.name() + "=" + text + ": " + e.getMessage() + " (" + option.description()
                            + ")",
                    e);
        }
    }
}
